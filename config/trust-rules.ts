import { policySize } from "../iam/policy-lint";
import { TRUST_POLICY_SIZE, TRUST_POLICY_SIZE_RAISED } from "../iam/quotas";
import { trustPolicy } from "../iam/trust-policy";
import { type ClusterIdentity, trustsOf } from "./derive";
import { type ClusterDraft, items, type RoleDraft } from "./draft";
import type { RoleEntry } from "./schema";
import type { Path } from "./source";

// Rules of the clusters that a role trusts, and of the trust policy that comes of it.

export function checkTrust(
  cluster: ClusterDraft,
  path: Path,
  name: string,
  role: RoleDraft,
  all: readonly ClusterDraft[],
): void {
  const trusted = items(role.trustedClusters).flatMap(([index, other]) =>
    trustedCluster(cluster, [...path, "trustedClusters", index], other, role, index, all),
  );
  if (!cluster.identity || ((role.scope ?? "environment") === "environment" && role.namespace === undefined)) return;
  const size = policySize(trustPolicy(trustsOf(name, role as RoleEntry, [cluster.identity, ...trusted])));
  if (size <= TRUST_POLICY_SIZE) return;
  const message = `the trust policy has ${size} characters: IAM takes ${TRUST_POLICY_SIZE}, and ${TRUST_POLICY_SIZE_RAISED} with a raised quota`;
  const fix = "trust fewer clusters with one role";
  const severe = size > TRUST_POLICY_SIZE_RAISED;
  cluster.source.report(
    [...path, "trustedClusters"],
    message,
    fix,
    severe ? { at: "key" } : { severity: "warning", at: "key" },
  );
}

function trustedCluster(
  cluster: ClusterDraft,
  path: Path,
  other: string,
  role: RoleDraft,
  index: number,
  all: readonly ClusterDraft[],
): ClusterIdentity[] {
  const { source, identity } = cluster;
  const found = all.find((candidate) => candidate.name === other);
  if (other === cluster.name)
    source.report(path, `"${other}" is the role's own cluster, which it trusts anyway`, "remove it");
  else if (!found) {
    const names = all.map((candidate) => candidate.name).filter((candidate) => candidate !== cluster.name);
    source.report(
      path,
      `there is no clusters/${other}.yaml`,
      names.length > 0 ? `use one of ${names.join(", ")}` : "remove it",
    );
  } else if (items(role.trustedClusters).some(([at, twin]) => at < index && twin === other)) {
    source.report(path, `"${other}" is named twice`, "name it once");
  } else if (found.identity && identity) {
    if (found.identity.accountId === identity.accountId) return [found.identity];
    // Its OIDC provider would have to be in the role's account; clusters/*.yaml puts it into the cluster's.
    source.report(
      path,
      `cluster ${other} is in account ${found.identity.accountId}, the role in ${identity.accountId}`,
      "trust clusters of the role's own account",
    );
  }
  return [];
}
