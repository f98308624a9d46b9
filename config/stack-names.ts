import type { Cluster, Verification } from "./project";
import { proofsOf } from "./proofs";

/** Returns the names of the stacks of a cluster, in the order in which they are deployed. */
export function stackNames(cluster: Cluster, { runner }: Pick<Verification, "runner">): string[] {
  const { name, kubernetes, qovery, serviceAccounts } = cluster;
  const throughQovery = kubernetes?.access === "qovery";
  const reachable = kubernetes !== undefined && (!throughQovery || qovery !== undefined);
  const verified = runner === "kubernetes" ? kubernetes && !throughQovery : runner === "qovery" && qovery;
  return [
    `${name}-iam`,
    ...(serviceAccounts.some(({ release }) => release) && reachable ? [`${name}-service-accounts`] : []),
    ...(verified && proofsOf(cluster).length > 0 ? [`${name}-verification`] : []),
  ];
}
