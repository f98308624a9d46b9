import { createsServiceAccount, namespacesOf } from "./cluster-identity";
import { isLocalChart } from "./cluster-schema";
import type { ClusterDraft, IrsaDraft } from "./draft";
import { entries } from "./draft";
import { error, type Finding } from "./problems";

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

function environmentProblems({ data }: ClusterDraft, namespaces: ReadonlySet<string>, reason: string): Finding[] {
  if (!("qovery" in data)) {
    const fix = "add qovery: { organizationId: …, environments: { <namespace>: <environment ID> } }";
    return [error(["qovery"], `is missing, and required with ${reason}`, fix)];
  }
  const known = data.qovery?.environments;
  if (known === undefined) return [];
  return [...namespaces]
    .filter((namespace) => !(namespace in known))
    .map((namespace) =>
      error(
        ["qovery", "environments", namespace],
        "is missing: a service account of a role is in this namespace",
        `add ${namespace}: <ID of the Qovery environment>`,
      ),
    );
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
