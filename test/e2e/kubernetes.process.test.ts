import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { DetachRolePolicyCommand, GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import type { Verdict } from "../../access/verdicts";
import { loadProject } from "../../config/load";
import type { Cluster, Project } from "../../config/project";
import { MANAGED_BY } from "../../config/proofs";
import { clientConfig, LocalAws } from "../../local/aws";
import { createRoles } from "../../local/roles";
import { mirrorOnly } from "../../local/terraform-cli";
import { verifierCommand } from "../../packaging/verifier-command";
import { createApp } from "../../stacks/app";
import { runCommand } from "../commands/run-command";
import { type JobLists, listsOf, record } from "../recorded-lists";
import { TerraformRun } from "../stacks/terraform";
import { testIf } from "../test-if";
import { ControlPlane, missingPrograms } from "./control-plane";
import { FaultyCluster } from "./faulty-cluster";
import { HelmReleases, helmIsInstalled } from "./helm-releases";

// Tests the complete path on a real API server: service accounts, Jobs under the Pod Security level restricted, tokens of the
// TokenRequest API, the packaged verifier, the embedded AWS with the cluster's keys. docs/testing.md has the variables.

const IMAGE = "acme/qovery-irsa-verifier:1.0.0";
const MISSING_IMAGE = "acme/missing:1.0.0";
const NAMESPACE = "z1-e2e";
const ISSUER = "https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";
const { E2E, KUBECONFIG, KUBEBUILDER_ASSETS, POD_RUNNER = "", CLUSTER_PROVIDERS_MIRROR, RECORD } = process.env;
const reason = whatIsMissing();
const runnable = reason === "";

/** What breaks each role, and the code that names it: of the access proof, or of the isolation proof. */
const FAULTS = {
  "other-namespace": { access: "QV301" },
  "other-annotation": { access: "QV105" },
  "no-permission": { access: "QV402" },
  "own-variable": { access: "QV102" },
  "other-audience": { access: "QV207" },
  "no-sts": { access: "QV502" },
  "not-isolated": { isolation: "QV320" },
} as const;
const ROLES = ["intact", ...Object.keys(FAULTS)];

/** The role whose service account something else creates: here, the test. */
const ELSEWHERE = "elsewhere";

/** Returns why the tests cannot run here, or an empty text. */
function whatIsMissing(): string {
  if (E2E !== "1") return "npm run test:e2e runs this";
  if (POD_RUNNER === "") return "needs POD_RUNNER";
  if (KUBECONFIG) return "";
  if (!KUBEBUILDER_ASSETS) return "needs KUBECONFIG or KUBEBUILDER_ASSETS";
  const missing = missingPrograms(KUBEBUILDER_ASSETS);
  return missing.length === 0 ? "" : `KUBEBUILDER_ASSETS has no ${missing.join(", ")}`;
}

/** What the stacks do not own. */
const KEPT = ["serviceaccount/default", `serviceaccount/${ELSEWHERE}`];

let folder: string;
let controlPlane: ControlPlane | undefined;
let helm: HelmReleases | undefined;
let cluster: FaultyCluster;
let project: Project;
let declared: Cluster;
let aws: LocalAws;
let iam: IAMClient;
let stopPods: (() => Promise<void>) | undefined;
let terraform: Record<"service-accounts" | "verification", TerraformRun> | undefined;

beforeAll(async () => {
  if (!runnable) return;
  folder = mkdtempSync(join(tmpdir(), "e2e-"));
  if (!KUBECONFIG && KUBEBUILDER_ASSETS) {
    // The programs need the kubectl of the control plane.
    process.env.PATH = `${KUBEBUILDER_ASSETS}:${process.env.PATH}`;
    controlPlane = await ControlPlane.start(KUBEBUILDER_ASSETS, join(folder, "control-plane"), ISSUER);
  }
  cluster = new FaultyCluster(KUBECONFIG || (controlPlane?.kubeconfig ?? ""), POD_RUNNER);
  project = configure(await cluster.issuer());
  [declared] = project.clusters as [Cluster];
  aws = await LocalAws.start({ project, jwks: new Map([[declared.oidc.issuer, await cluster.keys()]]) });
  iam = new IAMClient(clientConfig(aws.environment));
  await createRoles(aws, declared.roles);
  await cluster.recreateNamespace(NAMESPACE);
  createApp(project, { outdir: join(folder, "out") }).synth();
  if (CLUSTER_PROVIDERS_MIRROR) {
    terraform = {
      "service-accounts": await init("service-accounts", CLUSTER_PROVIDERS_MIRROR),
      verification: await init("verification", CLUSTER_PROVIDERS_MIRROR),
    };
    terraform.verification.change(hurry);
  } else if (helmIsInstalled) {
    helm = new HelmReleases(cluster.kubeconfig, join(folder, "out/stacks/e2e-service-accounts"), folder);
  }
}, 300_000);

afterAll(async () => {
  if (!runnable) return;
  await stopPods?.();
  await cluster.deleteNamespace(NAMESPACE);
  iam?.destroy();
  await aws?.stop();
  await controlPlane?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 300_000);

function configure(issuer: string): Project {
  mkdirSync(join(folder, "clusters"));
  const verification = `verification: { runner: kubernetes, image: "${IMAGE}" }`;
  writeFileSync(join(folder, "irsa.yaml"), `state: { backend: local }\n${verification}\n`);
  const common = `namespace: ${NAMESPACE}, policies: [AmazonS3ReadOnlyAccess]`;
  const roles = [
    ...ROLES.map((name) => `  ${name}: { ${common} }\n`),
    `  several: { ${common}, serviceAccounts: [several-a, several-b] }\n`,
    `  ${ELSEWHERE}: { ${common}, createServiceAccount: false }\n`,
  ];
  writeFileSync(
    join(folder, "clusters/e2e.yaml"),
    `accountId: "123456789012"
oidc: { issuer: "${issuer}" }
kubernetes: { access: kubeconfig, path: ${JSON.stringify(cluster.kubeconfig)} }
chart: { repository: ${JSON.stringify(join(__dirname, "chart"))} }
roles:
${roles.join("")}`,
  );
  const { project, problems } = loadProject(join(folder, "irsa.yaml"));
  if (!project) throw new Error(JSON.stringify(problems, null, 2));
  return project;
}

/** Initializes Terraform with the real helm and kubernetes providers. */
function init(stack: string, mirror: string): Promise<TerraformRun> {
  const from = join(folder, "out/stacks", `e2e-${stack}`);
  return TerraformRun.init(from, join(folder, stack), { TF_CLI_CONFIG_FILE: mirrorOnly(folder, mirror) });
}

// biome-ignore lint/suspicious/noExplicitAny: the test changes Terraform's JSON at any depth.
type Json = any;

/** Returns the JSON of the stack with the proofs. */
function synthesizedProofs(): Json {
  return JSON.parse(readFileSync(join(folder, "out/stacks/e2e-verification/cdk.tf.json"), "utf8"));
}

function manifestsOf(stack: Json): Json[] {
  return Object.values<Json>(stack.resource.kubernetes_manifest).map(({ manifest }) => manifest);
}

/** Shortens the time that the verifier retries. */
function hurry(stack: Json): void {
  for (const manifest of manifestsOf(stack)) {
    const [container] = manifest.spec?.template.spec.containers ?? [];
    if (container) container.args[container.args.indexOf("--wait") + 1] = "2s";
  }
}

/** Sets the image of every Job, and the seconds until its deadline. */
const useImage = (image: string, deadline: number) => (stack: Json) => {
  for (const manifest of manifestsOf(stack)) {
    if (manifest.kind !== "Job") continue;
    manifest.spec.activeDeadlineSeconds = deadline;
    manifest.spec.template.spec.containers[0].image = image;
  }
};

/** Adds a variable to the Jobs of a role. */
function setVariable(stack: Json, role: string, name: string, value: string): void {
  for (const manifest of manifestsOf(stack)) {
    const pod = manifest.spec?.template.spec;
    if (pod?.serviceAccountName === role) pod.containers[0].env.push({ name, value });
  }
}

/** Creates the service accounts: by Helm releases of Terraform or of Helm, or with what the chart renders. */
async function deployServiceAccounts(): Promise<void> {
  if (terraform) await terraform["service-accounts"].apply();
  else if (helm) await helm.apply();
  const released = terraform || helm;
  for (const { name, roleArn, release } of declared.serviceAccounts) {
    if (released && release) continue;
    const metadata = { name, namespace: NAMESPACE, annotations: { "eks.amazonaws.com/role-arn": roleArn } };
    await cluster.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata });
  }
}

