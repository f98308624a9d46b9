import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiException, KubeConfig } from "@kubernetes/client-node";
import { eksClusterArn } from "../../iam/arn";
import type { Partition } from "../../iam/partition";
import { messageOf } from "./errors";

/** A cluster, as EKS names it. */
export interface EksCluster {
  readonly partition: Partition;
  readonly region: string;
  readonly accountId: string;
  readonly clusterName: string;
}

/**
 * Returns the kubeconfig with the context of an EKS cluster, as the AWS CLI writes the context.
 * @throws Error if the kubeconfig cannot be read, or has no context for the cluster, and the AWS CLI cannot add it
 */
export function eksKubeConfig({ partition, region, accountId, clusterName }: EksCluster): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch (error) {
    const [reason] = messageOf(error).split("\n", 1);
    throw new Error(`the kubeconfig cannot be read (${reason}); set KUBECONFIG to the path of a kubeconfig`);
  }
  const arn = eksClusterArn(partition, region, accountId, clusterName);
  const update = ["eks", "update-kubeconfig", "--region", region, "--name", clusterName];
  const contextOf = () => config.contexts.find(({ cluster }) => cluster === arn);
  if (!contextOf()) addContext(config, update);
  const context = contextOf();
  if (!context) throw new Error(`the kubeconfig has no context for ${arn}; run \`aws ${update.join(" ")}\``);
  config.setCurrentContext(context.name);
  return config;
}

/** Adds what the AWS CLI writes into a kubeconfig, as on a runner of a workflow. Without the AWS CLI, nothing changes. */
function addContext(config: KubeConfig, update: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
  try {
    const file = join(folder, "config");
    if (spawnSync("aws", [...update, "--kubeconfig", file], { stdio: "ignore" }).status === 0)
      config.loadFromFile(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Returns the API server's refusal, or the reason why the API server does not answer, in one line.
 * @param forbidden what to do if the API server denies the request
 */
export function refusal(error: unknown, forbidden: string): string {
  if (!(error instanceof ApiException)) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return `the API server does not answer: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
  const body = typeof error.body === "string" ? error.body : JSON.stringify(error.body);
  const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] ?? "";
  const fix = error.code === 403 ? `; ${forbidden}` : "";
  return `the API server answers with ${error.code}: ${message.replaceAll('\\"', '"')}${fix}`;
}
