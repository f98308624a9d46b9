import type { Partition } from "../iam/partition";
import type { PolicyDocument } from "../iam/policy-types";

/**
 * A configuration that was read, validated and derived: plain data in which every name, ARN and subject is a literal.
 * Nothing downstream (stacks, access matrix, local AWS) looks at YAML again.
 */
export interface Project {
  readonly state: StateBackend;
  readonly verification: Verification;
  /** In the order of their file names. */
  readonly clusters: readonly Cluster[];
}

/** Where Terraform keeps its state: one state (or workspace) a stack. */
export type StateBackend = S3State | CloudState | LocalState;

export interface S3State {
  readonly backend: "s3";
  readonly bucket: string;
  readonly region: string;
  /** Prefix of every object key. @default "" */
  readonly keyPrefix: string;
}

export interface CloudState {
  readonly backend: "cloud";
  readonly organization: string;
  readonly project?: string;
  /** Prefix of every workspace's name. @default "" */
  readonly workspacePrefix: string;
  /** Terraform Enterprise's host name. @default - HCP Terraform's, app.terraform.io */
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
  /** The stem of its file in `clusters/`. */
  readonly name: string;
  readonly accountId: string;
  readonly partition: Partition;
  readonly region: string;
  readonly oidc: OidcProvider;
  readonly kubernetes?: KubernetesAccess;
  readonly roles: readonly Role[];
  /** Every service account that this cluster's stack creates, in the order of their roles. */
  readonly serviceAccounts: readonly ServiceAccount[];
  /** Tags of the stack's own resources (the OIDC provider); a role carries its own, already merged. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface OidcProvider {
  /** The issuer's URL as it stands in the tokens' `iss`: https, no trailing slash. */
  readonly issuer: string;
  readonly arn: string;
  readonly provider: "existing" | "create";
  /** `prevent_destroy` on a provider that we create. @default true */
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
  /** IAM path, begins and ends with "/". @default "/" */
  readonly path: string;
  readonly permissionsBoundary?: string;
  /** Seconds. @default - IAM's own, 3600 */
  readonly maxSessionDuration?: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Managed policies' ARNs. */
  readonly managedPolicies: readonly string[];
  readonly inlinePolicies: readonly InlinePolicy[];
  readonly trustPolicy: PolicyDocument;
  /** One entry for each cluster whose tokens the trust policy accepts; the first is the role's own. */
  readonly trusts: readonly Trust[];
  /** What the verifier does with the role's credentials. @default - what the role's policies are known to allow */
  readonly probe?: string;
  /** Adopt a role of this name that is in the account already. */
  readonly import: boolean;
}

export interface InlinePolicy {
  readonly name: string;
  readonly document: PolicyDocument;
}

/** Which subjects of a cluster's tokens may assume a role. */
export interface Trust {
  readonly cluster: string;
  readonly providerArn: string;
  readonly issuer: string;
  /** `system:serviceaccount:<namespace>:<name>`, exact or with `*`. */
  readonly subject: string;
  readonly match: "exact" | "pattern";
}

/** A service account that a Helm release of `qovery-sa-helper` creates. */
export interface ServiceAccount {
  readonly name: string;
  readonly namespace: string;
  readonly roleArn: string;
  readonly roleName: string;
  /** The Helm release's name, at most 53 characters. */
  readonly releaseName: string;
}
