import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { loadProject } from "../config/load";
import type { S3State } from "../config/project";
import { LocalAws } from "../local/aws";
import { createRoles } from "../local/roles";
import { type StoredState, storedStates } from "../local/state-bucket";
import { mirrorOnly, terraformBinary } from "../local/terraform-cli";
import { TestCluster } from "../local/test-cluster";
import { verifierCommand } from "../packaging/verifier-command";
import { type ApiCalls, type ApiFront, startApiFront } from "./api-front";
import { measure } from "./measure";
import { markdownTable, writeResult } from "./results";
import { synthesize } from "./synthesize";

const ROOT = join(__dirname, "..");
const SERVICE_ACCOUNTS = Number(process.env.SERVICE_ACCOUNTS || 200);
/** Ten service accounts in each. */
const NAMESPACES = Math.ceil(SERVICE_ACCOUNTS / 10);
const IMAGE = "acme/qovery-irsa-verifier:1.0.0";

/** How long the verifier retries. The program in place of a node runs one Pod at a time, and a node runs many. */
const WAIT = "1s";

/** The memory above which Terraform collects garbage more often. */
const MEMORY = "2GiB";

interface Step {
  readonly stack: string;
  readonly step: string;
  /** Seconds. */
  readonly wall: number;
  /** Bytes of the largest process: Terraform or a provider. */
  readonly peak: number;
  readonly calls: ApiCalls;
}

/**
 * Measures the stacks of many service accounts on the Kubernetes cluster of KUBECONFIG: time, memory and API calls of
 * each step, and the size of the states. Writes bench/results.json and prints a table.
 * @throws Error if a step fails
 */
