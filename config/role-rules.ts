import { roleNameProblem } from "../iam/names";
import { annotationProblems } from "./annotation-rules";
import { type ClusterDraft, type IrsaDraft, items, type RoleDraft } from "./draft";
import { namespaceProblem, releaseProblem, serviceAccountProblem } from "./kubernetes-names";
import { boundaryProblems } from "./managed-policy-rules";
import { error, type Finding, type Path, warning } from "./problems";
import { quote } from "./quote";
import { tagProblems } from "./tag-rules";
import { trustProblems } from "./trust-rules";

/** Checks one role, except its policies. */
export function roleProblems(
  cluster: ClusterDraft,
  irsa: IrsaDraft,
  name: string,
  role: RoleDraft,
  all: readonly ClusterDraft[],
): Finding[] {
  const path = ["roles", name];
  return [
    ...scopeProblems(path, role),
    ...serviceAccountNameProblems(path, name, role),
    ...boundaryProblems(cluster, [...path, "permissionsBoundary"], role.permissionsBoundary),
    ...tagProblems([...path, "tags"], role.tags, { ...irsa.defaults?.tags, ...cluster.data.tags }),
    ...trustProblems(cluster, path, name, role, all),
    ...importProblems(path, name, role, cluster.data.path),
    ...externalAccountProblems(path, name, role),
    ...annotationProblems(path, role),
  ];
}

function scopeProblems(path: Path, role: RoleDraft): Finding[] {
  if ("scope" in role && role.scope === undefined) return [];
  const scope = role.scope ?? "environment";
  return scope === "environment" ? environmentProblems(path, role) : widerScopeProblems(path, scope, role);
}

function environmentProblems(path: Path, role: RoleDraft): Finding[] {
  if (role.namespaces !== undefined) {
    const fix = "use namespace for one environment, and a separate role for each other environment";
    return [error([...path, "namespaces"], "is not valid with scope: environment", fix, "key")];
  }
  if (!("namespace" in role)) {
    const fix = "set namespace to QOVERY_KUBERNETES_NAMESPACE_NAME of the environment";
    return [error([...path, "namespace"], "is missing", fix)];
  }
  if (role.namespace === undefined) return [];
  const found = namespaceProblem(role.namespace);
  if (found) return [error([...path, "namespace"], `${quote(role.namespace)} ${found.problem}`, found.fix)];
  // A Helm chart or an operator can create its service account in any namespace.
  if (isQoveryNamespace(role.namespace) || role.createServiceAccount === false) return [];
  const message = `"${role.namespace}" is not a Qovery namespace: Qovery namespaces begin with z`;
  return [
    warning(
      [...path, "namespace"],
      message,
      "if Qovery created the namespace, copy QOVERY_KUBERNETES_NAMESPACE_NAME of the environment",
    ),
  ];
}

function widerScopeProblems(path: Path, scope: "cluster" | "any-service-account", role: RoleDraft): Finding[] {
  const findings: Finding[] = [];
  if (role.namespace !== undefined) {
    const fix = "remove the key; namespaces can list the namespaces in which the service account is created";
    findings.push(error([...path, "namespace"], `is not valid with scope: ${scope}`, fix, "key"));
  }
  const seen = new Set<string>();
  for (const [index, namespace] of items(role.namespaces)) {
    const at = [...path, "namespaces", index];
    if (seen.has(namespace)) findings.push(error(at, `"${namespace}" is listed twice`, "remove one of the two"));
    seen.add(namespace);
    // The trust policy would not admit a service account in another namespace.
    if (scope === "cluster" && !isQoveryNamespace(namespace)) {
      const fix = "copy QOVERY_KUBERNETES_NAMESPACE_NAME of the environment";
      findings.push(error(at, `"${namespace}" is not a Qovery namespace: Qovery namespaces begin with z`, fix));
    }
  }
  const message =
    scope === "cluster"
      ? "the service account of every namespace that begins with z, including future environments, can assume this role"
      : "every service account of the cluster, including the system's service accounts, can assume this role";
  return [...findings, warning([...path, "scope"], message, "use scope: environment for one environment")];
}

function isQoveryNamespace(namespace: string): boolean {
  return namespace.startsWith("z");
}

function serviceAccountNameProblems(path: Path, name: string, role: RoleDraft): Finding[] {
  const problemOf = (account: string) =>
    serviceAccountProblem(account) ?? (role.createServiceAccount === false ? undefined : releaseProblem(account));
  const at = [...path, "serviceAccount"];
  if (role.serviceAccount !== undefined) {
    const found = problemOf(role.serviceAccount);
    return found ? [error(at, `${quote(role.serviceAccount)} ${found.problem}`, found.fix)] : [];
  }
  if ("serviceAccount" in role) return [];
  const found = problemOf(name);
  if (!found || roleNameProblem(name)) return [];
  const message = `is missing, and the role's name ${quote(name)} ${found.problem}`;
  return [error(at, message, `add serviceAccount: ${found.fix}`)];
}

/** Checks a role whose service account something else creates. */
function externalAccountProblems(path: Path, name: string, role: RoleDraft): Finding[] {
  if (role.createServiceAccount !== false) return [];
  const findings: Finding[] = [];
  if (role.takeOwnership !== undefined) {
    const fix = "remove the key: no Helm release of this project creates the service account";
    findings.push(error([...path, "takeOwnership"], "is not valid with createServiceAccount: false", fix, "key"));
  }
  if ((role.serviceAccount ?? name) === "default" && role.scope !== "any-service-account") {
    const message = "every pod that names no service account has the service account default, and can assume this role";
    findings.push(warning([...path, "serviceAccount"], message, "use a service account that only this service uses"));
  }
  return findings;
}

function importProblems(path: Path, name: string, role: RoleDraft, inherited = "/"): Finding[] {
  if (role.import !== true) {
    if (role.deletionProtection === undefined || "import" in role) return [];
    const fix = "remove the key: it protects only a role that existed before";
    return [error([...path, "deletionProtection"], "is only valid with import: true", fix, "key")];
  }
  if ("path" in role) return [];
  const message = `a role with another path than "${inherited}" is destroyed and created again`;
  const fix = `set path to the path of the role: aws iam get-role --role-name ${name} --query Role.Path`;
  return [warning([...path, "import"], message, fix, "key")];
}
