import { nearest } from "../iam/nearest";
import { createsServiceAccount, namespacesOf } from "./cluster-identity";
import { isLocalChart } from "./cluster-schema";
import { type ClusterDraft, entries, type IrsaDraft, items, type RoleDraft } from "./draft";
import { namespaceProblem } from "./kubernetes-names";
import { error, type Finding, type Path, warning } from "./problems";
import { quote } from "./quote";

/** Checks what a cluster needs for service accounts or jobs that Qovery creates. */
export function qoveryProblems(cluster: ClusterDraft, { verification }: IrsaDraft): Finding[] {
  const access = cluster.data.kubernetes?.access;
  const runner = verification?.runner;
  const findings = environmentTwins(cluster);
  // The jobs of the verification run in every namespace, also of a service account that something else creates.
  const own = cluster.roles.filter(([, role]) => runner === "qovery" || createsServiceAccount(role));
  const namespaces = new Set(own.flatMap(([, role]) => namespacesOf(role)));
  if (
    access === "qovery" &&
    runner === "kubernetes" &&
    cluster.roles.some(([, role]) => namespacesOf(role).length > 0)
  ) {
    const fix = "set verification.runner: qovery in irsa.yaml, or use access: eks or access: kubeconfig";
    findings.push(error(["kubernetes", "access"], "does not allow verification.runner: kubernetes of irsa.yaml", fix));
  }
  if (namespaces.size === 0) return findings;
  if (access === "qovery") findings.push(...ownershipProblems(cluster));
  if (access !== "qovery" && runner !== "qovery") return findings;
  const reason = access === "qovery" ? "kubernetes.access: qovery" : "verification.runner: qovery of irsa.yaml";
  return [...findings, ...chartProblems(cluster, reason), ...environmentProblems(cluster, namespaces, reason)];
}

/** Qovery reads the chart from a repository. */
function chartProblems({ data }: ClusterDraft, reason: string): Finding[] {
  const repository = data.chart?.repository;
  if (repository === undefined || !isLocalChart(repository)) return [];
  const message = `${JSON.stringify(repository)} is a local chart, which Qovery cannot read (${reason})`;
  return [error(["chart", "repository"], message, "use an https:// or oci:// repository, or remove the key")];
}

function environmentProblems(cluster: ClusterDraft, namespaces: ReadonlySet<string>, reason: string): Finding[] {
  const { data, roles } = cluster;
  if (!("qovery" in data)) {
    const fix = "add qovery: { organizationId: …, environments: { <namespace>: <environment ID> } }";
    return [error(["qovery"], `is missing, and required with ${reason}`, fix)];
  }
  const known = data.qovery?.environments;
  if (known === undefined) return [];
  const used = new Set(roles.flatMap(([, role]) => namespacesOf(role)));
  const unused = entries(known)
    .map(([namespace]) => namespace)
    .filter((namespace) => !used.has(namespace) && !namespaceProblem(namespace));
  const suggested = new Set<string>();
  // An invalid namespace has its own error.
  const missing = [...namespaces].filter((namespace) => !(namespace in known) && !namespaceProblem(namespace));
  const errors = missing.flatMap((namespace) => {
    const add = `add ${namespace}: <ID of the Qovery environment>`;
    const only = missing.length === 1 && unused.length === 1 ? unused[0] : undefined;
    const meant = nearest(namespace, unused) ?? only ?? nearest(namespace, Object.keys(known));
    if (meant === undefined || namespaceProblem(meant)) {
      const message = "is missing: a service account of a role is in this namespace";
      return [error(["qovery", "environments", namespace], message, add)];
    }
    suggested.add(meant);
    const message = `${quote(namespace)} is not in qovery.environments`;
    const fix = `did you mean ${meant}? Otherwise ${add} to qovery.environments`;
    return roles.flatMap(([name, role]) => placesOf(name, role, namespace)).map((at) => error(at, message, fix));
  });
  // A role whose namespace is not known can be in any of the environments.
  const isComplete = roles.length === Object.keys(data.roles ?? {}).length && ![...used].some(namespaceProblem);
  const warnings = unused
    .filter((namespace) => isComplete && !suggested.has(namespace))
    .map((namespace) => {
      const fix = "remove the key, or set the namespace of a role";
      return warning(["qovery", "environments", namespace], "no role uses this environment", fix);
    });
  return [...errors, ...warnings];
}

/** Returns the paths at which a role names a namespace. */
function placesOf(name: string, role: RoleDraft, namespace: string): Path[] {
  if (!namespacesOf(role).includes(namespace)) return [];
  if (role.namespace === namespace) return [["roles", name, "namespace"]];
  return items(role.namespaces)
    .filter(([, listed]) => listed === namespace)
    .map(([index]) => ["roles", name, "namespaces", index]);
}

/** An environment has one namespace. */
function environmentTwins({ data }: ClusterDraft): Finding[] {
  const seen = new Map<string, string>();
  return entries(data.qovery?.environments).flatMap(([namespace, id]) => {
    const twin = seen.get(id.toLowerCase());
    seen.set(id.toLowerCase(), namespace);
    if (twin === undefined) return [];
    const fix = `use the ID of the environment whose QOVERY_KUBERNETES_NAMESPACE_NAME is ${namespace}`;
    return [error(["qovery", "environments", namespace], `is also the environment of namespace ${twin}`, fix)];
  });
}

function ownershipProblems({ roles }: ClusterDraft): Finding[] {
  return roles
    .filter(([, role]) => role.takeOwnership === true)
    .map(([name]) => {
      const fix = "remove the key, and delete the service account before Qovery creates it";
      return error(["roles", name, "takeOwnership"], "is not valid with kubernetes.access: qovery", fix, "key");
    });
}
