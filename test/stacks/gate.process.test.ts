import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NamespaceObjects, verdictOf } from "../../access/verdicts";
import type { Project } from "../../config/project";
import { inputsOf, proofsOf } from "../../config/proofs";
import { terraformBinary } from "../../local/terraform-cli";
import type { Lists } from "../../stacks/gate";
import { event, job, pod, serviceAccount } from "../kubernetes-lists";
import { recordedLists } from "../recorded-lists";
import { loadExample, type Stack, synthesize } from "./synthesized";

// Terraform itself evaluates the gate's expressions, with lists of objects in place of the cluster's.

const IMAGE = "ghcr.io/acme/qovery-irsa-verifier:1.0.0";
const example = loadExample("kubeconfig");
const project: Project = { ...example, verification: { runner: "kubernetes", image: IMAGE } };
const [cluster] = project.clusters as [Project["clusters"][number]];
const stack = synthesize(project)["on-premises-verification"] as Stack;
const [access, isolation] = proofsOf(cluster).map((proof) => {
  const inputs = inputsOf(proof, IMAGE);
  return { proof, inputs, first: `irsa-${proof.name}-${inputs.slice(0, 8)}` };
}) as [Prepared, Prepared];
type Prepared = { proof: ReturnType<typeof proofsOf>[number]; inputs: string; first: string };

/** The objects of the lists, as lists before the apply (open, retries) and after it (ended). */
type Recorded = Partial<Record<keyof Lists, readonly object[]>>;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gate-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Returns the configuration of the namespace z1-blue, with recorded lists in place of data sources. */
function configuration(recorded: Recorded): Stack {
  const own = (section: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(section).filter(([name]) => name.includes("z1-blue")));
  const text = JSON.stringify({ locals: own(stack.locals), output: own(stack.output) });
  const config = JSON.parse(
    text.replace(/data\.kubernetes_resources\.lists_z1-blue_([a-z]+)_\w+\.objects/g, "local.$1"),
  );
  const accounts = [serviceAccount(access.proof.account)];
  const lists: Recorded = { accounts, open: [], retries: [], ended: [], pods: [], warnings: [], ...recorded };
  return { ...config, locals: { ...config.locals, ...lists } };
}

function terraform(...args: string[]) {
  const env = { ...process.env, CHECKPOINT_DISABLE: "1", TF_CLI_CONFIG_FILE: "/dev/null" };
  return spawnSync(terraformBinary(), args, { cwd: folder, env, encoding: "utf8" });
}

/** Returns the errors of the gates in one line. */
function errors(recorded: Recorded): string {
  // Terraform shows the line of a failed condition: a line of its own holds no text of the lists.
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify(configuration(recorded), null, 2));
  // Terraform wraps messages and marks their lines.
  const { stderr } = terraform("plan", "-no-color");
  return stderr.replace(/^[╷│╵]\s?/gm, "").replace(/\s+/g, " ");
}

/** Returns the names of the two Jobs. */
function names(recorded: Recorded): { access: string; isolation: string } {
  const { locals } = configuration(recorded);
  const value = ["access", "isolation"].map((kind) => [kind, `\${local.job_${kind}_z1-blue_reader}`]);
  const output = { names: { value: Object.fromEntries(value) } };
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ locals, output }));
  expect(terraform("apply", "-auto-approve", "-no-color").stderr).toBe("");
  return JSON.parse(terraform("output", "-json", "names").stdout);
}

const proven = [
  job(access.first, access.inputs, "SuccessCriteriaMet", "Complete"),
  // The list can be read a moment before the Job is complete.
  job(isolation.first, isolation.inputs, "SuccessCriteriaMet"),
];

test("Jobs are proven that the list shows as successful, whatever other Jobs did", () => {
  expect(errors({ ended: [...proven, job("irsa-other", "0123456789ab", "Failed")] })).toBe("");
});

test.each<[string, readonly object[], string]>([
  ["was deleted before the list was read", [], "was deleted before its result was read"],
  ["was filtered from the list", [job("irsa-reader-access-0", access.inputs, "Complete")], "was deleted before"],
  ["is still active or suspended", [job(access.first, access.inputs)], "has no result yet"],
  [
    "failed after it had succeeded",
    [job(access.first, access.inputs, "SuccessCriteriaMet", "Failed")],
    "DeadlineExceeded",
  ],
])("a Job proves nothing that %s", (_, ended, cause) => {
  const output = errors({ ended: [proven[1] as object, ...ended] });
  expect(output.match(/Error: Module output value precondition failed/g)).toHaveLength(1);
  expect(output).toContain(cause);
});

test("a Job of other inputs proves nothing, even with the name of the proof's Job", () => {
  const output = errors({ ended: [proven[1] as object, job(access.first, "0123456789ab", "Complete")] });
  expect(output.match(/Error: Module output value precondition failed/g)).toHaveLength(1);
});

test.each<[string, object]>([
  ["has another role", serviceAccount({ ...access.proof.account, roleArn: "arn:aws:iam::123456789012:role/other" })],
  ["has no annotation", { metadata: { name: access.proof.account.name, annotations: null } }],
])("an earlier Job proves no access of a service account that %s", (_, account) => {
  // A warning of the start of a Job that succeeded is not the cause.
  const warnings = [event("Pod", `${access.first}-x7k2p`, "FailedScheduling", "0/3 nodes are available")];
  const output = errors({ accounts: [account], ended: proven, warnings });
  expect(output.match(/Error: Module output value precondition failed/g)).toHaveLength(1);
  expect(output).toContain(`Expected: ${access.proof.account.roleArn}. Run \`cdktf deploy`);
  expect(output).not.toContain("FailedScheduling");
});

