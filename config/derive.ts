import { resolve } from "node:path";
import { oidcProviderArn, roleArn } from "../iam/arn";
import { trustPolicy } from "../iam/trust-policy";
import { additionalStatements } from "./additional-trust-rules";
import { DEFAULT_ROLE_NAME_PREFIX } from "./bootstrap-schema";
import { createsServiceAccount, identityOf, policyArn, serviceAccountsOf, trustsOf } from "./cluster-identity";
import { CHART_NAME, type ClusterFile, DEFAULT_CHART, isLocalChart } from "./cluster-schema";
import { deriveBootstraps } from "./derive-bootstrap";
import { deriveWorkspaces } from "./derive-workspaces";
import type { IrsaFile } from "./irsa-schema";
import { releaseName } from "./kubernetes-names";
import type {
  Chart,
  Cluster,
  ClusterIdentity,
  KubernetesAccess,
  OidcProvider,
  Project,
  Role,
  ServiceAccount,
  StateBackend,
} from "./project";
import { type ResolvedPolicies, roleKey } from "./role-policies";
import type { RoleEntry } from "./role-schema";

/** A file without errors, and the folder that its relative paths begin at. */
export interface Located<T> {
  readonly file: T;
  readonly folder: string;
}

/** Derives the project from files without errors. */
export function deriveProject(
  irsa: Located<IrsaFile>,
  files: ReadonlyMap<string, Located<ClusterFile>>,
  policies: ReadonlyMap<string, ResolvedPolicies>,
): Project {
  const identities = new Map([...files].map(([name, { file }]) => [name, known(name, identityOf(name, file))]));
  const clusters = [...files].map(([name, { file, folder }]): Cluster => {
    const own = known(name, identities.get(name));
    const inherits = inherited(irsa.file, file);
    const roles = Object.entries(file.roles).map(([roleName, entry]) => {
      const trusted = (entry.trustedClusters ?? []).map((other) => known(other, identities.get(other)));
      const role = deriveRole(roleName, entry, [own, ...trusted], inherits, policies);
      return { role, accounts: serviceAccounts(roleName, entry, role) };
    });
    return {
      name,
      accountId: own.accountId,
      partition: own.partition,
      region: own.region,
      oidc: deriveOidc(own, file.oidc),
      ...(file.kubernetes ? { kubernetes: deriveAccess(file.kubernetes) } : {}),
      ...(file.qovery ? { qovery: file.qovery } : {}),
      chart: deriveChart(file.chart, folder),
      roles: roles.map(({ role }) => role),
      serviceAccounts: roles.flatMap(({ accounts }) => accounts),
      tags: inherits.tags,
    };
  });
  const state = deriveState(irsa.file, irsa.folder);
  return {
    state,
    verification: deriveVerification(irsa.file.verification),
    clusters,
    bootstraps: deriveBootstraps(irsa.file, irsa.folder, state, clusters),
  };
}

/** Returns the identity of a cluster; the rules made sure that every cluster and every trusted cluster has one. */
function known(name: string, identity: ClusterIdentity | undefined): ClusterIdentity {
  if (!identity) throw new Error(`cluster ${name} has no identity`);
  return identity;
}

interface Inherited extends Pick<ClusterFile, "path" | "maxSessionDuration"> {
  readonly tags: Readonly<Record<string, string>>;
  readonly permissionsBoundary: string | undefined;
}

/** Returns the values that the roles of a cluster inherit. */
function inherited(irsa: IrsaFile, file: ClusterFile): Inherited {
  return {
    tags: { ...irsa.defaults?.tags, ...file.tags },
    permissionsBoundary: file.permissionsBoundary ?? irsa.defaults?.permissionsBoundary,
    path: file.path,
    maxSessionDuration: file.maxSessionDuration,
  };
}

