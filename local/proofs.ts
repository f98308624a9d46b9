import { probeOf } from "../config/probes";
import type { Cluster, Project, Role } from "../config/project";
import type { PolicyDocument } from "../iam/policy-types";
import { serviceAccountSubject, trustPolicy } from "../iam/trust-policy";
import type { LocalAws } from "./aws";
import type { SynthesizedServiceAccount } from "./service-accounts";
import { runPod, type SimulatedPod } from "./simulated-pod";

/** What the verifier reports with `-o json`, as far as a proof reads it. */
interface Report {
  readonly verdict: string;
  readonly expect: string;
  readonly probe: { readonly name: string; readonly result: string | null };
  readonly checks: readonly {
    code: string;
    result: string;
    title: string;
    detail?: string | null;
    fix?: string | null;
  }[];
}

/** A pod, and what the verifier must find in it. */
export interface Proof {
  readonly title: string;
  readonly pod: SimulatedPod;
  readonly flags: readonly string[];
  /** The code of the first failure that must be found. @default - none: the verdict must be `proven` */
  readonly code?: string;
}

/** A proof that did not turn out as it must. */
export class ProofFailed extends Error {}

/**
 * Runs the verifier in a proof's pod.
 * @param verifier the command of the packaged verifier
 * @returns one line of what was found; for an expected failure also its fix
 * @throws ProofFailed
 */
export async function prove(proof: Proof, verifier: readonly string[], signal?: AbortSignal): Promise<string> {
  const { stdout, stderr, exitCode } = await runPod(proof.pod, [...verifier, ...proof.flags, "-o", "json"], signal);
  let report: Report;
  try {
    report = JSON.parse(stdout);
  } catch {
    throw new ProofFailed(`${proof.title}: the verifier ended with ${exitCode} and no report\n${stderr}`);
  }
  const failure = report.checks.find((check) => check.result === "fail");
  if (failure?.code !== proof.code || (proof.code === undefined) !== (exitCode === 0)) {
    const found = failure ? `${failure.code} ${failure.title}: ${failure.detail ?? ""}` : report.verdict;
    throw new ProofFailed(`${proof.title}: expected ${proof.code ?? "proven"}, found ${found}`);
  }
  if (!failure) return `${proof.title}: ${report.verdict}${probed(report)}`;
  // A check's title is what should hold.
  return `found ${failure.code}: ${failure.detail ?? `it does not hold that ${failure.title}`}\nfix: ${failure.fix ?? ""}`;
}

function probed({ expect, probe }: Report): string {
  if (expect === "denied") return "";
  return probe.name === "none" ? " (STS gives its credentials; no probe)" : ` (${probe.name}: ${probe.result})`;
}

/** Pods of the declared service accounts, each of which must have access. */
export function accessProofs(project: Project, aws: LocalAws, accounts: readonly SynthesizedServiceAccount[]): Proof[] {
  return accounts.map(({ cluster: name, namespace, name: serviceAccount, roleArn }) => {
    const cluster = project.clusters.find((candidate) => candidate.name === name) as Cluster;
    const role = cluster.roles.find((candidate) => candidate.arn === roleArn) as Role;
    return {
      title: `${name} ${namespace}/${serviceAccount}`,
      pod: podOf(aws, cluster, { namespace, serviceAccount, roleArn }),
      flags: ["--role-arn", roleArn, "--issuer", cluster.oidc.issuer, "--probe", probeOf(role)],
    };
  });
}

/**
 * Pods next door, each of which must be kept out: another service account, another namespace, another cluster.
 * Each carries the role's annotation, which whoever may create a service account can set.
 */
export function neighbourProofs(project: Project, aws: LocalAws): Proof[] {
  return project.clusters.flatMap((cluster) =>
    cluster.roles.flatMap((role) =>
      neighbours(project, cluster, role).map((neighbour) => denied(aws, role, neighbour)),
    ),
  );
}

interface Neighbour {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly serviceAccount: string;
}

function neighbours(project: Project, cluster: Cluster, role: Role): Neighbour[] {
  const own = cluster.serviceAccounts.find((account) => account.roleArn === role.arn);
  if (!own || role.scope === "any-service-account") return [];
  const elsewhere = project.clusters.find((other) => !role.trusts.some((trust) => trust.cluster === other.name));
  const { namespace, name } = own;
  return [
    { cluster, namespace, serviceAccount: `${name}-next-door` },
    // A cluster-scoped role trusts every Qovery namespace (z…), and no other.
    {
      cluster,
      namespace: role.scope === "cluster" ? "kube-system" : `${namespace.slice(0, 55)}-preview`,
      serviceAccount: name,
    },
    ...(elsewhere ? [{ cluster: elsewhere, namespace, serviceAccount: name }] : []),
  ];
}

function denied(aws: LocalAws, role: Role, { cluster, namespace, serviceAccount }: Neighbour): Proof {
  return {
    title: `${cluster.name} ${namespace}/${serviceAccount} is kept out of ${role.name}`,
    pod: podOf(aws, cluster, { namespace, serviceAccount, roleArn: role.arn }),
    flags: ["--expect", "denied", "--allow-endpoint", "--role-arn", role.arn],
  };
}

function podOf(
  aws: LocalAws,
  cluster: Cluster,
  identity: { namespace: string; serviceAccount: string; roleArn: string },
): SimulatedPod {
  return {
    ...identity,
    region: cluster.region,
    endpoint: aws.endpoint,
    token: async () => aws.token(cluster.name, identity),
  };
}

/** A mistake that the tutorial makes easy: how it gets there, and what the verifier must call it. */
export interface Mistake {
  readonly title: string;
  /** The trust policy that somebody wrote by hand. @default - the right one */
  readonly trust?: PolicyDocument;
  readonly proof: Proof;
}

/** The tutorial's three classic mistakes, made around the first environment-scoped role. */
export function mistakes(
  project: Project,
  aws: LocalAws,
): { readonly role: Role; readonly mistakes: readonly Mistake[] } {
  for (const cluster of project.clusters) {
    const role = cluster.roles.find((candidate) => candidate.scope === "environment");
    const account = cluster.serviceAccounts.find((candidate) => candidate.roleArn === role?.arn);
    if (!role || !account) continue;
    const pod = podOf(aws, cluster, { namespace: account.namespace, serviceAccount: account.name, roleArn: role.arn });
    const trusting = (namespace: string) =>
      trustPolicy([
        {
          providerArn: cluster.oidc.arn,
          issuer: cluster.oidc.issuer,
          subject: serviceAccountSubject(namespace, account.name),
          match: "exact",
        },
      ]);
    const proof = (code: string, from: SimulatedPod): Proof => ({ title: code, pod: from, flags: [], code });
    return {
      role,
      mistakes: [
        {
          title: "the trust policy names another namespace",
          trust: trusting("z00000000-other"),
          proof: proof("QV301", pod),
        },
        { title: "`*` under StringEquals", trust: trusting("z*"), proof: proof("QV301", pod) },
        {
          title: "AWS_ROLE_ARN set by hand on the service",
          proof: proof("QV102", { ...pod, variables: { AWS_ROLE_ARN: role.arn } }),
        },
      ],
    };
  }
  throw new ProofFailed("the configuration has no environment-scoped role with a service account to show mistakes on");
}
