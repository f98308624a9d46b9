import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ended, runProgram } from "./child-process";

/** A pod on a simulated cluster, with what decides the identity of its container. */
export interface SimulatedPod {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** The service account's annotation `eks.amazonaws.com/role-arn`. @default - none: the webhook injects nothing */
  readonly roleArn?: string;
  readonly region: string;
  /** Signs a token for the pod, as the cluster's TokenRequest API does. */
  readonly token: () => Promise<string>;
  /** Variables that the user set on the service. They take precedence over the webhook's, as on EKS. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Where the embedded AWS listens. */
  readonly endpoint: string;
}

/**
 * Runs a command as the container of a pod: with the environment that the EKS pod identity webhook injects, the pod's
 * token in a file, and nothing of this process's environment.
 * Source: https://github.com/aws/amazon-eks-pod-identity-webhook
 * @param command the verifier's command with its flags
 * @param signal ends the run
 */
export async function runPod(pod: SimulatedPod, command: readonly string[], signal?: AbortSignal): Promise<Ended> {
  return inPod(pod, (env) => runProgram(command, { env, signal }));
}

/** Calls `use` with the environment of a pod's container. The token file exists until `use` ends. */
export async function inPod<T>(pod: SimulatedPod, use: (env: Record<string, string>) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "qovery-irsa-pod-"));
  try {
    const tokenFile = join(folder, "token");
    if (pod.roleArn !== undefined) writeFileSync(tokenFile, await pod.token(), { mode: 0o600 });
    return await use(podEnvironment(pod, tokenFile));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The webhook injects both variables of a pair, or neither if the pod sets one of them. */
const PAIRS = [
  ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"],
  ["AWS_REGION", "AWS_DEFAULT_REGION"],
] as const;

function podEnvironment(pod: SimulatedPod, tokenFile: string): Record<string, string> {
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
    // Qovery sets the namespace in every service. The embedded AWS replaces the real one.
    QOVERY_KUBERNETES_NAMESPACE_NAME: pod.namespace,
    AWS_ENDPOINT_URL: pod.endpoint,
    ...injected,
    ...pod.variables,
  };
}