export async function benchCluster(): Promise<void> {
  if (!(SERVICE_ACCOUNTS >= 1)) throw new Error("SERVICE_ACCOUNTS is not a number; set it to 40, for example");
  const cluster = new TestCluster(required("KUBECONFIG"), required("POD_RUNNER"));
  const folder = mkdtempSync(join(tmpdir(), "bench-cluster-"));
  const front = await startApiFront(cluster.kubeconfig);
  try {
    const config = configure(folder, await cluster.issuer(), front.endpoint);
    const { project } = loadProject(config);
    const [declared] = project?.clusters ?? [];
    if (!project || !declared) throw new Error("the configuration of the benchmark has errors");
    const aws = await LocalAws.start({ project, jwks: new Map([[declared.oidc.issuer, await cluster.keys()]]) });
    const stopPods = cluster.runPods(IMAGE, verifierCommand()[0] ?? "", aws.endpoint, join(folder, "pods"));
    try {
      await createRoles(aws, declared.roles);
      for (const name of namespaces()) await cluster.recreateNamespace(name);
      await synthesize(config, join(folder, "out"));
      hurry(folder);
      const { steps, states } = await deployed(folder, front, project.state as S3State, aws);
      writeResult("cluster", { serviceAccounts: SERVICE_ACCOUNTS, namespaces: NAMESPACES, steps, states });
      process.stdout.write(table(steps));
      process.stdout.write(`\n${markdownTable([["state of", "MB", "MB with gzip"], ...states.map(stateRow)])}`);
    } finally {
      await stopPods();
      for (const name of namespaces()) await cluster.deleteNamespace(name);
      await aws.stop();
    }
  } finally {
    front.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function required(variable: string): string {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} is not set; docs/testing.md describes the variables of npm run test:e2e`);
  return value;
}

const namespaces = () => Array.from({ length: NAMESPACES }, (_, index) => `z${index}-bench`);

/** Writes the configuration. Returns the path of irsa.yaml. */
function configure(folder: string, issuer: string, endpoint: string): string {
  const kubeconfig = join(folder, "kubeconfig");
  const context = { cluster: "bench", user: "bench" };
  const document = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "bench", cluster: { server: endpoint } }],
    users: [{ name: "bench", user: {} }],
    contexts: [{ name: "bench", context }],
    "current-context": "bench",
  };
  writeFileSync(kubeconfig, JSON.stringify(document));
  mkdirSync(join(folder, "clusters"));
  const config = join(folder, "irsa.yaml");
  writeFileSync(
    config,
    `state: { backend: s3, bucket: acme-terraform-state, region: eu-west-3 }
verification: { runner: kubernetes, image: "${IMAGE}" }
`,
  );
  const roles = Array.from({ length: SERVICE_ACCOUNTS }, (_, index) => {
    const namespace = namespaces()[index % NAMESPACES];
    return `  account-${index}: { namespace: ${namespace}, policies: [AmazonS3ReadOnlyAccess] }\n`;
  });
  writeFileSync(
    join(folder, "clusters/bench.yaml"),
    `accountId: "123456789012"
oidc: { issuer: "${issuer}" }
kubernetes: { access: kubeconfig, path: ${JSON.stringify(kubeconfig)} }
chart: { repository: ${JSON.stringify(join(ROOT, "test/e2e/chart"))} }
roles:
${roles.join("")}`,
  );
  return config;
}

/** Shortens the time that the verifier retries. */
function hurry(folder: string): void {
  const file = join(folder, "out/stacks/bench-verification/cdk.tf.json");
  const shorter = readFileSync(file, "utf8").replace(/("--wait",\s*)"\d+s"/g, `$1"${WAIT}"`);
  writeFileSync(file, shorter);
}

const STACKS = { accounts: "bench-service-accounts", proofs: "bench-verification" };

async function deployed(folder: string, front: ApiFront, state: S3State, aws: LocalAws) {
  const config = mirrorOnly(folder, required("CLUSTER_PROVIDERS_MIRROR"));
  const env = { ...process.env, ...aws.environment, TF_CLI_CONFIG_FILE: config, CHECKPOINT_DISABLE: "1" };
  const steps: Step[] = [];
  const step = async (stack: string, name: string, args: readonly string[], extra: NodeJS.ProcessEnv = {}) => {
    front.read();
    const command = [terraformBinary(), `-chdir=${join(folder, "out/stacks", stack)}`, ...args, "-input=false"];
    const { wall, peak } = await measure({ name: `${stack}: ${name}`, command, env: { ...env, ...extra } });
    steps.push({ stack, step: name, wall, peak, calls: front.read() });
    // The benchmark takes many minutes.
    process.stderr.write(`${stack} ${name}: ${wall.toFixed(1)} s, ${(peak / 1e6).toFixed(0)} MB\n`);
  };
  for (const stack of Object.values(STACKS)) {
    await step(stack, "init", ["init"]);
    await step(stack, "apply", ["apply", "-auto-approve"]);
    await step(stack, "plan without changes", ["plan", "-detailed-exitcode"]);
  }
  await step(STACKS.proofs, `the same with GOMEMLIMIT=${MEMORY}`, ["plan", "-detailed-exitcode"], {
    GOMEMLIMIT: MEMORY,
  });
  const states = (await storedStates(state, aws)).map(sizeOf);
  for (const stack of Object.values(STACKS).reverse()) await step(stack, "destroy", ["destroy", "-auto-approve"]);
  return { steps: steps.filter(({ step: name }) => name !== "init"), states };
}

/** Returns the size of a stack's state in bytes. */
function sizeOf({ key, body }: StoredState) {
  return { stack: basename(key, ".tfstate"), bytes: Buffer.byteLength(body), compressed: gzipSync(body).length };
}

const stateRow = ({ stack, bytes, compressed }: ReturnType<typeof sizeOf>) => [
  stack,
  (bytes / 1e6).toFixed(1),
  (compressed / 1e6).toFixed(1),
];

function table(steps: readonly Step[]): string {
  const rows = steps.map(({ stack, step, wall, peak, calls }) => [
    stack,
    step,
    wall.toFixed(1),
    (peak / 1e6).toFixed(0),
    `${calls.total}`,
    `${calls.together}`,
  ]);
  return markdownTable([["stack", "step", "wall (s)", "memory (MB)", "API calls", "calls together"], ...rows]);
}
