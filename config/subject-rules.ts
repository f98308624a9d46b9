import { roleNameProblem } from "../iam/names";
import {
  DEFAULT_NAMESPACE_PATTERN,
  MOST_SERVICE_ACCOUNTS,
  namespacesOf,
  serviceAccountCount,
  serviceAccountNamesOf,
} from "./cluster-identity";
import { items, type RoleDraft } from "./draft";
import { namespaceProblem, releaseProblem, serviceAccountProblem } from "./kubernetes-names";
import { error, type Finding, type Path, warning } from "./problems";
import type { Scope } from "./project";
import { quote } from "./quote";

/** Checks which service accounts can assume a role, and where they are. */
export function subjectProblems(path: Path, name: string, role: RoleDraft): Finding[] {
  return [
    ...scopeProblems(path, role),
    ...serviceAccountProblems(path, name, role),
    ...countProblems(path, name, role),
  ];
}

function scopeProblems(path: Path, role: RoleDraft): Finding[] {
  if ("scope" in role && role.scope === undefined) return [];
  const scope = role.scope ?? "environment";
  const findings = scope === "environment" ? environmentProblems(path, role) : widerScopeProblems(path, scope, role);
  if (role.namespacePattern !== undefined && scope !== "cluster")
    findings.push(error([...path, "namespacePattern"], "is only valid with scope: cluster", "remove the key", "key"));
  return [...findings, ...twice([...path, "namespaces"], role.namespaces)];
}

function environmentProblems(path: Path, role: RoleDraft): Finding[] {
  if (!("namespace" in role) && !("namespaces" in role)) {
    const fix = "set namespace to QOVERY_KUBERNETES_NAMESPACE_NAME of the environment";
    return [error([...path, "namespace"], "is missing", fix)];
  }
  if (role.namespace !== undefined && role.namespaces !== undefined) return [bothKeys(path, "namespace", "namespaces")];
  const list = [...path, "namespaces"];
  if (role.namespaces?.length === 0) return [emptyList(list, "namespace", "of each environment")];
  const named = role.namespace === undefined ? [] : [[[...path, "namespace"], role.namespace] as const];
  const listed = items(role.namespaces).map(([index, namespace]) => [[...list, index], namespace] as const);
  return [...named, ...listed].flatMap(([at, namespace]) => environmentNamespace(at, namespace, role));
}

function environmentNamespace(at: Path, namespace: string, role: RoleDraft): Finding[] {
  const found = namespaceProblem(namespace);
  if (found) return [error(at, `${quote(namespace)} ${found.problem}`, found.fix)];
  // A Helm chart or an operator can create its service account in any namespace.
  if (namespace.startsWith("z") || role.createServiceAccount === false) return [];
  const fix = "if Qovery created the namespace, copy QOVERY_KUBERNETES_NAMESPACE_NAME of the environment";
  return [warning(at, notQovery(namespace), fix)];
}

function widerScopeProblems(path: Path, scope: Exclude<Scope, "environment">, role: RoleDraft): Finding[] {
  const findings: Finding[] = [];
  if (role.namespace !== undefined) {
    const fix = "remove the key; namespaces can list the namespaces in which the service account is created";
    findings.push(error([...path, "namespace"], `is not valid with scope: ${scope}`, fix, "key"));
  }
  const fix = "use scope: environment, with the namespaces that need the role";
  if (scope === "any-service-account") {
    const message =
      "every service account of the cluster, including the system's service accounts, can assume this role";
    return [...findings, warning([...path, "scope"], message, fix)];
  }
  if ("namespacePattern" in role && role.namespacePattern === undefined) return findings;
  const pattern = role.namespacePattern ?? DEFAULT_NAMESPACE_PATTERN;
  const at = [...path, role.namespacePattern === undefined ? "scope" : "namespacePattern"];
  return [...findings, warning(at, admittedBy(pattern, role), fix), ...outsidePattern(path, pattern, role)];
}

