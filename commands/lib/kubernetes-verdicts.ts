import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { ApiException, BatchV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { type NamespaceObjects, type Verdict, verdictOf } from "../../access/verdicts";
import type { Cluster, ClusterAccess } from "../../config/project";
import { MANAGED_BY, proofsOf } from "../../config/proofs";

/** Reads the verdicts of a cluster through the Kubernetes API. @throws Error with the reason if the API cannot be read */
export async function kubernetesVerdicts(cluster: Cluster, image: string): Promise<Verdict[]> {
  const proofs = proofsOf(cluster);
  const { kubernetes } = cluster;
  if (proofs.length === 0 || !kubernetes || kubernetes.access === "qovery") return [];
  const config = kubeConfig(cluster, kubernetes);
  const byNamespace = new Map<string, NamespaceObjects>();
  const found: Verdict[] = [];
  for (const proof of proofs) {
    const { namespace } = proof.account;
    const objects = byNamespace.get(namespace) ?? (await list(config, cluster, namespace));
    byNamespace.set(namespace, objects);
    found.push(verdictOf(cluster.name, proof, image, objects));
  }
  return found;
}

/** @throws Error if no kubeconfig leads to the cluster */
function kubeConfig({ name, region, accountId, partition }: Cluster, access: ClusterAccess): KubeConfig {
  const config = new KubeConfig();
  if (access.access === "kubeconfig") {
    const path = (access.path ?? "~/.kube/config").replace(/^~(?=\/)/, homedir());
    if (!existsSync(path))
      throw new Error(`cluster ${name}: the kubeconfig ${path} does not exist; set kubernetes.path`);
    config.loadFromFile(path);
    if (access.context !== undefined) config.setCurrentContext(access.context);
    return config;
  }
  config.loadFromDefault();
  const arn = `arn:${partition}:eks:${region}:${accountId}:cluster/${access.clusterName}`;
  const update = ["eks", "update-kubeconfig", "--region", region, "--name", access.clusterName];
  const contextOf = () => config.contexts.find(({ cluster }) => cluster === arn);
  if (!contextOf()) addContext(config, update);
  const context = contextOf();
  if (!context)
    throw new Error(`cluster ${name}: the kubeconfig has no context for ${arn}; run \`aws ${update.join(" ")}\``);
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

async function list(config: KubeConfig, { name }: Cluster, namespace: string): Promise<NamespaceObjects> {
  const core = config.makeApiClient(CoreV1Api);
  const labelSelector = Object.entries(MANAGED_BY)
    .map((label) => label.join("="))
    .join();
  try {
    const [accounts, jobs, pods, events] = await Promise.all([
      core.listNamespacedServiceAccount({ namespace }),
      config.makeApiClient(BatchV1Api).listNamespacedJob({ namespace, labelSelector }),
      core.listNamespacedPod({ namespace, labelSelector }),
      core.listNamespacedEvent({ namespace, fieldSelector: "type=Warning" }),
    ]);
    return { accounts: accounts.items, jobs: jobs.items, pods: pods.items, events: events.items };
  } catch (error) {
    throw new Error(`cluster ${name}, namespace ${namespace}: ${refusal(error)}`);
  }
}

/** Returns the API server's refusal, or the reason why the API server does not answer, in one line. */
function refusal(error: unknown): string {
  if (!(error instanceof ApiException)) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return `the API server does not answer: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
  const body = typeof error.body === "string" ? error.body : JSON.stringify(error.body);
  const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] ?? "";
  const fix = error.code === 403 ? "; docs/kubernetes.md lists the permissions" : "";
  return `the API server answers with ${error.code}: ${message.replaceAll('\\"', '"')}${fix}`;
}
