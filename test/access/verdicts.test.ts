import { type NamespaceObjects, renderVerdicts, renderVerdictsAsMarkdown, verdictOf } from "../../access/verdicts";
import type { Cluster } from "../../config/project";
import { inputsOf, type Proof, proofsOf } from "../../config/proofs";
import { event, job, pod, serviceAccount } from "../kubernetes-lists";
import { loadExample } from "../stacks/synthesized";

const IMAGE = "ghcr.io/acme/qovery-irsa-verifier:1.0.0";
const [cluster] = loadExample("kubeconfig").clusters as [Cluster];
const [proof] = proofsOf(cluster) as [Proof];
const NAME = "irsa-reader-access-1";

/** Returns the verdict of the proof with these objects in its namespace. */
function verdict(objects: Record<string, readonly object[]>, image = IMAGE) {
  const all = {
    accounts: [serviceAccount(proof.account)],
    jobs: [],
    pods: [],
    events: [],
    ...objects,
  } as unknown as NamespaceObjects;
  return verdictOf(cluster.name, proof, image, all);
}

type Conditions = Parameters<typeof job> extends [string, string, ...infer C] ? C : never;

function ours(name: string, created: string, ...conditions: Conditions): object {
  const found = job(name, inputsOf(proof, IMAGE), ...conditions) as { metadata: { labels: object }; status: object };
  const labels = { ...found.metadata.labels, "qovery-irsa/proof": proof.name };
  return { ...found, metadata: { ...found.metadata, labels, creationTimestamp: created } };
}

const COMPLETE = ours(NAME, "2026-11-25T10:00:00Z", "SuccessCriteriaMet", "Complete");
const FAILED = ours(NAME, "2026-11-25T10:00:00Z", "FailureTarget", "Failed");
const RUNNING = ours(NAME, "2026-11-25T10:00:00Z");

test("a complete Job proves access since its end", () => {
  expect(verdict({ jobs: [COMPLETE] })).toEqual({
    cluster: "on-premises",
    namespace: "z1-blue",
    serviceAccount: "reader",
    role: "reader",
    proof: "access",
    state: "proven",
    since: "2026-11-25T10:00:05.000Z",
  });
});

test("the newest Job decides", () => {
  const newer = ours("newer", "2026-11-25T11:00:00Z", "Failed");
  expect(verdict({ jobs: [newer, COMPLETE] }).state).toBe("not-proven");
});

test("a Job of other inputs is outdated, and a namespace without Jobs has not run the proof", () => {
  expect(verdict({ jobs: [COMPLETE] }, `${IMAGE}-2`)).toMatchObject({ state: "outdated", fix: expect.any(String) });
  expect(verdict({})).toMatchObject({ state: "not-run", fix: expect.any(String) });
});

test("a missing service account is the cause before any Job exists, and although an earlier Job succeeded", () => {
  for (const jobs of [[], [COMPLETE]])
    expect(verdict({ accounts: [], jobs })).toMatchObject({
      state: "not-proven",
      cause: expect.stringContaining("does not exist"),
      fix: expect.stringContaining("on-premises-service-accounts"),
    });
});

test.each<[string, object]>([
  ["has another role", serviceAccount({ ...proof.account, roleArn: "arn:aws:iam::123456789012:role/other" })],
  ["has no annotation", { metadata: { name: "reader" } }],
])("an earlier Job proves no access of a service account that %s", (_, account) => {
  expect(verdict({ accounts: [account], jobs: [COMPLETE] })).toMatchObject({
    state: "not-proven",
    cause: expect.stringContaining(`Expected: ${proof.account.roleArn}`),
    fix: expect.stringContaining("on-premises-service-accounts"),
  });
});

test.each<[string, Record<string, readonly object[]>, object]>([
  [
    "the verifier's code, cause and fix",
    {
      jobs: [FAILED],
      pods: [pod(NAME, { terminated: { exitCode: 1, message: "QV301 STS denies: sub x | fix: set namespace" } })],
    },
    { state: "not-proven", code: "QV301", cause: "STS denies: sub x", fix: "set namespace" },
  ],
  [
    "why the container was killed",
    { jobs: [FAILED], pods: [pod(NAME, { terminated: { exitCode: 137, reason: "OOMKilled" } })] },
    { state: "not-proven", cause: "OOMKilled (exit code 137)" },
  ],
  [
    "the image that cannot be pulled",
    { jobs: [RUNNING], pods: [pod(NAME, { waiting: { reason: "ErrImagePull", message: "not found" } })] },
    { state: "running", cause: "ErrImagePull: not found", fix: expect.stringContaining("verification.image") },
  ],
  [
    "the image, where the Job's end deleted the pod that waited for it",
    {
      jobs: [FAILED],
      events: [
        event("Pod", `${NAME}-x7k2p`, "Failed", 'Failed to pull image "acme/missing"'),
        event("Pod", `${NAME}-x7k2p`, "Failed", "Error: ImagePullBackOff"),
        event("Job", NAME, "DeadlineExceeded", "Job was active longer than specified deadline"),
      ],
    },
    {
      state: "not-proven",
      cause: 'Failed: Failed to pull image "acme/missing"',
      fix: expect.stringContaining("verification.image"),
    },
  ],
  [
    "the event that kept the pod from being created",
    {
      jobs: [FAILED],
      events: [
        event("Job", "another", "FailedCreate", "of another Job"),
        event("Job", NAME, "FailedCreate", "error looking up service account z1-blue/reader"),
      ],
    },
    {
      state: "not-proven",
      cause: "FailedCreate: error looking up service account z1-blue/reader",
      fix: expect.stringContaining("on-premises-service-accounts"),
    },
  ],
  [
    "the Job's deadline",
    { jobs: [FAILED] },
    { state: "not-proven", cause: expect.stringContaining("DeadlineExceeded") },
  ],
])("shows %s", (_, objects, expected) => {
  expect(verdict(objects)).toMatchObject(expected);
});

test("text has a paragraph for each service account, and Markdown a row for each proof", () => {
  const verdicts = [verdict({ jobs: [COMPLETE] }), { ...verdict({ jobs: [FAILED] }), cause: "a | b" }];
  expect(
    renderVerdicts(verdicts)
      .split("\n")
      .map((line) => line.slice(0, 10)),
  ).toEqual(["on-premise", "  √ access", "  × access", ""]);
  const rows = renderVerdictsAsMarkdown(verdicts).trimEnd().split("\n");
  expect(rows).toHaveLength(4);
  expect(rows[3]).toContain("a \\| b");
});
