import type { Partition } from "../iam/partition";
import type { PolicyDocument, Statement } from "../iam/policy-types";

/** The part of a cluster that its trust statements need. */
export interface ClusterIdentity {
  readonly name: string;
  readonly accountId: string;
  readonly partition: Partition;
  readonly region: string;
  readonly issuer: string;
}

/**
 * A validated configuration with every derived value: plain data in which every name, ARN and subject is a literal. The
 * stacks, the access matrix and the embedded AWS use only this data.
 */
export interface Project {
  readonly state: StateBackend;
  readonly verification: Verification;
  /** In the order of their file names. */
  readonly clusters: readonly Cluster[];
  /** The stacks with the roles that plan and apply the other stacks: one for each account, or none. */
  readonly bootstraps: readonly Bootstrap[];
}

/** The stack `bootstrap` of an account. */
export interface Bootstrap {
  /** `bootstrap` for the account of the bucket, `bootstrap-<accountId>` for each other account. */
  readonly name: string;
  readonly accountId: string;
  readonly partition: Partition;
  /** The region of the bucket, else of the first cluster of the account. */
  readonly region: string;
  readonly github?: GithubTrust;
  readonly hcp?: HcpTrust;
  /** @default "qovery-irsa" */
  readonly roleNamePrefix: string;
  /** The bucket of the states, if the stack creates the bucket. */
  readonly bucket?: Pick<S3State, "bucket" | "kmsKeyArn">;
  /** Where the state of this stack is kept. */
  readonly state: StateBackend;
  readonly tags: Readonly<Record<string, string>>;
}

/** The workflows of GitHub Actions that can assume the roles. */
export interface GithubTrust {
  /** As the subject of a token names the repository: `OWNER@ID/NAME@ID`, or `OWNER/NAME`. */
  readonly repository: string;
  /** @default "production" */
  readonly environment: string;
  readonly provider: "create" | "existing";
}

/** The runs of HCP Terraform that can assume the roles. */
export interface HcpTrust {
  /** @default "app.terraform.io" */
  readonly hostname: string;
  readonly organization: string;
  /** @default "Default Project" */
  readonly project: string;
  readonly workspacePrefix: string;
  readonly provider: "create" | "existing";
}

/** Where Terraform keeps its state. Each stack has a state or a workspace. */
export type StateBackend = S3State | CloudState | LocalState;

export interface S3State {
  readonly backend: "s3";
  readonly bucket: string;
  readonly region: string;
  /** The prefix of each object key. @default "" */
  readonly keyPrefix: string;
  /** The KMS key that encrypts the states. @default - the encryption of the bucket */
  readonly kmsKeyArn?: string;
  /** The role that Terraform assumes for the state. @default - the credentials of the run */
  readonly roleArn?: string;
  /** The profile of the AWS configuration. @default - the credentials of the run */
  readonly profile?: string;
}

export interface CloudState {
  readonly backend: "cloud";
  readonly organization: string;
  readonly project?: string;
  /** The prefix of the name of each workspace. @default "" */
  readonly workspacePrefix: string;
  /** The host name of Terraform Enterprise. @default - app.terraform.io */
  readonly hostname?: string;
  /** What starts the runs. @default "cli" */
  readonly workflow: "cli" | "vcs" | "api";
  /** The stack `hcp-workspaces`. @default - no stack */
  readonly workspaces?: Workspaces;
}

/** The settings of the workspaces that the stack `hcp-workspaces` creates. */
export interface Workspaces {
  /** The repository and the one connection that reads it, with workflow `vcs`. */
  readonly repository?: {
    readonly identifier: string;
    readonly githubAppInstallationId?: string;
    readonly oauthTokenId?: string;
  };
  /** The folder of irsa.yaml in the repository. @default - the root */
  readonly folder?: string;
  /** @default "1.11.4" */
  readonly terraformVersion: string;
  /** The name of the role of plans, in the account of each cluster. */
  readonly planRole: string;
  /** The name of the role of applies, in the account of each cluster. */
  readonly applyRole: string;
  /** The agents that run the stacks which call the Kubernetes API. @default - HCP Terraform's own workers */
  readonly agentPoolId?: string;
  readonly tags: readonly string[];
  /** The absolute path of the folder of the state of the stack. */
  readonly stateFolder: string;
}