// `RECORD=write npm run test:e2e` records the lists.
test.each<[situation: string, cause: string | undefined]>([
  ["proven", undefined],
  ...["QV102", "QV105", "QV207", "QV301", "QV320", "QV402", "QV502"].map((code): [string, string] => [code, code]),
  ["image that does not exist", "acme/missing:1.0.0"],
  ["service account that does not exist", 'serviceaccount "absent" not found'],
  ["pod that admission refuses", "violates PodSecurity"],
  ["deadline exceeded", "DeadlineExceeded: Job was active longer than specified deadline"],
  ["evicted pod", "Evicted: The node was low on resource: memory."],
])("the gate decides on the recorded lists of a real cluster: %s", (situation, cause) => {
  const { jobs, pods, events } = recordedLists(situation, access.first, access.inputs, access.proof.name);
  const output = errors({ ended: [proven[1] as object, ...jobs], pods, warnings: events });
  if (cause === undefined) expect(output).toBe("");
  else {
    expect(output.match(/Error: Module output value precondition failed/g)).toHaveLength(1);
    expect(output).toContain(cause);
  }
  const accounts = [serviceAccount(access.proof.account)];
  const objects = { accounts, jobs, pods, events } as unknown as NamespaceObjects;
  const verdict = verdictOf(cluster.name, access.proof, IMAGE, objects);
  expect(verdict.state).toBe(cause === undefined ? "proven" : "not-proven");
  expect(`${verdict.code} ${verdict.cause}`).toContain(cause ?? "undefined");
});

test("Jobs of other inputs keep no proof from running", () => {
  const other = [job("irsa-other", "0123456789ab"), job("irsa-another", "0123456789ab", "Failed")];
  expect(names({ open: other, retries: other })).toEqual({ access: access.first, isolation: isolation.first });
});

test("a Job keeps its name until it fails, also while it runs", () => {
  const jobs = { open: [job("running", isolation.inputs)], retries: [job("complete", access.inputs, "Complete")] };
  expect(names(jobs)).toEqual({ access: "complete", isolation: "running" });
});

test("a failed Job gets another name at each attempt", () => {
  const first = job(access.first, access.inputs, "Failed");
  const second = names({ open: [first] }).access;
  expect(second).toMatch(/^irsa-reader-access-[0-9a-f]{8}$/);
  const failed = job(second, access.inputs, "FailureTarget");
  const third = names({ open: [failed], retries: [failed] }).access;
  expect(new Set([access.first, second, third]).size).toBe(3);
});

const QV301 = "QV301 STS does not issue credentials: sub is system:serviceaccount:z1-blue:other | fix: deploy";
test.each<[string, Recorded, string]>([
  [
    "the verifier's termination message",
    {
      ended: [job(access.first, access.inputs, "Failed")],
      pods: [pod(access.first, { terminated: { exitCode: 1, message: `${QV301}\n` } })],
    },
    QV301,
  ],
  [
    "why a container ended without a message",
    {
      ended: [job(access.first, access.inputs, "Failed")],
      pods: [pod(access.first, { terminated: { exitCode: 137, reason: "OOMKilled" } })],
    },
    "OOMKilled (exit code 137)",
  ],
  [
    "why a node ended the Pod",
    {
      ended: [job(access.first, access.inputs, "Failed")],
      pods: [
        pod(
          access.first,
          { terminated: { exitCode: 137, reason: "ContainerStatusUnknown" } },
          { reason: "Evicted", message: "The node was low on resource: memory." },
        ),
      ],
    },
    "Evicted: The node was low on resource: memory.",
  ],
  [
    "the reason that a container waits",
    {
      ended: [job(access.first, access.inputs)],
      pods: [pod(access.first, { waiting: { reason: "ImagePullBackOff", message: "not found" } })],
    },
    "ImagePullBackOff: not found",
  ],
  [
    "the last event of the Job or of its Pods that says why",
    {
      ended: [job(access.first, access.inputs, "Failed")],
      warnings: [
        event("Job", access.first, "FailedCreate", "first"),
        event("Pod", `${access.first}-x7k2p`, "Failed", "Failed to pull image"),
        event("Pod", `${access.first}-x7k2p`, "Failed", "Error: ErrImagePull"),
        event("Pod", `${access.first}-x7k2p`, "Failed", "Error: ImagePullBackOff"),
        event("Job", access.first, "DeadlineExceeded", "Job was active longer than specified deadline"),
        event("Pod", "another-x7k2p", "Failed", "of another pod"),
      ],
    },
    "Failed: Failed to pull image",
  ],
  [
    "the Job's condition",
    { ended: [job(access.first, access.inputs, "Failed")] },
    "DeadlineExceeded: Job was active longer than specified deadline",
  ],
  [
    "the Job's name if nothing else is known",
    { ended: [job(access.first, access.inputs)] },
    `The Job ${access.first} has no result yet`,
  ],
])("the error of a failed proof shows %s", (_, recorded, cause) => {
  const output = errors({ ...recorded, ended: [...(recorded.ended ?? []), proven[1] as object] });
  expect(output).toContain(cause);
  expect(output.match(/Error: Module output value precondition failed/g)).toHaveLength(1);
});
