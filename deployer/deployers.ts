import type { Cluster, Project } from "../config/project";
import { stackNames } from "../config/stack-names";
import { eksClusterArn } from "../iam/arn";
import type { PolicyDocument } from "../iam/policy-types";
import { type DeployerRole, providerPermissions, rolePermissions } from "./iam-permissions";
import { type Permission, permissionsFor } from "./permissions";
import { statePermissions } from "./state-permissions";
import { deployerTrust } from "./trust";

/** The plan role or the apply role of an AWS account. */
export interface Deployer {
  readonly role: DeployerRole;
  readonly accountId: string;
  /** Undefined without the key `bootstrap`, which names what assumes the role. */
  readonly trustPolicy?: PolicyDocument;
  readonly permissions: readonly Permission[];
  /** The role or profile that reaches the states instead of the deployer, as `state` sets it. */
  readonly stateIdentity?: string;
  /** The permissions of `stateIdentity`. */
  readonly statePermissions: readonly Permission[];
  /** The clusters of the account. */
  readonly clusters: readonly Cluster[];
}

/** Returns the plan roles or the apply roles, one for each AWS account. */
export function deployers(project: Project, role: DeployerRole): Deployer[] {
  const accounts = [...new Set(project.clusters.map(({ accountId }) => accountId))];
  return accounts.map((accountId) => deployerOf(project, role, accountId));
}

/** Returns the plan role or the apply role of an AWS account. */
export function deployerOf(project: Project, role: DeployerRole, accountId: string): Deployer {
  const clusters = project.clusters.filter((cluster) => cluster.accountId === accountId);
  const bootstrap = project.bootstraps.find((each) => each.accountId === accountId);
  const withAws = clusters.flatMap((cluster) => stacksWithAws(cluster, project));
  return {
    role,
    accountId,
    clusters,
    ...(bootstrap ? { trustPolicy: deployerTrust(bootstrap, role, withAws) } : {}),
    ...permissionsOf(clusters, project, role),
  };
}

type Permissions = Pick<Deployer, "permissions" | "stateIdentity" | "statePermissions">;

function permissionsOf(clusters: readonly Cluster[], project: Project, role: DeployerRole): Permissions {
  const { state, verification } = project;
  const own = clusters.flatMap((cluster) => clusterPermissions(cluster, project, role));
  if (state.backend !== "s3") return { permissions: own, statePermissions: [] };
  const stacks = clusters.flatMap((cluster) => stackNames(cluster, verification));
  const states = statePermissions(state, stacks, role);
  const { roleArn, profile } = state;
  // With a profile too, Terraform assumes the role with the credentials of the profile.
  if (profile !== undefined) {
    return { permissions: own, stateIdentity: roleArn ?? `the profile ${profile}`, statePermissions: states };
  }
  if (roleArn === undefined) return { permissions: [...own, ...states], statePermissions: [] };
  const assume = permissionsFor({ "sts:AssumeRole": "assumes the role for the states" }, roleArn);
  return { permissions: [...own, ...assume], stateIdentity: roleArn, statePermissions: states };
}

function clusterPermissions(cluster: Cluster, project: Project, deployer: DeployerRole): Permission[] {
  return [
    ...providerPermissions(cluster.oidc, deployer),
    ...cluster.roles.flatMap((role) => rolePermissions(role, deployer)),
    ...(stacksWithAws(cluster, project).length > 1 ? connectionPermissions(cluster) : []),
  ];
}

function connectionPermissions({ kubernetes, partition, region, accountId }: Cluster): Permission[] {
  if (kubernetes?.access !== "eks") return [];
  const arn = eksClusterArn(partition, region, accountId, kubernetes.clusterName);
  return permissionsFor({ "eks:DescribeCluster": "reads the address of the API server" }, arn);
}

/** Returns the stacks of a cluster that need AWS credentials apart from those for their states. */
export function stacksWithAws(cluster: Cluster, { verification }: Project): string[] {
  const all = stackNames(cluster, verification);
  return cluster.kubernetes?.access === "eks" ? all : all.slice(0, 1);
}
