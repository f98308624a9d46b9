import { parseIssuer } from "../iam/issuer";
import { roleNameProblem } from "../iam/names";
import {
  createsServiceAccount,
  MOST_SERVICE_ACCOUNTS,
  namespacesOf,
  serviceAccountCount,
  serviceAccountsOf,
} from "./cluster-identity";
import { isLocalChart } from "./cluster-schema";
import { type ClusterDraft, entries, type IrsaDraft } from "./draft";
import { boundaryProblems } from "./managed-policy-rules";
import { error, type Finding, warning } from "./problems";
import { qoveryProblems } from "./qovery-rules";
import { quote } from "./quote";
import { regionProblems } from "./region-rules";
import { tagProblems } from "./tag-rules";

/** Checks one cluster's file, single roles aside. */
export function clusterProblems(cluster: ClusterDraft, irsa: IrsaDraft): Finding[] {
  const { data } = cluster;
  return [
    ...regionProblems(cluster),
    ...foreignIssuerProblems(cluster),
    ...providerKeyProblems(cluster),
    ...tagProblems(["tags"], data.tags, irsa.defaults?.tags),
    ...kubernetesProblems(cluster, irsa),
    ...chartProblems(cluster),
    ...qoveryProblems(cluster, irsa),
    ...boundaryProblems(cluster, ["permissionsBoundary"], data.permissionsBoundary),
    ...roleNameProblems(cluster),
  ];
}

/** Whoever controls the host of an issuer can assume the roles: the host is shown. */
function foreignIssuerProblems({ data }: ClusterDraft): Finding[] {
  const issuer = parseIssuer(data.oidc?.issuer ?? "");
  if (data.oidc?.issuer === undefined || "problem" in issuer || issuer.region !== undefined) return [];
  const message = `tokens of host ${new URL(issuer.url).host}, which is not an issuer of EKS, can assume the roles`;
  return [warning(["oidc", "issuer"], message, "make sure that the host belongs to one of your self-managed clusters")];
}

/** The keys that concern a created provider, and what holds for an existing one. */
const PROVIDER_KEYS = {
  deletionProtection: "an existing provider is never destroyed",
  import: "an existing provider never becomes part of the state",
} as const;

function providerKeyProblems({ data: { oidc } }: ClusterDraft): Finding[] {
  if ((oidc?.provider ?? "existing") === "create") return [];
  return (Object.keys(PROVIDER_KEYS) as (keyof typeof PROVIDER_KEYS)[])
    .filter((key) => oidc?.[key] !== undefined)
    .map((key) =>
      error(["oidc", key], "is only valid with provider: create", `remove the key: ${PROVIDER_KEYS[key]}`, "key"),
    );
}

function kubernetesProblems({ data, roles }: ClusterDraft, { verification }: IrsaDraft): Finding[] {
  if ("kubernetes" in data) return [];
  const fix = "add kubernetes: { access: eks, clusterName: … }, { access: kubeconfig } or { access: qovery }";
  if (roles.some(([, role]) => createsServiceAccount(role)))
    return [error(["kubernetes"], "is missing, and service accounts are created in this cluster", fix)];
  const proves = roles.some(([, role]) => namespacesOf(role).length > 0 && role.verification?.enabled !== false);
  if (!proves || verification?.runner !== "kubernetes") return [];
  const message = "is missing, so verification.runner: kubernetes of irsa.yaml proves nothing in this cluster";
  const without = "add kubernetes, or set verification: { enabled: false } on the roles of this cluster";
  return [warning(["kubernetes"], message, without)];
}

function chartProblems({ data: { chart } }: ClusterDraft): Finding[] {
  if (chart?.version === undefined || chart.repository === undefined || !isLocalChart(chart.repository)) return [];
  return [error(["chart", "version"], "is not valid with a local chart", "remove the key", "key")];
}

/** Checks the names of all roles, also of those without a valid value. */
function roleNameProblems({ data }: ClusterDraft): Finding[] {
  return Object.keys(data.roles ?? {}).flatMap((name) => {
    const found = roleNameProblem(name);
    const [, inArn] = /^arn:[\w-]+:iam::\d{12}:role\/(?:.*\/)?([^/]+)$/.exec(name) ?? [];
    const fix = inArn && !roleNameProblem(inArn) ? `use the name of the role as the key: ${inArn}` : found?.fix;
    return found && fix ? [error(["roles", name], `${quote(name)} ${found.problem}`, fix, "key")] : [];
  });
}

interface Owner {
  readonly cluster: ClusterDraft;
  readonly name: string;
}

