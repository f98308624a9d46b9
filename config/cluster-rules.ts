import { parseIssuer } from "../iam/issuer";
import { roleNameProblem } from "../iam/names";
import { partitionOfRegion } from "../iam/partition";
import { namespacesOf } from "./derive";
import { type ClusterDraft, entries, type IrsaDraft, type RoleDraft } from "./draft";
import type { RoleEntry } from "./schema";
import { checkTags } from "./tag-rules";

// Rules of one cluster's file, and of the clusters together.

export function checkCluster(cluster: ClusterDraft, irsa: IrsaDraft): void {
  const { source, data } = cluster;
  checkRegion(cluster);
  if (data.oidc?.deletionProtection !== undefined && (data.oidc.provider ?? "existing") === "existing") {
    source.report(
      ["oidc", "deletionProtection"],
      "goes with provider: create",
      "remove it: an existing provider is never destroyed",
      { at: "key" },
    );
  }
  checkTags(source, ["tags"], data.tags, irsa.data.defaults?.tags);
  const creates = entries(data.roles).some(([, role]) => namespacesOf(role as RoleEntry).length > 0);
  if (creates && !("kubernetes" in data)) {
    source.report(
      ["kubernetes"],
      "is missing, and service accounts are to be made",
      "add kubernetes: { access: eks, clusterName: … } or { access: kubeconfig }",
    );
  }
  // Names of roles whose own shape is wrong too.
  for (const name of Object.keys(data.roles ?? {})) {
    const flaw = roleNameProblem(name);
    if (flaw) source.report(["roles", name], `"${name}" ${flaw.problem}`, flaw.fix, { at: "key" });
  }
  checkServiceAccounts(cluster);
}

/** A cluster's region, its issuer's and its account's partition belong together. */
function checkRegion({ source, data }: ClusterDraft): void {
  const issuer = parseIssuer(data.oidc?.issuer ?? "");
  if (data.oidc?.issuer === undefined || "problem" in issuer) return;
  if (data.region === undefined) {
    if (issuer.region === undefined && !("region" in data)) {
      source.report(["region"], "is missing, and the issuer does not tell it", "add the cluster's AWS region");
    }
    return;
  }
  if (issuer.region === undefined || issuer.region === data.region) return;
  const [own, other] = [partitionOfRegion(data.region), partitionOfRegion(issuer.region)];
  const partitions = own === other ? "" : ` (partition ${own}, the issuer's ${other})`;
  source.report(
    ["region"],
    `"${data.region}" is not the issuer's region ${issuer.region}${partitions}`,
    `use ${issuer.region}, or leave it out`,
  );
}

/** Kubernetes has one service account of a name in a namespace, and it carries one role. */
function checkServiceAccounts({ source, data }: ClusterDraft): void {
  const owners = new Map<string, string>();
  const roles = entries<RoleDraft>(data.roles as Record<string, RoleDraft>);
  for (const [name, role] of roles.filter(([candidate]) => source.isWhole(["roles", candidate]))) {
    for (const namespace of namespacesOf(role as RoleEntry).filter((candidate) => candidate !== undefined)) {
      const account = `${namespace}/${role.serviceAccount ?? name}`;
      const owner = owners.get(account);
      if (owner === undefined) owners.set(account, name);
      else if (owner !== name) {
        source.report(
          ["roles", name],
          `its service account ${account} is that of role ${owner} already`,
          "one service account carries one role: use another serviceAccount, or one role with both roles' policies",
          { at: "key" },
        );
      }
    }
  }
}

/** Rules between clusters: IAM has one provider for an issuer and one role of a name in an account, whatever its path. */
export function checkClusters(clusters: readonly ClusterDraft[]): void {
  const issuers = new Map<string, ClusterDraft>();
  const roles = new Map<string, { cluster: ClusterDraft; name: string }>();
  for (const cluster of clusters) {
    const { source, data } = cluster;
    const issuer = data.oidc?.issuer;
    const twin = issuer === undefined ? undefined : issuers.get(issuer);
    if (twin)
      source.report(
        ["oidc", "issuer"],
        `is the issuer of ${twin.source.file} too`,
        "each cluster has its own: copy it from the cluster's overview in the EKS console",
      );
    else if (issuer !== undefined) issuers.set(issuer, cluster);
    for (const [name] of entries(data.roles)) {
      if (data.accountId === undefined) continue;
      // IAM keeps the case of a name and does not tell names apart by it.
      const key = `${data.accountId} ${name.toLowerCase()}`;
      const other = roles.get(key);
      if (other) {
        const place =
          other.cluster === cluster ? `role ${other.name}` : `role ${other.name} in ${other.cluster.source.file}`;
        source.report(
          ["roles", name],
          `account ${data.accountId} has ${place} already, and IAM's names are unique whatever their path and case`,
          `rename it, for example ${name}-${cluster.name}`,
          { at: "key" },
        );
      } else roles.set(key, { cluster, name });
    }
  }
}
