import { oidcProviderArn } from "../iam/arn";
import { parseIssuer } from "../iam/issuer";
import { awsManagedPolicyArn } from "../iam/managed-policies";
import { type Partition, partitionOfRegion } from "../iam/partition";
import { ANY_SERVICE_ACCOUNT, serviceAccountSubject } from "../iam/trust-policy";
import { items, type RoleDraft } from "./draft";
import type { ClusterIdentity, Scope, Trust } from "./project";

// Values that both the rules and the project derive from a file.

/** Matches the namespaces that Qovery creates. */
export const DEFAULT_NAMESPACE_PATTERN = "z*";

/** The service accounts of one role. IAM's limit for trust policies is lower, except with the wider scopes. */
export const MOST_SERVICE_ACCOUNTS = 1000;

/** Returns the region in an issuer's URL; undefined for the issuer of a self-managed cluster. */
export function issuerRegion(url: string): string | undefined {
  const issuer = parseIssuer(url);
  return "problem" in issuer ? undefined : issuer.region;
}

/** Returns the identity of a cluster; undefined if neither `region` nor the issuer contains its region. */
export function identityOf(
  name: string,
  file: { accountId: string; region?: string | undefined; oidc: { issuer: string } },
): ClusterIdentity | undefined {
  const region = file.region ?? issuerRegion(file.oidc.issuer);
  if (region === undefined) return undefined;
  return { name, accountId: file.accountId, partition: partitionOfRegion(region), region, issuer: file.oidc.issuer };
}

type NamespaceKeys = Pick<RoleDraft, "scope" | "namespace" | "namespaces">;
type NameKeys = Pick<RoleDraft, "serviceAccount" | "serviceAccounts">;

/** Returns the namespaces of the service accounts of a role, whoever creates the service accounts. */
export function namespacesOf(role: NamespaceKeys): readonly string[] {
  const isOne = role.namespace !== undefined && (role.scope ?? "environment") === "environment";
  return isOne ? [role.namespace] : items(role.namespaces).map(([, namespace]) => namespace);
}

/** Returns the names of the service accounts that can assume a role. */
export function serviceAccountNamesOf(roleName: string, role: NameKeys): readonly string[] {
  if (role.serviceAccounts === undefined) return [role.serviceAccount ?? roleName];
  return items(role.serviceAccounts).map(([, name]) => name);
}

/** Returns the service accounts of a role: each name in each namespace. */
export function serviceAccountsOf(
  roleName: string,
  role: NamespaceKeys & NameKeys,
): { readonly namespace: string; readonly name: string }[] {
  const names = serviceAccountNamesOf(roleName, role);
  return namespacesOf(role).flatMap((namespace) => names.map((name) => ({ namespace, name })));
}

/** Returns the number of service accounts of a role, without listing them. */
export function serviceAccountCount(roleName: string, role: NamespaceKeys & NameKeys): number {
  return namespacesOf(role).length * serviceAccountNamesOf(roleName, role).length;
}

/** Whether this configuration creates the service accounts of a role. */
export function createsServiceAccount(role: NamespaceKeys & Pick<RoleDraft, "createServiceAccount">): boolean {
  return role.createServiceAccount !== false && namespacesOf(role).length > 0;
}

type SubjectKeys = NamespaceKeys & NameKeys & Pick<RoleDraft, "namespacePattern">;

function subjectsOf(roleName: string, scope: Scope, role: SubjectKeys): string[] {
  if (scope === "any-service-account") return [ANY_SERVICE_ACCOUNT];
  if (scope === "environment")
    return serviceAccountsOf(roleName, role).map(({ namespace, name }) => serviceAccountSubject(namespace, name));
  const pattern = role.namespacePattern ?? DEFAULT_NAMESPACE_PATTERN;
  return serviceAccountNamesOf(roleName, role).map((name) => serviceAccountSubject(pattern, name));
}

/** Returns the subjects that a role trusts, once for each cluster. */
export function trustsOf(roleName: string, role: SubjectKeys, clusters: readonly ClusterIdentity[]): Trust[] {
  const scope: Scope = role.scope ?? "environment";
  const subjects = subjectsOf(roleName, scope, role);
  return clusters.map(({ name, partition, accountId, issuer }) => ({
    cluster: name,
    providerArn: oidcProviderArn(partition, accountId, issuer),
    issuer,
    subjects,
    match: scope === "environment" ? "exact" : "pattern",
  }));
}

export function policyArn(partition: Partition, policy: string): string {
  return policy.startsWith("arn:") ? policy : awsManagedPolicyArn(partition, policy);
}