/**
 * Checks all clusters together: an account has one provider for an issuer and one role of a name, and a service account
 * has one role. A cluster can have a file for each account.
 */
export function clusterSetProblems(clusters: readonly ClusterDraft[]): Map<ClusterDraft, Finding[]> {
  const providers = new Map<string, ClusterDraft>();
  const eksAccounts = new Map<string, ClusterDraft>();
  const environments = new Map<string, ClusterDraft>();
  const roles = new Map<string, Owner>();
  const accounts = new Map<string, Owner>();
  return new Map(
    clusters.map((cluster) => [
      cluster,
      [
        ...issuerProblems(cluster, providers),
        ...eksProblems(cluster, eksAccounts),
        ...environmentTwins(cluster, environments),
        ...roleTwins(cluster, roles),
        ...serviceAccountTwins(cluster, accounts),
      ],
    ]),
  );
}

function issuerProblems(cluster: ClusterDraft, providers: Map<string, ClusterDraft>): Finding[] {
  const { accountId, oidc } = cluster.data;
  if (oidc?.issuer === undefined) return [];
  const key = `${accountId} ${oidc.issuer}`;
  const twin = claim(providers, key, cluster);
  if (!twin) return [];
  const fix = "copy the issuer of this cluster from its overview in the EKS console";
  return [error(["oidc", "issuer"], `is also the issuer of ${twin.file}, in the same account`, fix)];
}

/** An EKS cluster is in one account: the EKS API of another account does not know the cluster. */
function eksProblems(cluster: ClusterDraft, owners: Map<string, ClusterDraft>): Finding[] {
  const { accountId, oidc, kubernetes } = cluster.data;
  if (kubernetes?.access !== "eks" || oidc?.issuer === undefined || accountId === undefined) return [];
  const first = claim(owners, oidc.issuer, cluster);
  if (first?.data.accountId === undefined || first.data.accountId === accountId) return [];
  const message = `${first.file} looks the cluster up in account ${first.data.accountId}; an EKS cluster is in one account`;
  const fix = "use access: kubeconfig in the file whose account does not have the cluster";
  return [error(["kubernetes", "access"], message, fix)];
}

/** A Qovery environment is in one cluster, and the stages of two files in one environment would have the same names. */
function environmentTwins(cluster: ClusterDraft, owners: Map<string, ClusterDraft>): Finding[] {
  return entries(cluster.data.qovery?.environments).flatMap(([namespace, id]) => {
    const first = claim(owners, id.toLowerCase(), cluster);
    if (!first || first === cluster) return [];
    const fix = "keep the environment in one of the two files, and the roles of its service accounts in the same file";
    return [error(["qovery", "environments", namespace], `is also an environment of ${first.file}`, fix)];
  });
}

function roleTwins(cluster: ClusterDraft, owners: Map<string, Owner>): Finding[] {
  const { accountId } = cluster.data;
  if (accountId === undefined) return [];
  return cluster.roles.flatMap(([name]) => {
    // IAM ignores the case of a name when it compares two.
    const owner = claim(owners, `${accountId} ${name.toLowerCase()}`, { cluster, name });
    if (!owner) return [];
    const message = `account ${accountId} already has the role ${place(owner, cluster)}; IAM ignores path and case`;
    const other = `${name}-${cluster.name}`;
    const fix = roleNameProblem(other) ? "rename one of the two roles" : `rename the role, for example to ${other}`;
    return [error(["roles", name], message, fix, "key")];
  });
}

function serviceAccountTwins(cluster: ClusterDraft, owners: Map<string, Owner>): Finding[] {
  const id = cluster.data.oidc?.issuer ?? cluster.name;
  return cluster.roles.flatMap(([name, role]) => {
    if (serviceAccountCount(name, role) > MOST_SERVICE_ACCOUNTS) return [];
    const accounts = serviceAccountsOf(name, role).map((account) => `${account.namespace}/${account.name}`);
    return [...new Set(accounts)].flatMap((account) => {
      const owner = claim(owners, `${id} ${account}`, { cluster, name });
      if (!owner) return [];
      const message = `the service account ${account} already has the role ${place(owner, cluster)}`;
      return [error(["roles", name], message, "use another serviceAccount for one of the two roles", "key")];
    });
  });
}

/** Returns the earlier owner of a key; the first one keeps it. */
function claim<T>(owners: Map<string, T>, key: string, owner: T): T | undefined {
  const earlier = owners.get(key);
  if (!earlier) owners.set(key, owner);
  return earlier;
}

function place(owner: Owner, cluster: ClusterDraft): string {
  return owner.cluster === cluster ? owner.name : `${owner.name} in ${owner.cluster.file}`;
}
