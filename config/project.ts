import type { Partition } from "../iam/partition";
import type { PolicyDocument } from "../iam/policy-types";

/**
 * A validated configuration with every derived value: plain data in which every name, ARN and subject is a literal. The
 * stacks, the access matrix and the embedded AWS use only this data.
 */
export interface Project {
  readonly state: StateBackend;
  readonly verification: Verification;
  /** In the order of their file names. */
  readonly clusters: readonly Cluster[];
}

/** Where Terraform keeps its state. Each stack has a state or a workspace. */
export type StateBackend = S3State | CloudState | LocalState;

export interface S3State {
  readonly backend: "s3";
  readonly bucket: string;
  readonly region: string;
  /** The prefix of each object key. @default "" */
  readonly keyPrefix: string;
}

export interface CloudState {
  readonly backend: "cloud";
  readonly organization: string;
  readonly project?: string;
  /** The prefix of the name of each workspace. @default "" */
  readonly workspacePrefix: string;
  /** The host name of Terraform Enterprise. @default - app.terraform.io */
  readonly hostname?: string;
}

export interface LocalState {
  readonly backend: "local";
}

export interface Verification {
  readonly runner: "kubernetes" | "qovery" | "none";
  readonly image?: string;
}

export interface Cluster {
  /** The name of the file in `clusters/`, without `.yaml`. */
  readonly name: string;
  readonly accountId: string;
  readonly partition: Partition;
  readonly region: string;
  readonly oidc: OidcProvider;
  readonly kubernetes?: KubernetesAccess;
  readonly roles: readonly Role[];
  /** The service accounts that the stack of the cluster creates, in the order of their roles. */
  readonly serviceAccounts: readonly ServiceAccount[];
  /** Tags of the OIDC provider. The tags of a role are merged in the role. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface OidcProvider {
  /** The URL of the issuer, as in the claim `iss` of a token: https, without a slash at the end. */
  readonly issuer: string;
  readonly arn: string;
  readonly provider: "existing" | "create";
  /** Whether `prevent_destroy` protects a created provider. @default true */
  readonly deletionProtection: boolean;
}

export type KubernetesAccess =
  | { readonly access: "eks"; readonly clusterName: string }
  | { readonly access: "kubeconfig"; readonly path?: string; readonly context?: string };

export type Scope = "environment" | "cluster" | "any-service-account";

export interface Role {
  readonly name: string;
  readonly arn: string;
  readonly cluster: string;
  readonly scope: Scope;
  readonly description?: string;
  /** The IAM path, which begins and ends with "/". @default "/" */
  readonly path: string;
  readonly permissionsBoundary?: string;
  /** Seconds. @default - 3600, the default of IAM */
  readonly maxSessionDuration?: number;
  readonly tags: Readonly<Record<string, string>>;
  /** The ARNs of the managed policies. */
  readonly managedPolicies: readonly string[];
  readonly inlinePolicies: readonly InlinePolicy[];
  readonly trustPolicy: PolicyDocument;
  /** One entry for each cluster whose tokens the trust policy accepts. The first is the cluster of the role. */
  readonly trusts: readonly Trust[];
  /** What the verifier does with the role's credentials. @default - an action that the role's policies allow */
  readonly probe?: string;
  /** Whether to adopt a role of this name that exists in the account. @default false */
  readonly import: boolean;
}

export interface InlinePolicy {
  readonly name: string;
  readonly document: PolicyDocument;
}

/** Which subjects in the tokens of a cluster can assume a role. */
export interface Trust {
  readonly cluster: string;
  readonly providerArn: string;
  readonly issuer: string;
  /** `system:serviceaccount:<namespace>:<name>`; in a pattern `*` matches any characters. */
  readonly subject: string;
  readonly match: "exact" | "pattern";
}

/** A service account, created by a Helm release of `qovery-sa-helper`. */
export interface ServiceAccount {
  readonly name: string;
  readonly namespace: string;
  readonly roleArn: string;
  readonly roleName: string;
  /** The name of the Helm release, at most 53 characters. */
  readonly releaseName: string;
}
