import { createAccount, INPUTS_LABEL, inputsOf, type Proof, REPEATED_WARNING, ROLE_ANNOTATION } from "../config/proofs";
import { inCell, markdownTable } from "./markdown";

/** The result of a proof, as the objects in the cluster show it. */
export interface Verdict {
  readonly cluster: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly role: string;
  readonly proof: Proof["kind"];
  /** `outdated`: the proof ran with another image, or before the role's policies changed. */
  readonly state: "proven" | "not-proven" | "running" | "outdated" | "not-run";
  /** When the proof ended (proven, not-proven), as an ISO 8601 time in UTC. */
  readonly since?: string;
  /** The verifier's code. */
  readonly code?: string;
  readonly cause?: string;
  readonly fix?: string;
}

/** The objects of a namespace that verdicts are read from, as the Kubernetes API lists them. */
export interface NamespaceObjects {
  readonly accounts: readonly { readonly metadata?: Metadata }[];
  readonly jobs: readonly JobObject[];
  readonly pods: readonly PodObject[];
  readonly events: readonly EventObject[];
}

interface Metadata {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: Date | string;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
}

interface JobObject {
  readonly metadata?: Metadata;
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: Date | string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

interface PodObject {
  readonly metadata?: Metadata;
  readonly status?: {
    /** Why the node ended the Pod, for example `Evicted`. */
    readonly reason?: string;
    readonly message?: string;
    readonly containerStatuses?: readonly {
      readonly state?: {
        readonly waiting?: { readonly reason?: string; readonly message?: string };
        readonly terminated?: { readonly reason?: string; readonly message?: string; readonly exitCode: number };
      };
    }[];
  };
}

interface EventObject {
  readonly involvedObject: { readonly name?: string };
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Returns what every verdict of a proof has. */
export function proofNames(
  cluster: string,
  { account, kind }: Proof,
): Pick<Verdict, "cluster" | "namespace" | "serviceAccount" | "role" | "proof"> {
  const { namespace, name: serviceAccount, roleName: role } = account;
  return { cluster, namespace, serviceAccount, role, proof: kind };
}

/** Returns the verdict of a proof in a cluster that the configuration does not say how to reach. */
export function unreachableVerdict(cluster: string, proof: Proof): Verdict {
  return {
    ...proofNames(cluster, proof),
    state: "not-run",
    cause: `clusters/${cluster}.yaml has no key kubernetes, so the cluster has no verification stack`,
    fix: `Add \`kubernetes\` to clusters/${cluster}.yaml, or set \`verification: { enabled: false }\` on the role.`,
  };
}

/** Returns the verdict of a proof. */
export function verdictOf(cluster: string, proof: Proof, image: string, objects: NamespaceObjects): Verdict {
  const { name, roleArn } = proof.account;
  const common = proofNames(cluster, proof);
  const create = createAccount(proof.account, cluster);
  const account = objects.accounts.find(({ metadata }) => metadata?.name === name);
  if (proof.kind === "access" && !account)
    return {
      ...common,
      state: "not-proven",
      cause: "the service account does not exist",
      fix: `${create}, then deploy again.`,
    };
  const deploy = `Run \`cdktf deploy '${cluster}-verification'\`.`;
  const ofProof = objects.jobs.filter(({ metadata }) => metadata?.labels?.["qovery-irsa/proof"] === proof.name);
  const inputs = inputsOf(proof, image);
  const job = newest(ofProof.filter(({ metadata }) => metadata?.labels?.[INPUTS_LABEL] === inputs));
  if (!job) return { ...common, state: ofProof.length > 0 ? "outdated" : "not-run", fix: deploy };
  const failed = condition(job, "Failed", "FailureTarget");
  const complete = condition(job, "Complete", "SuccessCriteriaMet");
  if (complete && !failed) {
    const seen = account?.metadata?.annotations?.[ROLE_ANNOTATION] ?? "";
    if (proof.kind === "isolation" || seen === roleArn) return { ...common, state: "proven", ...since(complete) };
    const cause = `the annotation ${ROLE_ANNOTATION} of the service account is "${seen}". Expected: ${roleArn}`;
    return { ...common, state: "not-proven", cause, fix: `${create}, then deploy again.` };
  }
  const cause = causeOf(job, objects) ?? (failed ? `${failed.reason}: ${failed.message}` : undefined);
  if (!failed) return { ...common, state: "running", ...(cause === undefined ? {} : explained(cause, create)) };
  return { ...common, state: "not-proven", ...since(failed), ...explained(cause ?? "", create) };
}

function newest(jobs: readonly JobObject[]): JobObject | undefined {
  const time = ({ metadata }: JobObject) => new Date(metadata?.creationTimestamp ?? 0).getTime();
  return [...jobs].sort((a, b) => time(b) - time(a))[0];
}

/** Returns the condition of the first of these types that holds. */
function condition({ status }: JobObject, ...types: readonly string[]) {
  const holding = status?.conditions?.filter((found) => found.status === "True") ?? [];
  return types.map((type) => holding.find((found) => found.type === type)).find((found) => found !== undefined);
}

function since({ lastTransitionTime }: { readonly lastTransitionTime?: Date | string }): { since?: string } {
  return lastTransitionTime === undefined ? {} : { since: new Date(lastTransitionTime).toISOString() };
}

/**
 * Returns the verifier's termination message, else why the node ended the Pod, else what keeps the container from
 * running, else the last warning.
 */
function causeOf({ metadata }: JobObject, { pods, events }: NamespaceObjects): string | undefined {
  const name = metadata?.name ?? "";
  const own = pods.filter((pod) =>
    pod.metadata?.ownerReferences?.some((owner) => owner.kind === "Job" && owner.name === name),
  );
  const states = own.flatMap(({ status }) => status?.containerStatuses?.map(({ state }) => state) ?? []);
  const warnings = events.filter(
    ({ type, involvedObject, reason, message }) =>
      type === "Warning" &&
      (involvedObject.name === name || involvedObject.name?.startsWith(`${name}-`)) &&
      !new RegExp(REPEATED_WARNING).test(`${reason}: ${message}`),
  );
  const terminated = states.map((state) => state?.terminated).find((found) => found !== undefined);
  if (terminated?.message?.trim()) return terminated.message.trim();
  const evicted = own.map(({ status }) => status).find((status) => status?.reason);
  if (evicted) return `${evicted.reason}: ${evicted.message}`;
  if (terminated) return `${terminated.reason} (exit code ${terminated.exitCode})`;
  const waiting = states.map((state) => state?.waiting).find((found) => found?.message);
  const last = waiting ?? warnings.at(-1);
  return last && `${last.reason}: ${last.message}`;
}

/** Splits the verifier's message into code, cause and fix, and proposes a fix for a pod that did not start. */
function explained(message: string, create: string): Pick<Verdict, "code" | "cause" | "fix"> {
  const [cause = "", fix = fixOf(message, create)] = message.split(" | fix: ");
  const code = /^QV\d{3}/.exec(cause)?.[0];
  return {
    ...(code === undefined ? {} : { code }),
    cause: code === undefined ? cause : cause.slice(code.length).trim(),
    ...(fix === undefined ? {} : { fix }),
  };
}

function fixOf(message: string, create: string): string | undefined {
  if (/service ?account/i.test(message)) return `${create}, then deploy again.`;
  if (/pull|image/i.test(message)) return "Set `verification.image` in irsa.yaml to an image that the nodes can pull.";
  return undefined;
}

const WORDS: Readonly<Record<Verdict["state"], string>> = {
  proven: "proven",
  "not-proven": "not proven",
  running: "still running",
  outdated: "outdated: the image, the role or its policies changed after the proof",
  "not-run": "not run yet",
};

function sentence({ state, since, code, cause }: Verdict): string {
  const at = since === undefined ? "" : ` since ${since.replace("T", " ").replace(/:\d\d\.\d{3}Z$/, " UTC")}`;
  const because = [code, cause].filter(Boolean).join(" ");
  return `${WORDS[state]}${state === "proven" ? at : ""}${because === "" ? "" : `: ${because}`}`;
}

/** Returns the verdicts as text: a paragraph for each service account. */
export function renderVerdicts(verdicts: readonly Verdict[]): string {
  const paragraphs = new Map<string, string[]>();
  for (const verdict of verdicts) {
    const { cluster, namespace, serviceAccount, role, proof, state, fix } = verdict;
    const head = `${cluster}  ${namespace}  ${serviceAccount}  role ${role}`;
    const lines = paragraphs.get(head) ?? [];
    lines.push(`  ${state === "proven" ? "√" : "×"} ${proof}: ${sentence(verdict)}`);
    if (fix !== undefined) lines.push(`    fix: ${fix}`);
    paragraphs.set(head, lines);
  }
  return [...paragraphs].map(([head, lines]) => `${[head, ...lines].join("\n")}\n`).join("\n");
}

/** Returns the verdicts as a Markdown table. */
export function renderVerdictsAsMarkdown(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((verdict) => [
    verdict.cluster,
    verdict.namespace,
    verdict.serviceAccount,
    verdict.role,
    verdict.proof,
    sentence(verdict),
    verdict.fix ?? "",
  ]);
  const head = ["cluster", "namespace", "service account", "role", "proof", "verdict", "fix"];
  return markdownTable(
    head,
    rows.map((cells) => cells.map(inCell)),
  );
}
