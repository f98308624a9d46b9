/** The areas of the checks, in the order in which the checks run. */
export type Category = "environment" | "token" | "sts" | "identity" | "network";

/** Observed values that a fix names. */
export type Values<Names extends string> = Readonly<Record<Names, string>>;

/** Imperative sentences; a function if they name observed values. */
export type Fix = string | ((values: never) => string);

/** Everything that the verifier and its documentation say about a code. */
export interface CatalogueEntry {
  readonly category: Category;
  /** A statement that is true if the check passes. */
  readonly title: string;
  /** The title, negated. */
  readonly failure: string;
  /** The exit code if this is the first failure. 0: a warning, which fails only with `--strict`. */
  readonly exit: 0 | 1 | 3;
  /** Whether the failure can disappear within a minute or two, so that `--wait` tries again. */
  readonly retryable?: true;
  /** What the failure means and what causes it, as Markdown for docs/checks.md. */
  readonly meaning: string;
  /** The fixes, the most likely one first. A report shows those that fit what was observed; docs/checks.md shows all. */
  readonly fixes: Readonly<Record<string, Fix>>;
  /** For a warning: the beginnings of the codes whose failure the warning probably explains. @default - none */
  readonly explains?: readonly string[];
  /** The people who can apply the fixes, if access to Qovery's console is not enough. @default - nobody else */
  readonly ask?: keyof typeof ASK;
  /** The documentation of AWS, Kubernetes or Qovery behind the check, as Markdown. */
  readonly source: string;
}

/** The last sentence of a fix that needs more than Qovery's console. */
export const ASK = {
  aws: "Without access to AWS IAM, send this report to the team that deploys clusters/*.yaml.",
  cluster: "Without access to the cluster, send this report to the team that operates the cluster.",
  network: "Without access to the network, send this report to the team that operates the cluster and its VPC.",
} as const;

/** The scopes on Qovery that can set a pod's variable. */
export const SCOPES = "in the Variables of the service, its environment and its project";

export const REDEPLOY = "then redeploy the service";

/** Returns the fix for a variable that nobody should set. */
export function deleteOnQovery(names: string): string {
  return `On Qovery, delete ${names} ${SCOPES}, ${REDEPLOY}.`;
}

/** Fixes for a denial, by the policy type that AWS names. */
export const LAYER_FIXES = {
  boundary: ({ action }: Values<"action">) =>
    `If the role must be allowed to call ${action}: allow ${action} in the permissions boundary of the role (permissionsBoundary in clusters/*.yaml or irsa.yaml). ${ASK.aws}`,
  organization: ({ action, layer }: Values<"action" | "layer">) =>
    `Ask the team that manages AWS Organizations whether the ${layer} should allow ${action} for this role.`,
  endpoint: ({ action }: Values<"action">) =>
    `Ask the team that operates the VPC to allow ${action} for this role in the policy of the VPC endpoint that the pod uses.`,
  session: "Find the proxy between the pod and STS that adds a session policy: the verifier sets none.",
  unnamed: ({ action }: Values<"action">) =>
    `Search for a statement that denies ${action} in the policies of the role, its permissions boundary, the policies of AWS Organizations and the policy of the VPC endpoint. ${ASK.aws}`,
} as const satisfies Record<string, Fix>;

export const SYNC_CLOCK = "Fix the time synchronization of the node (chrony on EKS nodes), or replace the node.";
