import { CoreV1Api, type KubeConfig, type V1ObjectMeta } from "@kubernetes/client-node";
import { CHART_NAME } from "../config/cluster-schema";
import { releaseName } from "../config/kubernetes-names";
import { ROLE_ANNOTATION } from "../config/proofs";
import type { FoundServiceAccount } from "./account";

/** Service accounts of one answer. A cluster has at least one in each namespace. */
const PAGE = 500;

/**
 * Returns the service accounts of all namespaces.
 * @throws the error of the Kubernetes client
 */
export async function readServiceAccounts(config: KubeConfig): Promise<FoundServiceAccount[]> {
  const core = config.makeApiClient(CoreV1Api);
  const found: FoundServiceAccount[] = [];
  let from: string | undefined;
  do {
    const page = await core.listServiceAccountForAllNamespaces({
      limit: PAGE,
      ...(from === undefined ? {} : { _continue: from }),
    });
    found.push(...page.items.map(({ metadata = {} }) => foundAccount(metadata)));
    from = page.metadata?._continue || undefined;
  } while (from !== undefined);
  return found;
}

function foundAccount(metadata: V1ObjectMeta): FoundServiceAccount {
  const { namespace = "", name = "", annotations = {}, labels = {} } = metadata;
  const roleArn = annotations[ROLE_ANNOTATION];
  const release = annotations["meta.helm.sh/release-name"];
  const releaseNamespace = annotations["meta.helm.sh/release-namespace"] ?? namespace;
  const hasRelease =
    release === releaseName(name) &&
    releaseNamespace === namespace &&
    labels["helm.sh/chart"]?.startsWith(`${CHART_NAME}-`) === true;
  const helm = release === undefined ? undefined : `the Helm release ${releaseNamespace}/${release}`;
  const manager = hasRelease ? undefined : (helm ?? managerOf(metadata));
  return {
    namespace,
    name,
    hasRelease,
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(manager === undefined ? {} : { manager }),
  };
}

/** Returns what manages an object according to its metadata, without Helm. */
function managerOf({ annotations = {}, labels = {}, ownerReferences = [] }: V1ObjectMeta): string | undefined {
  const [owner] = ownerReferences;
  if (owner) return `${owner.kind} ${owner.name}`;
  if (annotations["argocd.argoproj.io/tracking-id"] !== undefined) return "Argo CD";
  if (labels["kustomize.toolkit.fluxcd.io/name"] !== undefined) return "Flux";
  return labels["app.kubernetes.io/managed-by"];
}
