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
  aws: "If you cannot change AWS, or no fix helps, send this report to the team that runs `cdktf deploy`, usually the platform team.",
  cluster:
    "If you cannot use kubectl, or no fix helps, send this report to the team that operates the cluster, usually the platform team.",
  network:
    "If no fix helps, send this report to the team that operates the cluster and its network, usually the platform team.",
} as const;

/** The file that declares a role, in a fix. `CLUSTER_NOTE` follows the fix. */
export const CLUSTER_FILE = "clusters/<cluster>.yaml";

/** The sentence after fixes that name `<cluster>`. */
export const CLUSTER_NOTE =
  "<cluster> is the name of the file that declares the role, without .yaml; clusters/ is in the repository of the configuration. Before a deployment, read `cdktf diff` with the same stacks.";

export const DEPLOY_IAM = "run `cdktf deploy '<cluster>-iam'`";

export const DEPLOY_ALL = "run `cdktf deploy '<cluster>-iam' '<cluster>-service-accounts'`";

/** Writes the role's ARN into the annotation of the service account. */
export const ANNOTATE =
  "run `cdktf deploy '<cluster>-service-accounts'`, or, if a Helm chart or an operator creates the service account, set the annotation there (awsRoleArn in the values of Qovery's chart) and deploy it";

/** The scopes on Qovery that can set a pod's variable. `SCOPES_NOTE` follows the fix. */
export const SCOPES = "in the Variables of the service, its environment or its project";

/** The sentence after fixes that name `SCOPES`. */
export const SCOPES_NOTE =
  "A variable of an environment or a project applies to all services in it: if another one needs the value, override the variable on this service instead.";

export const REDEPLOY = "then redeploy the service";

/** Where an option of the verifier belongs. */
export const ARGUMENTS = "the arguments of the verifier's job (on Qovery: CMD arguments; on Kubernetes: `args`)";

/** Follows "run the verifier again". A report of a run with `--wait` leaves it out. */
export const OR_WAIT = `, or add \`--wait 60s\` to ${ARGUMENTS}, to retry within one run`;

export const RETRY = `Run the verifier again${OR_WAIT}.`;

/** Where the probe of a job belongs that this project created. */
export const DECLARED_PROBE = `If \`cdktf deploy '<cluster>-verification'\` created the job (its name contains -access): set \`verification.probe\` of the role in ${CLUSTER_FILE} instead, then run that command.`;

/** Selects the service account of a service. Helm services have no advanced setting for it. */
export const SERVICE_ACCOUNT =
  "`security.service_account_name` in the advanced settings of the service (for a Helm service: the service account in the values of its chart)";

/** Returns the fix for a variable that nobody should set. */
export function deleteOnQovery(names: string): string {
  return `On Qovery, delete ${names} ${SCOPES}, ${REDEPLOY}.`;
}

/** Fixes for a denial, by the policy type that AWS names. */
export const LAYER_FIXES = {
  boundary: ({ action }: Values<"action">) =>
    `If the role must be allowed to call ${action}: allow ${action} in the permissions boundary of the role (permissionsBoundary in ${CLUSTER_FILE} or irsa.yaml). ${ASK.aws}`,
  organization: ({ action, layer }: Values<"action" | "layer">) =>
    `Ask the team that manages AWS Organizations whether the ${layer} should allow ${action} for this role.`,
  endpoint: ({ action }: Values<"action">) =>
    `Ask the team that operates the VPC to allow ${action} for this role in the policy of the VPC endpoint that the pod uses.`,
  session: "Find the proxy between the pod and STS that adds a session policy: the verifier sets none.",
  unnamed: ({ action }: Values<"action">) =>
    `Search for a statement that denies ${action} in the policies of the role, its permissions boundary, the policies of AWS Organizations and the policy of the VPC endpoint. ${ASK.aws}`,
} as const satisfies Record<string, Fix>;

export const SYNC_CLOCK = "Fix the time synchronization of the node (chrony on EKS nodes), or replace the node.";
