import { oidcProviderArn, roleArn } from "../iam/arn";
import { parseIssuer } from "../iam/issuer";
import { awsManagedPolicyArn } from "../iam/managed-policies";
import { type Partition, partitionOfRegion } from "../iam/partition";
import type { PolicyDocument } from "../iam/policy-types";
import { ANY_SERVICE_ACCOUNT, serviceAccountSubject, trustPolicy } from "../iam/trust-policy";
import { items, type RoleDraft } from "./draft";
import type {
  Cluster,
  KubernetesAccess,
  OidcProvider,
  Project,
  Role,
  Scope,
  ServiceAccount,
  StateBackend,
  Trust,
} from "./project";
import type { ClusterFile, IrsaFile, RoleEntry } from "./schema";

/** The part of a cluster that its trust statements need. */
export interface ClusterIdentity {
  readonly name: string;
  readonly accountId: string;
  readonly partition: Partition;
  readonly region: string;
  readonly issuer: string;
}

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

/** Returns the namespaces in which the service account of a role is created. */
export function namespacesOf(role: Pick<RoleDraft, "scope" | "namespace" | "namespaces">): readonly string[] {
  if ((role.scope ?? "environment") === "environment") return role.namespace === undefined ? [] : [role.namespace];
  return items(role.namespaces).map(([, namespace]) => namespace);
}

/** Returns the subject that a role trusts, once for each cluster. */
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
    subject,
    match: scope === "environment" ? "exact" : "pattern",
  }));
}

export function policyArn(partition: Partition, policy: string): string {
  return policy.startsWith("arn:") ? policy : awsManagedPolicyArn(partition, policy);
}

/** Documents of the inline policies, by `policyKey`. */
export type PolicyDocuments = ReadonlyMap<string, PolicyDocument>;

export function policyKey(cluster: string, role: string, policy: string): string {
  return `${cluster} ${role} ${policy}`;
}

/** Derives the project from files without errors. */
export function deriveProject(
  irsa: IrsaFile,
  files: ReadonlyMap<string, ClusterFile>,
  policies: PolicyDocuments,
): Project {
  const identities = new Map(
    [...files].flatMap(([name, file]) => {
      const identity = identityOf(name, file);
      return identity ? [[name, identity] as const] : [];
    }),
  );
  const clusters = [...files].map(([name, file]): Cluster => {
    const own = identities.get(name) as ClusterIdentity;
    const roles = Object.entries(file.roles).map(([roleName, entry]) => {
      const trusted = (entry.trustedClusters ?? []).map((other) => identities.get(other) as ClusterIdentity);
      return deriveRole(roleName, entry, [own, ...trusted], inherited(irsa, file), policies);
    });
    return {
      name,
      accountId: own.accountId,
      partition: own.partition,
      region: own.region,
      oidc: deriveOidc(own, file.oidc),
      ...(file.kubernetes ? { kubernetes: deriveAccess(file.kubernetes) } : {}),
      roles,
      serviceAccounts: Object.entries(file.roles).flatMap(([roleName, entry], index) =>
        serviceAccounts(roleName, entry, roles[index] as Role),
      ),
      tags: inherited(irsa, file).tags,
    };
  });
  return { state: deriveState(irsa.state), verification: deriveVerification(irsa.verification), clusters };
}

interface Inherited {
  readonly tags: Readonly<Record<string, string>>;
  readonly permissionsBoundary: string | undefined;
}

/** Returns the values that the roles of a cluster inherit. */
function inherited(irsa: IrsaFile, file: ClusterFile): Inherited {
  return {
    tags: { ...irsa.defaults?.tags, ...file.tags },
    permissionsBoundary: irsa.defaults?.permissionsBoundary,
  };
}

function deriveRole(
  name: string,
  entry: RoleEntry,
  clusters: readonly [ClusterIdentity, ...ClusterIdentity[]],
  inherits: Inherited,
  policies: PolicyDocuments,
): Role {
  const [own] = clusters;
  const path = entry.path ?? "/";
  const trusts = trustsOf(name, entry, clusters);
  const permissionsBoundary = entry.permissionsBoundary ?? inherits.permissionsBoundary;
  return {
    name,
    arn: roleArn(own.partition, own.accountId, path, name),
    cluster: own.name,
    scope: entry.scope ?? "environment",
    ...(entry.description === undefined ? {} : { description: entry.description }),
    path,
    ...(permissionsBoundary === undefined ? {} : { permissionsBoundary }),
    ...(entry.maxSessionDuration === undefined ? {} : { maxSessionDuration: entry.maxSessionDuration }),
    tags: { ...inherits.tags, ...entry.tags },
    managedPolicies: (entry.policies ?? []).map((policy) => policyArn(own.partition, policy)),
    inlinePolicies: Object.keys(entry.inlinePolicies ?? {}).flatMap((policy) => {
      const document = policies.get(policyKey(own.name, name, policy));
      return document ? [{ name: policy, document }] : [];
    }),
    trustPolicy: trustPolicy(trusts),
    trusts,
    ...(entry.verification?.probe === undefined ? {} : { probe: entry.verification.probe }),
    import: entry.import ?? false,
  };
}

function serviceAccounts(roleName: string, entry: RoleEntry, role: Role): ServiceAccount[] {
  const name = entry.serviceAccount ?? roleName;
  return namespacesOf(entry).map((namespace) => ({ name, namespace, roleArn: role.arn, roleName, releaseName: name }));
}

function deriveOidc(own: ClusterIdentity, oidc: ClusterFile["oidc"]): OidcProvider {
  return {
    issuer: oidc.issuer,
    arn: oidcProviderArn(own.partition, own.accountId, oidc.issuer),
    provider: oidc.provider ?? "existing",
    deletionProtection: oidc.deletionProtection ?? true,
  };
}

function deriveAccess(access: NonNullable<ClusterFile["kubernetes"]>): KubernetesAccess {
  if (access.access === "eks") return access;
  const { path, context } = access;
  return {
    access: "kubeconfig",
    ...(path === undefined ? {} : { path }),
    ...(context === undefined ? {} : { context }),
  };
}

function deriveState(state: IrsaFile["state"]): StateBackend {
  if (state.backend === "s3") return { ...state, keyPrefix: state.keyPrefix ?? "" };
  if (state.backend === "local") return state;
  const { organization, project, workspacePrefix = "", hostname } = state;
  return {
    backend: "cloud",
    organization,
    workspacePrefix,
    ...(project === undefined ? {} : { project }),
    ...(hostname === undefined ? {} : { hostname }),
  };
}

function deriveVerification(verification: IrsaFile["verification"]): Project["verification"] {
  if (!verification) return { runner: "none" };
  return { runner: verification.runner, ...(verification.image === undefined ? {} : { image: verification.image }) };
}
