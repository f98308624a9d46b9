import { roleNameProblem } from "../iam/names";
import { type ClusterDraft, type IrsaDraft, items, type RoleDraft } from "./draft";
import { serviceAccountProblem } from "./kubernetes-names";
import { checkBoundary, checkManagedPolicies } from "./policy-rules";
import type { Path, Source } from "./source";
import { checkTags } from "./tag-rules";
import { checkTrust } from "./trust-rules";

// Rules of one role. What a single value can be held to is in schema.ts.

export function checkRole(
  cluster: ClusterDraft,
  irsa: IrsaDraft,
  name: string,
  role: RoleDraft,
  all: readonly ClusterDraft[],
): void {
  const { source } = cluster;
  const path = ["roles", name];
  // A merge key may bring what the rules between keys look for.
  if (source.isWhole(path)) checkScope(source, path, role);
  checkServiceAccountName(source, path, name, role);
  checkManagedPolicies(cluster, path, role);
  checkBoundary(cluster, [...path, "permissionsBoundary"], role.permissionsBoundary);
  checkTags(source, [...path, "tags"], role.tags, { ...irsa.data.defaults?.tags, ...cluster.data.tags });
  checkTrust(cluster, path, name, role, all);
  if (role.verification) {
    const fix = "a verifier that you run yourself takes --probe";
    source.report([...path, "verification"], "is used by npm run demo alone yet", fix, {
      severity: "warning",
      at: "key",
    });
  }
}

function checkScope(source: Source, path: Path, role: RoleDraft): void {
  const scope = role.scope ?? "environment";
  if (scope === "environment") {
    if (role.namespaces !== undefined) {
      source.report(
        [...path, "namespaces"],
        "goes with scope: cluster, and this role's is environment",
        "use namespace, or set scope: cluster",
        { at: "key" },
      );
    } else if (!("namespace" in role)) {
      source.report(
        [...path, "namespace"],
        "is missing",
        "add the environment's QOVERY_KUBERNETES_NAMESPACE_NAME, or set scope: cluster",
      );
    }
    if (role.namespace !== undefined) qoveryNamespace(source, [...path, "namespace"], role.namespace, "warning");
    return;
  }
  if (role.namespace !== undefined) {
    source.report(
      [...path, "namespace"],
      `goes with scope: environment, and this role's is ${scope}`,
      "use namespaces for where the service account is made",
      { at: "key" },
    );
  }
  const seen = new Set<string>();
  for (const [index, namespace] of items(role.namespaces)) {
    const at = [...path, "namespaces", index];
    if (seen.has(namespace)) source.report(at, `"${namespace}" is named twice`, "name it once");
    seen.add(namespace);
    if (scope === "cluster") qoveryNamespace(source, at, namespace, undefined);
  }
  const who =
    scope === "cluster"
      ? "that service account of every namespace that begins with z, also of environments to come,"
      : "every pod of the cluster, system pods too,";
  const fix = scope === "cluster" ? "use scope: environment for one environment" : "use scope: environment or cluster";
  source.report([...path, "scope"], `${who} may assume this role`, `${fix}, unless that is meant`, {
    severity: "warning",
  });
}

/** A cluster-scoped trust is in z*: a service account elsewhere would be annotated with a role that it cannot assume. */
function qoveryNamespace(source: Source, path: Path, namespace: string, severity: "warning" | undefined): void {
  if (namespace.startsWith("z")) return;
  const fix = "copy QOVERY_KUBERNETES_NAMESPACE_NAME of the environment";
  source.report(
    path,
    `"${namespace}" is not a Qovery environment's namespace, which begins with z`,
    fix,
    severity ? { severity } : {},
  );
}

function checkServiceAccountName(source: Source, path: Path, name: string, role: RoleDraft): void {
  if ("serviceAccount" in role) return;
  const flaw = serviceAccountProblem(name);
  if (!flaw || roleNameProblem(name)) return;
  const message = `is missing, and the role's name "${name}" in its place ${flaw.problem}`;
  source.report([...path, "serviceAccount"], message, `add serviceAccount: ${flaw.fix}`);
}
