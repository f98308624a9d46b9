import { annotationProblems } from "./annotation-rules";
import { serviceAccountNamesOf } from "./cluster-identity";
import type { ClusterDraft, IrsaDraft, RoleDraft } from "./draft";
import { importProblems } from "./import-rules";
import { boundaryProblems } from "./managed-policy-rules";
import { error, type Finding, type Path, warning } from "./problems";
import { subjectProblems } from "./subject-rules";
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
    ...subjectProblems(path, name, role),
    ...boundaryProblems(cluster, [...path, "permissionsBoundary"], role.permissionsBoundary),
    ...tagProblems([...path, "tags"], role.tags, { ...irsa.defaults?.tags, ...cluster.data.tags }),
    ...trustProblems(cluster, path, name, role, all),
    ...importProblems(cluster, irsa, path, name, role),
    ...externalAccountProblems(path, name, role),
    ...annotationProblems(path, role),
  ];
}

/** Checks a role whose service account something else creates. */
function externalAccountProblems(path: Path, name: string, role: RoleDraft): Finding[] {
  if (role.createServiceAccount !== false) return [];
  const findings: Finding[] = [];
  if (role.takeOwnership !== undefined) {
    const fix = "remove the key: no Helm release of this project creates the service account";
    findings.push(error([...path, "takeOwnership"], "is not valid with createServiceAccount: false", fix, "key"));
  }
  if (serviceAccountNamesOf(name, role).includes("default") && role.scope !== "any-service-account") {
    const key =
      role.serviceAccounts === undefined
        ? ["serviceAccount"]
        : ["serviceAccounts", role.serviceAccounts.indexOf("default")];
    const message = "every pod that names no service account has the service account default, and can assume this role";
    findings.push(warning([...path, ...key], message, "use a service account that only this service uses"));
  }
  return findings;
}