export interface LocalState {
  readonly backend: "local";
  /** The absolute path of the folder of the state files. @default - the folder of irsa.yaml */
  readonly folder: string;
}

/** What runs the verifier after a deployment. */
export type Verification =
  | { readonly runner: "none" }
  | { readonly runner: "kubernetes"; readonly image: string }
  | {
      readonly runner: "qovery";
      /** Has a tag. */
      readonly image: string;
      /** The ID of the container registry in Qovery. */
      readonly registryId: string;
    };

export interface Cluster {
  /** The name of the file in `clusters/`, without `.yaml`. */
  readonly name: string;
  readonly accountId: string;
  readonly partition: Partition;
  readonly region: string;
  readonly oidc: OidcProvider;
  readonly kubernetes?: KubernetesAccess;
  /** Set with Kubernetes access or a verification runner through Qovery. */
  readonly qovery?: QoveryEnvironments;
  readonly chart: Chart;
  readonly roles: readonly Role[];
  /** The service accounts of the roles in the order of the roles, whoever creates them. */
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
  /** Import the provider that exists in the account into the state. */
  readonly import: boolean;
}

/** How Terraform reaches a cluster. */
export type ClusterAccess =
  | { readonly access: "eks"; readonly clusterName: string }
  | { readonly access: "kubeconfig"; readonly path?: string; readonly context?: string };

/** With `qovery` Terraform does not reach the cluster: Qovery creates the service accounts. */
export type KubernetesAccess = ClusterAccess | { readonly access: "qovery" };

export interface QoveryEnvironments {
  readonly organizationId: string;
  /** The ID of the environment by its namespace; every namespace with a service account has one. */
  readonly environments: Readonly<Record<string, string>>;
}

/** The Helm chart that creates the service accounts. */
export interface Chart {
  /** The name of the chart in the repository, or the absolute path of a local chart. @default "qovery-sa-helper" */
  readonly name: string;
  /** An https or OCI URL; undefined for a local chart. @default "https://qovery.github.io/create_service_account/" */
  readonly repository?: string;
  /** Undefined for a local chart. @default "0.1.0" */
  readonly version?: string;
}

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
  /** Further statements of the trust policy, which admit other principals than the service accounts. */
  readonly additionalTrust: readonly Statement[];
  /** One entry for each cluster whose tokens the trust policy accepts. The first is the cluster of the role. */
  readonly trusts: readonly Trust[];
  /** What the verifier does with the role's credentials. @default - an action that the role's policies allow */
  readonly probe?: string;
  /** Whether to adopt a role of this name that exists in the account. @default false */
  readonly import: boolean;
  /** The ARNs of the declared policies that are attached to the role before the first deployment. @default [] */
  readonly importPolicies: readonly string[];
  /** The names of the declared inline policies that the role has before the first deployment. @default [] */
  readonly importInlinePolicies: readonly string[];
  /** Whether `prevent_destroy` protects an imported role. @default - true with import, false without */
  readonly deletionProtection: boolean;
  /** Whether a deployment removes policies that are not declared. @default true */
  readonly exclusivePolicies: boolean;
  /** Whether the verification proves access of this role. @default true */
  readonly verify: boolean;
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
  /** At least one, each `system:serviceaccount:<namespace>:<name>`; in a pattern `*` matches any characters. */
  readonly subjects: readonly string[];
  readonly match: "exact" | "pattern";
}

/** A service account in one namespace, and its role. */
export interface ServiceAccount {
  readonly name: string;
  readonly namespace: string;
  readonly roleArn: string;
  readonly roleName: string;
  /** @default - something else creates the service account, such as a Helm chart or an operator */
  readonly release?: Release;
}

/** The Helm release of `qovery-sa-helper` that creates a service account. */
export interface Release {
  /** At most 53 characters. */
  readonly name: string;
  /** Whether the release takes over a service account that exists. @default false */
  readonly takeOwnership: boolean;
  /** Annotations of the service account besides the one with the ARN of its role. */
  readonly annotations: Readonly<Record<string, string>>;
}