/** Sets what Terraform evaluates. */
function nameJob(job: Json, name: string): void {
  job.metadata.name = name;
  job.metadata.labels["qovery-irsa/attempt"] = "first";
}

/** Runs the proofs, and returns Terraform's errors: by Terraform, or by kubectl with the synthesized Jobs. */
async function runProofs(change: (stack: Json) => void = () => {}): Promise<string> {
  if (terraform) {
    terraform.verification.change(change);
    const { stderr } = await terraform.verification.tryRun("apply", "-input=false", "-auto-approve", "-parallelism=20");
    return stderr.replace(/^[╷│╵]\s?/gm, "").replace(/\s+/g, " ");
  }
  const stack = synthesizedProofs();
  hurry(stack);
  change(stack);
  const manifests = manifestsOf(stack);
  for (const account of manifests.filter(({ kind }) => kind === "ServiceAccount")) await cluster.apply(account);
  for (const job of manifests.filter(({ kind }) => kind === "Job")) {
    const { labels } = job.metadata;
    nameJob(job, `irsa-${labels["qovery-irsa/proof"]}-${labels["qovery-irsa/inputs"].slice(0, 8)}`);
    await cluster.apply(job);
  }
  await jobsEnd();
  return "";
}

const LABEL = Object.entries(MANAGED_BY).flat().join("=");