function deriveRole(
  name: string,
  entry: RoleEntry,
  clusters: readonly [ClusterIdentity, ...ClusterIdentity[]],
  inherits: Inherited,
  policies: ReadonlyMap<string, ResolvedPolicies>,
): Role {
  const [own] = clusters;
  const path = entry.path ?? inherits.path ?? "/";
  const maxSessionDuration = entry.maxSessionDuration ?? inherits.maxSessionDuration;
  const trusts = trustsOf(name, entry, clusters);
  const additionalTrust = additionalStatements(entry.additionalTrust);
  const permissionsBoundary = entry.permissionsBoundary ?? inherits.permissionsBoundary;
  return {
    name,
    arn: roleArn(own.partition, own.accountId, path, name),
    cluster: own.name,
    scope: entry.scope ?? "environment",
    ...(entry.description === undefined ? {} : { description: entry.description }),
    path,
    ...(permissionsBoundary === undefined ? {} : { permissionsBoundary }),
    ...(maxSessionDuration === undefined ? {} : { maxSessionDuration }),
    tags: { ...inherits.tags, ...entry.tags },
    ...(policies.get(roleKey(own.name, name)) ?? { managedPolicies: [], inlinePolicies: [] }),
    trustPolicy: trustPolicy(trusts, additionalTrust),
    additionalTrust,
    trusts,
    ...(entry.verification?.probe === undefined ? {} : { probe: entry.verification.probe }),
    import: entry.import ?? false,
    importPolicies: (entry.importPolicies ?? []).map((policy) => policyArn(own.partition, policy)),
    importInlinePolicies: entry.importInlinePolicies ?? [],
    deletionProtection: entry.import === true && (entry.deletionProtection ?? true),
    exclusivePolicies: entry.exclusivePolicies ?? true,
    verify: entry.verification?.enabled ?? true,
  };
}

function serviceAccounts(roleName: string, entry: RoleEntry, role: Role): ServiceAccount[] {
  const { takeOwnership = false, annotations = {} } = entry;
  const isCreated = createsServiceAccount(entry);
  return serviceAccountsOf(roleName, entry).map(({ namespace, name }) => ({
    name,
    namespace,
    roleArn: role.arn,
    roleName,
    ...(isCreated ? { release: { name: releaseName(name), takeOwnership, annotations } } : {}),
  }));
}

function deriveOidc(own: ClusterIdentity, oidc: ClusterFile["oidc"]): OidcProvider {
  return {
    issuer: oidc.issuer,
    arn: oidcProviderArn(own.partition, own.accountId, oidc.issuer),
    provider: oidc.provider ?? "existing",
    deletionProtection: oidc.deletionProtection ?? true,
    import: oidc.import ?? false,
  };
}

function deriveAccess(access: NonNullable<ClusterFile["kubernetes"]>): KubernetesAccess {
  if (access.access !== "kubeconfig") return access;
  const { path, context } = access;
  return {
    access: "kubeconfig",
    ...(path === undefined ? {} : { path }),
    ...(context === undefined ? {} : { context }),
  };
}

function deriveChart(chart: ClusterFile["chart"], folder: string): Chart {
  const { repository = DEFAULT_CHART.repository, version = DEFAULT_CHART.version } = chart ?? {};
  return isLocalChart(repository) ? { name: resolve(folder, repository) } : { name: CHART_NAME, repository, version };
}

function deriveState({ state, bootstrap }: IrsaFile, folder: string): StateBackend {
  if (state.backend === "s3") {
    const { bucket, region, keyPrefix = "", kmsKeyArn, roleArn, profile } = state;
    return {
      backend: "s3",
      bucket,
      region,
      keyPrefix,
      ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
      ...(roleArn === undefined ? {} : { roleArn }),
      ...(profile === undefined ? {} : { profile }),
    };
  }
  if (state.backend === "local") return { backend: "local", folder: resolve(folder, state.path ?? ".") };
  const { organization, project, workspacePrefix = "", hostname, workflow = "cli" } = state;
  return {
    backend: "cloud",
    organization,
    workspacePrefix,
    workflow,
    ...(project === undefined ? {} : { project }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(state.workspaces
      ? {
          workspaces: deriveWorkspaces(state.workspaces, bootstrap?.roleNamePrefix ?? DEFAULT_ROLE_NAME_PREFIX, folder),
        }
      : {}),
  };
}

function deriveVerification(verification: IrsaFile["verification"]): Project["verification"] {
  return verification && verification.runner !== "none" ? verification : { runner: "none" };
}