/** Returns who can assume a role with scope: cluster. */
function admittedBy(pattern: string, { serviceAccounts }: RoleDraft): string {
  const beginning = pattern.slice(0, -1);
  const future = pattern === DEFAULT_NAMESPACE_PATTERN ? "future environments" : "future namespaces";
  const including = "kube-system".startsWith(beginning) ? `kube-system and ${future}` : future;
  const namespaces =
    beginning === "" ? "every namespace of the cluster" : `every namespace that begins with ${beginning}`;
  const accounts = serviceAccounts === undefined ? "service account" : "service accounts";
  return `the ${accounts} of ${namespaces}, including ${including}, can assume this role`;
}

/** The trust policy would not admit a service account in another namespace. */
function outsidePattern(path: Path, pattern: string, role: RoleDraft): Finding[] {
  const beginning = pattern.slice(0, -1);
  return items(role.namespaces)
    .filter(([, namespace]) => !namespace.startsWith(beginning))
    .map(([index, namespace]) => {
      const at = [...path, "namespaces", index];
      if (role.namespacePattern !== undefined)
        return error(at, `"${namespace}" does not match namespacePattern: "${pattern}"`, "remove the namespace");
      return error(at, notQovery(namespace), "copy QOVERY_KUBERNETES_NAMESPACE_NAME of the environment");
    });
}

function notQovery(namespace: string): string {
  return `"${namespace}" is not a Qovery namespace: Qovery namespaces begin with z`;
}

function serviceAccountProblems(path: Path, name: string, role: RoleDraft): Finding[] {
  const problemOf = (account: string) =>
    serviceAccountProblem(account) ?? (role.createServiceAccount === false ? undefined : releaseProblem(account));
  const at = [...path, "serviceAccount"];
  const list = [...path, "serviceAccounts"];
  if ("serviceAccounts" in role) {
    if ("serviceAccount" in role) return [bothKeys(path, "serviceAccount", "serviceAccounts")];
    if (role.serviceAccounts?.length === 0) return [emptyList(list, "service account", "of the role")];
    const invalid = items(role.serviceAccounts).flatMap(([index, account]) => {
      const found = problemOf(account);
      return found ? [error([...list, index], `${quote(account)} ${found.problem}`, found.fix)] : [];
    });
    return [...invalid, ...twice(list, role.serviceAccounts)];
  }
  if (role.serviceAccount !== undefined) {
    const found = problemOf(role.serviceAccount);
    return found ? [error(at, `${quote(role.serviceAccount)} ${found.problem}`, found.fix)] : [];
  }
  if ("serviceAccount" in role) return [];
  // Without a condition on the subject, and without a service account to create, the name has no effect.
  if (role.scope === "any-service-account" && namespacesOf(role).length === 0) return [];
  const found = problemOf(name);
  if (!found || roleNameProblem(name)) return [];
  const message = `is missing, and the role's name ${quote(name)} ${found.problem}`;
  return [error(at, message, `add serviceAccount, and ${found.fix}`)];
}

function countProblems(path: Path, name: string, role: RoleDraft): Finding[] {
  const count = serviceAccountCount(name, role);
  if (count <= MOST_SERVICE_ACCOUNTS) return [];
  const [namespaces, accounts] = [namespacesOf(role).length, serviceAccountNamesOf(name, role).length];
  const message = `${namespaces} namespaces with ${accounts} names each are ${count} service accounts; a role can have ${MOST_SERVICE_ACCOUNTS}`;
  const key = namespaces < accounts ? "serviceAccounts" : "namespaces";
  return [error([...path, key], message, `move entries of ${key} to a separate role`, "key")];
}

function bothKeys(path: Path, one: string, several: string): Finding {
  return error([...path, several], `is not valid together with ${one}`, "keep one of the two keys", "key");
}

function emptyList(path: Path, noun: string, which: string): Finding {
  return error(path, "is empty", `list the ${noun} ${which}`, "key");
}

function twice(path: Path, list: readonly (string | undefined)[] | undefined): Finding[] {
  const seen = new Set<string>();
  return items(list).flatMap(([index, value]) => {
    if (seen.has(value)) return [error([...path, index], `"${value}" is listed twice`, "remove one of the two")];
    seen.add(value);
    return [];
  });
}
