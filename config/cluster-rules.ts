import { roleNameProblem } from "../iam/names";
import { isLocalChart } from "./cluster-schema";
import type { ClusterDraft, IrsaDraft } from "./draft";
import { namespacesOf } from "./identity";
import { boundaryProblems } from "./managed-policy-rules";
import { error, type Finding } from "./problems";
import { qoveryProblems } from "./qovery-rules";
import { regionProblems } from "./region-rules";
import { tagProblems } from "./tag-rules";

/** Checks one cluster's file, single roles aside. */
export function clusterProblems(cluster: ClusterDraft, irsa: IrsaDraft): Finding[] {
  const { data } = cluster;
  return [
    ...regionProblems(cluster),
    ...deletionProtectionProblems(cluster),
    ...tagProblems(["tags"], data.tags, irsa.defaults?.tags),
    ...kubernetesProblems(cluster),
    ...chartProblems(cluster),
    ...qoveryProblems(cluster, irsa),
    ...boundaryProblems(cluster, ["permissionsBoundary"], data.permissionsBoundary),
    ...roleNameProblems(cluster),
    ...serviceAccountProblems(cluster),
  ];
}

function deletionProtectionProblems({ data: { oidc } }: ClusterDraft): Finding[] {
  if (oidc?.deletionProtection === undefined || (oidc.provider ?? "existing") === "create") return [];
  const fix = "remove the key: an existing provider is never destroyed";
  return [error(["oidc", "deletionProtection"], "is only valid with provider: create", fix, "key")];
}

function kubernetesProblems({ data, roles }: ClusterDraft): Finding[] {
  const creates = roles.some(([, role]) => namespacesOf(role).length > 0);
  if (!creates || "kubernetes" in data) return [];
  const fix = "add kubernetes: { access: eks, clusterName: … }, { access: kubeconfig } or { access: qovery }";
  return [error(["kubernetes"], "is missing, and service accounts are created in this cluster", fix)];
}

function chartProblems({ data: { chart } }: ClusterDraft): Finding[] {
  if (chart?.version === undefined || chart.repository === undefined || !isLocalChart(chart.repository)) return [];
  return [error(["chart", "version"], "is not valid with a local chart", "remove the key", "key")];
}

/** Checks the names of all roles, also of those without a valid value. */
function roleNameProblems({ data }: ClusterDraft): Finding[] {
  return Object.keys(data.roles ?? {}).flatMap((name) => {
    const found = roleNameProblem(name);
    return found ? [error(["roles", name], `"${name}" ${found.problem}`, found.fix, "key")] : [];
  });
}

/** A namespace has one service account of a name, and a service account has one role. */
function serviceAccountProblems({ roles }: ClusterDraft): Finding[] {
  const owners = new Map<string, string>();
  return roles.flatMap(([name, role]) =>
    namespacesOf(role).flatMap((namespace) => {
      const account = `${namespace}/${role.serviceAccount ?? name}`;
      const owner = owners.get(account) ?? name;
      owners.set(account, owner);
      if (owner === name) return [];
      const fix = "use another serviceAccount for one of the two roles";
      return [error(["roles", name], `its service account ${account} already has the role ${owner}`, fix, "key")];
    }),
  );
}

/** Checks all clusters together: an issuer has one cluster, and an account has one role of a name, whatever its path. */
export function clusterSetProblems(clusters: readonly ClusterDraft[]): Map<ClusterDraft, Finding[]> {
  const issuers = new Map<string, ClusterDraft>();
  const roles = new Map<string, { cluster: ClusterDraft; name: string }>();
  return new Map(
    clusters.map((cluster) => [cluster, [...issuerProblems(cluster, issuers), ...sharedNameProblems(cluster, roles)]]),
  );
}

function issuerProblems(cluster: ClusterDraft, issuers: Map<string, ClusterDraft>): Finding[] {
  const issuer = cluster.data.oidc?.issuer;
  if (issuer === undefined) return [];
  const twin = issuers.get(issuer) ?? cluster;
  issuers.set(issuer, twin);
  if (twin === cluster) return [];
  const fix = "copy the issuer of this cluster from its overview in the EKS console";
  return [error(["oidc", "issuer"], `is the issuer of ${twin.file} too`, fix)];
}

function sharedNameProblems(
  cluster: ClusterDraft,
  owners: Map<string, { cluster: ClusterDraft; name: string }>,
): Finding[] {
  const { accountId } = cluster.data;
  if (accountId === undefined) return [];
  return cluster.roles.flatMap(([name]) => {
    // IAM ignores the case of a name when it compares two.
    const key = `${accountId} ${name.toLowerCase()}`;
    const owner = owners.get(key);
    owners.set(key, owner ?? { cluster, name });
    if (!owner) return [];
    const place = owner.cluster === cluster ? "" : ` in ${owner.cluster.file}`;
    const message = `account ${accountId} already has the role ${owner.name}${place}; IAM ignores path and case`;
    return [error(["roles", name], message, `rename the role, for example to ${name}-${cluster.name}`, "key")];
  });
}
