import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { BatchV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { type NamespaceObjects, unreachableVerdict, type Verdict, verdictOf } from "../../access/verdicts";
import type { Cluster, ClusterAccess } from "../../config/project";
import { MANAGED_BY, proofsOf } from "../../config/proofs";
import { eksKubeConfig, refusal } from "./kubeconfig";
import { verdictsByNamespace } from "./namespace-verdicts";

/** Reads the verdicts of a cluster through the Kubernetes API. @throws Error with the reason if the API cannot be read */
export async function kubernetesVerdicts(cluster: Cluster, image: string): Promise<Verdict[]> {
  const proofs = proofsOf(cluster);
  const { kubernetes } = cluster;
  if (proofs.length === 0) return [];
  if (!kubernetes || kubernetes.access === "qovery")
    return proofs.map((proof) => unreachableVerdict(cluster.name, proof));
  const config = kubeConfig(cluster, kubernetes);
  return verdictsByNamespace(
    proofs,
    (namespace) => list(config, cluster, namespace),
    (proof, objects) => verdictOf(cluster.name, proof, image, objects),
  );
}

/** @throws Error if no kubeconfig leads to the cluster */
function kubeConfig({ name, region, accountId, partition }: Cluster, access: ClusterAccess): KubeConfig {
  if (access.access === "kubeconfig") {
    const config = new KubeConfig();
    const path = (access.path ?? "~/.kube/config").replace(/^~(?=\/)/, homedir());
    if (!existsSync(path))
      throw new Error(`cluster ${name}: the kubeconfig ${path} does not exist; set kubernetes.path`);
    config.loadFromFile(path);
    if (access.context !== undefined) config.setCurrentContext(access.context);
    return config;
  }
  try {
    return eksKubeConfig({ partition, region, accountId, clusterName: access.clusterName });
  } catch (error) {
    throw new Error(`cluster ${name}: ${(error as Error).message}`);
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
    throw new Error(
      `cluster ${name}, namespace ${namespace}: ${refusal(error, "docs/kubernetes.md lists the permissions")}`,
    );
  }
}
