import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** A pod on a simulated cluster: what decides which identity its container gets. */
export interface Pod {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** The service account's annotation `eks.amazonaws.com/role-arn`. @default - none: the webhook injects nothing */
  readonly roleArn?: string;
  readonly region: string;
  /** Signs a token for the pod, as the cluster's TokenRequest API would. */
  readonly token: () => Promise<string>;
  /** Variables that the user set on the service. They win over what the webhook would set, as they do on EKS. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Where the embedded AWS listens. */
  readonly endpoint: string;
}

export interface PodResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const ROOT = join(__dirname, "..");
const DIST = join(ROOT, "dist");

/**
 * The packaged verifier; on systems that it is not built for, the same bundle under Node. VERIFIER names another build,
 * such as pkg's.
 */
export function verifierCommand(): readonly string[] {
  if (process.env.VERIFIER) return [resolve(process.env.VERIFIER)];
  const executable = { x64: "verifier", arm64: "verifier-arm64" }[process.arch as string];
  if (process.platform === "linux" && executable) return [join(DIST, executable)];
  return [process.execPath, join(DIST, "verifier.cjs")];
}

/** Whether the packaged verifier is there, and as new as what it is made from. */
export function verifierIsPackaged(): boolean {
  const packaged = verifierCommand().at(-1) ?? "";
  if (!existsSync(packaged)) return false;
  const made = statSync(packaged).mtimeMs;
  const sources = ["verifier", "iam", "packaging"].flatMap((folder) =>
    readdirSync(join(ROOT, folder)).map((name) => join(ROOT, folder, name)),
  );
  return [...sources, join(ROOT, "package-lock.json")].every((source) => statSync(source).mtimeMs <= made);
}

export interface PodOptions {
  /** The verifier's command. @default - the packaged one */
  readonly command?: readonly string[];
  /** Ends the run. */
  readonly signal?: AbortSignal;
}

/**
 * Runs the packaged verifier as a pod's container would run it: with the environment that the EKS pod identity webhook
 * injects, the pod's own token in a file, and nothing of this process's environment.
 * Source: https://github.com/aws/amazon-eks-pod-identity-webhook
 */
export async function runPod(
  pod: Pod,
  flags: readonly string[],
  { command = verifierCommand(), signal }: PodOptions = {},
): Promise<PodResult> {
  return inPod(pod, (env) => run([...command, ...flags], env, signal));
}

/** Calls `use` with the environment of a pod's container; the token's file is there until it ends. */
export async function inPod<T>(pod: Pod, use: (env: Record<string, string>) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "qovery-irsa-pod-"));
  try {
    const tokenFile = join(folder, "token");
    if (pod.roleArn !== undefined) writeFileSync(tokenFile, await pod.token(), { mode: 0o600 });
    return await use(podEnvironment(pod, tokenFile));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A pair of variables is injected whole or not at all: one that the pod sets itself keeps the other away too. */
const PAIRS = [
  ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"],
  ["AWS_REGION", "AWS_DEFAULT_REGION"],
] as const;

function podEnvironment(pod: Pod, tokenFile: string): Record<string, string> {
  const injected: Record<string, string> = {};
  if (pod.roleArn !== undefined) {
    injected.AWS_STS_REGIONAL_ENDPOINTS = "regional";
    injected.AWS_ROLE_ARN = pod.roleArn;
    injected.AWS_WEB_IDENTITY_TOKEN_FILE = tokenFile;
    injected.AWS_REGION = pod.region;
    injected.AWS_DEFAULT_REGION = pod.region;
    for (const pair of PAIRS) {
      if (pair.some((name) => pod.variables?.[name] !== undefined)) for (const name of pair) delete injected[name];
    }
  }
  return {
    PATH: process.env.PATH ?? "",
    LANG: process.env.LANG ?? "C.UTF-8",
    // What Qovery sets in every service, and the embedded AWS in place of the real one.
    QOVERY_KUBERNETES_NAMESPACE_NAME: pod.namespace,
    AWS_ENDPOINT_URL: pod.endpoint,
    ...injected,
    ...pod.variables,
  };
}

function run(command: readonly string[], env: Record<string, string>, signal?: AbortSignal): Promise<PodResult> {
  const [program, ...args] = command;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(program ?? "", args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const stop = () => child.kill("SIGTERM");
    signal?.addEventListener("abort", stop, { once: true });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
    child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      signal?.removeEventListener("abort", stop);
      resolve({ exitCode: code ?? 3, stdout, stderr });
    });
  });
}

/** A service account as the synthesized stack of a cluster would create it. */
export interface SynthesizedServiceAccount {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly roleArn: string;
}

/**
 * The service accounts that the `helm_release`s of a synthesized configuration create.
 * @param outdir cdktf's output folder
 * @throws Error where the folder holds no synthesized stacks
 */
export function synthesizedServiceAccounts(outdir: string, clusters: readonly string[]): SynthesizedServiceAccount[] {
  if (!existsSync(join(outdir, "manifest.json"))) {
    throw new Error(`${outdir} holds no synthesized stacks; run: npm run synth`);
  }
  return clusters.flatMap((cluster) => {
    const file = join(outdir, "stacks", `${cluster}-service-accounts`, "cdk.tf.json");
    if (!existsSync(file)) return [];
    const releases: Record<string, HelmRelease> = JSON.parse(readFileSync(file, "utf8")).resource?.helm_release ?? {};
    return Object.values(releases).map((release) => ({
      cluster,
      namespace: release.namespace,
      ...chartValues(release),
    }));
  });
}

interface HelmRelease {
  readonly namespace: string;
  readonly values: readonly string[];
}

function chartValues(release: HelmRelease): { name: string; roleArn: string } {
  const values = JSON.parse(release.values[0] ?? "{}");
  return { name: values.serviceAccount.name, roleArn: values.awsRoleArn };
}