async function jobsEnd(): Promise<void> {
  const running = async () => {
    const jobs = await cluster.list<Json>("jobs", NAMESPACE, "-l", LABEL);
    return jobs.some(({ status }) => !status.conditions?.some(({ type }: Json) => /^(Complete|Failed)$/.test(type)));
  };
  while (await running()) await setTimeout(500);
}

async function deleteJobs(): Promise<void> {
  await cluster.kubectl(["delete", "jobs", "-n", NAMESPACE, "-l", LABEL, "--wait", "--cascade=foreground"]);
}

/** Runs `npm run verdicts`, and returns the verdicts by `<service account> <proof>`. */
async function verdicts(): Promise<{ status: number; verdicts: Record<string, Verdict> }> {
  const env = { ...process.env, IRSA_CONFIG: join(folder, "irsa.yaml") };
  const { exitCode, stdout } = await runCommand("verdicts", ["-o", "json"], env);
  const all = JSON.parse(stdout) as Verdict[];
  const found = all.map((verdict) => [`${verdict.serviceAccount} ${verdict.proof}`, verdict]);
  return { status: exitCode, verdicts: Object.fromEntries(found) };
}

async function changeTrustPolicy(role: string, change: (policy: Json) => void): Promise<void> {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: role }));
  const policy = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ""));
  change(policy.Statement[0]);
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: role, PolicyDocument: JSON.stringify(policy) }));
}

/** Replaces the namespace that a role's trust policy admits. */
function moveTrust(role: string, from: string, to: string): Promise<void> {
  return changeTrustPolicy(role, ({ Condition: { StringEquals } }) => {
    for (const key of Object.keys(StringEquals)) StringEquals[key] = StringEquals[key].replace(from, to);
  });
}

/** Returns the name of each proof's Job. */
async function jobNames(): Promise<Record<string, string>> {
  const jobs = await cluster.list<Json>("jobs", NAMESPACE, "-l", LABEL);
  return Object.fromEntries(
    jobs.map(({ metadata }) => [metadata.labels["qovery-irsa/proof"], `${metadata.name} ${metadata.uid}`]),
  );
}

/** Returns the namespace's lists of Jobs, Pods and Events. */
async function namespaceLists(): Promise<JobLists> {
  const items = (kind: string) => cluster.list<Json>(kind, NAMESPACE);
  return { jobs: await items("jobs"), pods: await items("pods"), events: await items("events") };
}

/** Writes the lists of a proof's Job into the recorded lists, with RECORD=write. */
async function recordProof(situation: string, proof: string): Promise<void> {
  if (RECORD !== "write") return;
  const lists = await namespaceLists();
  const ofProof = lists.jobs.filter(({ metadata }) => metadata.labels["qovery-irsa/proof"] === proof);
  const name =
    ofProof
      .map(({ metadata }) => `${metadata.creationTimestamp} ${metadata.name}`)
      .sort()
      .at(-1) ?? "";
  const job = name.split(" ")[1] ?? "";
  record(situation, listsOf(job, lists));
}

