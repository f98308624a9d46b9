import { oidcProviderArn } from "../iam/arn";
import { parseIssuer } from "../iam/issuer";
import { awsManagedPolicyArn } from "../iam/managed-policies";
import { type Partition, partitionOfRegion } from "../iam/partition";
import { ANY_SERVICE_ACCOUNT, serviceAccountSubject } from "../iam/trust-policy";
import { items, type RoleDraft } from "./draft";
import type { ClusterIdentity, Scope, Trust } from "./project";

// Values that both the rules and the project derive from a file.

/** Matches the namespaces that Qovery creates. */
export const QOVERY_NAMESPACES = "z*";

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

/** Returns the namespaces of the service account of a role, whoever creates the service account. */
export function namespacesOf(role: NamespaceKeys): readonly string[] {
  if ((role.scope ?? "environment") === "environment") return role.namespace === undefined ? [] : [role.namespace];
  return items(role.namespaces).map(([, namespace]) => namespace);
}

/** Whether this configuration creates the service account of a role. */
export function createsServiceAccount(role: NamespaceKeys & Pick<RoleDraft, "createServiceAccount">): boolean {
  return role.createServiceAccount !== false && namespacesOf(role).length > 0;
}

/** Returns the subjects that a role trusts, once for each cluster. */
export function trustsOf(
  roleName: string,
  role: Pick<RoleDraft, "scope" | "namespace" | "serviceAccount">,
  clusters: readonly ClusterIdentity[],
): Trust[] {
  const scope: Scope = role.scope ?? "environment";
  const account = role.serviceAccount ?? roleName;
  const subject =
    scope === "any-service-account"
      ? ANY_SERVICE_ACCOUNT
      : serviceAccountSubject(scope === "cluster" ? QOVERY_NAMESPACES : (role.namespace ?? ""), account);
  return clusters.map(({ name, partition, accountId, issuer }) => ({
    cluster: name,
    providerArn: oidcProviderArn(partition, accountId, issuer),
    issuer,
    subjects: [subject],
    match: scope === "environment" ? "exact" : "pattern",
  }));
}

export function policyArn(partition: Partition, policy: string): string {
  return policy.startsWith("arn:") ? policy : awsManagedPolicyArn(partition, policy);
}
