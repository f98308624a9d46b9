import { oidcProviderArn } from "../iam/arn";
import type { Partition } from "../iam/partition";

// What AWS and Kubernetes return about a cluster and its roles. The texts come from whoever created the objects.

export interface FoundCluster {
  /** The name in EKS. */
  readonly name: string;
  readonly accountId: string;
  readonly partition: Partition;
  readonly region: string;
  /** The URL of the issuer, with `https://`. */
  readonly issuer: string;
}

export interface ProviderIdentity {
  readonly arn: string;
  /** With `https://`. */
  readonly issuer: string;
}

/** Returns the IAM OIDC provider that a cluster has or should have. */
export function providerOf({ partition, accountId, issuer }: FoundCluster): ProviderIdentity {
  return { arn: oidcProviderArn(partition, accountId, issuer), issuer };
}

export interface FoundProvider {
  /** The audiences that the provider accepts. */
  readonly clientIds: readonly string[];
}

export interface FoundRole {
  readonly name: string;
  readonly arn: string;
  readonly path: string;
  /** The parsed JSON; undefined if AWS returned another text. */
  readonly trustPolicy: unknown;
}

/** A role with what an import needs. */
export interface RoleDetails extends FoundRole {
  readonly description?: string;
  /** Seconds. */
  readonly maxSessionDuration?: number;
  readonly permissionsBoundary?: string;
  readonly tags: ReadonlyMap<string, string>;
  /** The ARNs of the attached policies. */
  readonly managedPolicies: readonly string[];
  readonly inlinePolicies: readonly FoundInlinePolicy[];
  /** Why the values above are not complete, such as "AWS denies iam:GetRole". @default - they are complete */
  readonly unread?: string;
}

export interface FoundInlinePolicy {
  readonly name: string;
  /** The parsed JSON; undefined if AWS returned another text. */
  readonly document: unknown;
}

export interface FoundAccount {
  readonly cluster: FoundCluster;
  /** The IAM OIDC provider of the cluster's issuer. */
  readonly provider: FoundProvider | "missing" | "unknown";
  /** The ARNs of all OIDC providers of the account, as far as they are known. */
  readonly providerArns: readonly string[];
  /** All roles of the account, in the order of their names. */
  readonly roles: readonly FoundRole[];
  /** The roles that trust the cluster's provider, in the order of their names. */
  readonly trusting: readonly RoleDetails[];
  /** What AWS did not let the command read: one sentence each. */
  readonly gaps: readonly string[];
}

export interface FoundServiceAccount {
  readonly namespace: string;
  readonly name: string;
  /** The value of the annotation `eks.amazonaws.com/role-arn`. */
  readonly roleArn?: string;
  /** What creates the service account again if somebody deletes it, such as "the Helm release z1/api". */
  readonly manager?: string;
  /** Whether the service account belongs to a release that this project would create: the same name and chart. */
  readonly hasRelease: boolean;
}