const annotate = (account: string, annotation: string) =>
  cluster.kubectl(["annotate", "serviceaccount", account, "-n", NAMESPACE, "--overwrite", annotation]);

testIf(runnable && Boolean(CLUSTER_PROVIDERS_MIRROR), reason || "needs CLUSTER_PROVIDERS_MIRROR")(
  "a plan reports missing service accounts before any Job runs",
  async () => {
    const { exitCode, stderr } = (await terraform?.verification.tryRun("plan", "-input=false")) ?? {};
    expect(exitCode).toBe(1);
    expect(stderr?.match(/Resource precondition failed/g)).toHaveLength(declared.serviceAccounts.length);
  },
  120_000,
);

testIf(runnable, reason)(
  "an image that does not exist fails the gate, which names the image",
  async () => {
    await deployServiceAccounts();
    const stop = cluster.refuseImages(NAMESPACE);
    const errors = await runProofs(useImage(MISSING_IMAGE, 20)).finally(stop);
    if (terraform) {
      expect(errors.match(/precondition failed/g)).toHaveLength(2 * declared.serviceAccounts.length);
      expect(errors).toContain(MISSING_IMAGE);
    }
    const { status, verdicts: found } = await verdicts();
    expect(status).toBe(1);
    for (const verdict of Object.values(found)) {
      expect(verdict).toMatchObject({ state: "not-proven", cause: expect.stringContaining(MISSING_IMAGE) });
      expect(verdict.fix).toContain("verification.image");
    }
    await recordProof("image that does not exist", "intact-access");
    if (!terraform) await deleteJobs();
  },
  300_000,
);

/** What keeps a Job from its result, how it comes about, and the words of the cluster that name it. */
const OBSTACLES: readonly [situation: string, change: (job: Json) => void, words: string][] = [
  [
    "service account that does not exist",
    ({ spec }) => {
      spec.template.spec.serviceAccountName = "absent";
    },
    'serviceaccount "absent" not found',
  ],
  [
    "pod that admission refuses",
    ({ spec }) => {
      spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation = true;
    },
    "violates PodSecurity",
  ],
  ["deadline exceeded", () => {}, "Job was active longer than specified deadline"],
  [
    "evicted pod",
    ({ spec }) => {
      spec.activeDeadlineSeconds = 60;
    },
    "The node was low on resource: memory.",
  ],
];

for (const [situation, change, words] of OBSTACLES)
  testIf(runnable, reason)(
    `the lists of Jobs, Pods and Events show the cause: ${situation}`,
    async () => {
      const job = manifestsOf(synthesizedProofs()).find(
        ({ metadata }) => metadata.labels["qovery-irsa/proof"] === "intact-access",
      );
      nameJob(job, `irsa-${situation.replaceAll(" ", "-")}`);
      job.metadata.finalizers = [];
      job.spec.activeDeadlineSeconds = 5;
      change(job);
      await cluster.apply(job);
      if (situation === "evicted pod") await cluster.evict(NAMESPACE, job.metadata.name);
      const { name } = job.metadata;
      await cluster.kubectl(["wait", "-n", NAMESPACE, `job/${name}`, "--for=condition=Failed", "--timeout=60s"]);
      const lists = listsOf(name, await namespaceLists());
      expect(JSON.stringify(lists)).toContain(JSON.stringify(words).slice(1, -1));
      if (RECORD === "write") record(situation, lists);
      await cluster.kubectl(["delete", "job", name, "-n", NAMESPACE, "--wait", "--cascade=foreground"]);
    },
    120_000,
  );

testIf(runnable, reason)(
  "access and isolation of every role are proven",
  async () => {
    stopPods = cluster.runPods(IMAGE, verifierCommand()[0] ?? "", aws.endpoint, join(folder, "pods"));
    expect(await runProofs(useImage(IMAGE, 300))).toBe("");
    const { status, verdicts: found } = await verdicts();
    expect(Object.values(found).filter(({ state }) => state !== "proven")).toEqual([]);
    expect(status).toBe(0);
    expect(Object.keys(found)).toHaveLength(2 * declared.serviceAccounts.length);
    await recordProof("proven", "intact-access");
  },
  300_000,
);

testIf(runnable && Boolean(CLUSTER_PROVIDERS_MIRROR), reason || "needs CLUSTER_PROVIDERS_MIRROR")(
  "a second plan runs no Job",
  async () => {
    expect((await terraform?.verification.tryRun("plan", "-input=false", "-detailed-exitcode"))?.exitCode).toBe(0);
  },
  120_000,
);

testIf(runnable, reason)(
  "each fault fails the gate, and its verdict has the code and a fix",
  async () => {
    await moveTrust("other-namespace", NAMESPACE, "z1-other");
    await annotate("other-annotation", "eks.amazonaws.com/role-arn=arn:aws:iam::123456789012:role/intact");
    await annotate("other-audience", "eks.amazonaws.com/audience=kubernetes");
    const PolicyArn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    await iam.send(new DetachRolePolicyCommand({ RoleName: "no-permission", PolicyArn }));
    await changeTrustPolicy("not-isolated", (statement) => {
      const { StringEquals } = statement.Condition;
      const subject = Object.keys(StringEquals).find((key) => key.endsWith(":sub")) ?? "";
      delete StringEquals[subject];
    });
    await deleteJobs();
    const errors = await runProofs((stack) => {
      setVariable(stack, "own-variable", "AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/own-variable");
      setVariable(stack, "no-sts", "AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9");
    });
    const { status, verdicts: found } = await verdicts();
    expect(status).toBe(1);
    for (const [role, codes] of Object.entries(FAULTS)) {
      for (const [proof, code] of Object.entries(codes)) {
        await recordProof(code, `${role}-${proof}`);
        expect(found[`${role} ${proof}`]).toMatchObject({ role, code, state: "not-proven", fix: expect.any(String) });
        if (terraform) expect(errors).toContain(code);
      }
    }
    expect(found["intact access"]?.state).toBe("proven");
    expect(found["intact isolation"]?.state).toBe("proven");
  },
  600_000,
);

testIf(runnable && Boolean(CLUSTER_PROVIDERS_MIRROR), reason || "needs CLUSTER_PROVIDERS_MIRROR")(
  "a repaired role is proven by the next deployment, which runs failed proofs only",
  async () => {
    await moveTrust("other-namespace", "z1-other", NAMESPACE);
    const before = await jobNames();
    const errors = await runProofs();
    const { verdicts: found } = await verdicts();
    expect(found["other-namespace access"]).toMatchObject({ state: "proven" });
    expect(found["no-permission access"]).toMatchObject({ state: "not-proven" });
    expect(errors.match(/precondition failed/g)).toHaveLength(Object.keys(FAULTS).length - 1);
    const after = await jobNames();
    const again = Object.keys(before).filter((proof) => before[proof] !== after[proof]);
    const failed = Object.entries(FAULTS).map(([role, codes]) => `${role}-${Object.keys(codes)[0]}`);
    expect(again.toSorted()).toEqual(failed.toSorted());
  },
  300_000,
);

testIf(
  runnable && !CLUSTER_PROVIDERS_MIRROR && helmIsInstalled,
  reason || "needs Helm, and no CLUSTER_PROVIDERS_MIRROR",
)(
  "the service accounts are Helm releases, and uninstalling them deletes only these service accounts",
  async () => {
    await helm?.apply();
    const secrets = ["get", "secrets", "-n", NAMESPACE, "-l", "owner=helm,status=deployed", "-o", "name"];
    const released = declared.serviceAccounts.filter(({ release }) => release);
    expect((await cluster.kubectl(secrets)).trim().split("\n")).toHaveLength(released.length);
    await helm?.delete();
    const left = await cluster.kubectl(["get", "serviceaccounts,secrets", "-n", NAMESPACE, "-o", "name"]);
    expect(
      left
        .trim()
        .split("\n")
        .filter((name) => !name.includes("irsa-isolation-")),
    ).toEqual(KEPT);
  },
  120_000,
);

testIf(runnable && Boolean(CLUSTER_PROVIDERS_MIRROR), reason || "needs CLUSTER_PROVIDERS_MIRROR")(
  "destroying the stacks leaves no Job, no Pod and no service account that the stacks created",
  async () => {
    for (const stack of Object.values(terraform ?? {}).reverse()) await stack.run("destroy", "-auto-approve");
    const kinds = "jobs,pods,serviceaccounts,secrets";
    const left = await cluster.kubectl(["get", kinds, "-n", NAMESPACE, "-o", "name"]);
    expect(left.trim().split("\n")).toEqual(KEPT);
    await cluster.kubectl(["get", "namespace", NAMESPACE]);
  },
  300_000,
);
