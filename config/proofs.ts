import { createHash } from "node:crypto";
import { probeOf } from "./probes";
import type { Cluster, Role, ServiceAccount } from "./project";

/**
 * What the verifier proves in the cluster: that a service account has its role (access), and that another service account
 * of the namespace does not (isolation).
 */
export interface Proof {
  readonly kind: "access" | "isolation";
  readonly account: ServiceAccount;
  readonly role: Role;
  /** The service account that the verifier runs as. */
  readonly runAs: string;
  readonly args: readonly string[];
  /**
   * Label value and part of object names: lower-case letters, digits and "-", at most 35 characters. Unique in the
   * namespace.
   */
  readonly name: string;
}

/**
 * Matches a warning, as `<reason>: <message>`, that only repeats that a Job ended or that an image is missing: another
 * event says why. Valid in JavaScript and in Terraform (RE2).
 */
export const REPEATED_WARNING =
  "^(DeadlineExceeded|BackoffLimitExceeded): |^Failed: Error: (ErrImagePull|ImagePullBackOff)$";

/** The label that all objects of the verification in Kubernetes carry. */
export const MANAGED_BY = { "app.kubernetes.io/managed-by": "qovery-irsa" };

/** The label with the hash of a proof's inputs. */
export const INPUTS_LABEL = "qovery-irsa/inputs";

/** The annotation of a service account from which the EKS webhook reads the role. */
export const ROLE_ANNOTATION = "eks.amazonaws.com/role-arn";

/** How long the verifier retries: IAM changes take seconds to propagate. Isolation has to hold for the whole time. */
const WAIT = { access: "90s", isolation: "20s" };

/**
 * Matches the condition keys and policy variables that stand for a tag of the role: `aws:PrincipalTag/…` in a permission
 * policy, `aws:ResourceTag/…` and `iam:ResourceTag/…` in a trust policy. IAM ignores the case of a key.
 */
const READS_TAGS = /:(?:Principal|Resource)Tag\//i;

/** The name prefix of the service accounts that isolation proofs run as. */
export const NEIGHBOUR_PREFIX = "irsa-isolation-";

/** Returns the proofs of the roles with verification. A role that trusts every service account has no isolation to prove. */
export function proofsOf(cluster: Cluster): Proof[] {
  const roles = new Map(cluster.roles.map((role) => [role.name, role]));
  return cluster.serviceAccounts.flatMap((account) => {
    const role = roles.get(account.roleName);
    if (!role?.verify) return [];
    const slug = slugOf(account.name);
    const common = ["--role-arn", role.arn, "--issuer", cluster.oidc.issuer];
    const access: Proof = {
      kind: "access",
      account,
      role,
      runAs: account.name,
      // Explicit, because a job on Qovery inherits the variables of the environment, which can set IRSA_VERIFIER_EXPECT.
      args: [...common, "--expect", "allowed", "--probe", probeOf(role), "--wait", WAIT.access],
      name: `${slug}-access`,
    };
    const isolation: Proof = {
      kind: "isolation",
      account,
      role,
      runAs: `${NEIGHBOUR_PREFIX}${slug}`,
      args: [...common, "--expect", "denied", "--wait", WAIT.isolation],
      name: `${slug}-isolation`,
    };
    return role.scope === "any-service-account" ? [access] : [access, isolation];
  });
}

/** Returns what creates a service account, as the beginning of a fix. */
export function createAccount({ name, roleArn, release }: ServiceAccount, cluster: string): string {
  if (release) return `Run \`cdktf deploy '${cluster}-service-accounts'\``;
  return `Deploy the Helm chart or the operator that creates ${name}, with the annotation ${ROLE_ANNOTATION}: ${roleArn}`;
}

/**
 * Returns the verifier's arguments in a job on Qovery. The job inherits the variables of its environment and project:
 * IRSA_VERIFIER_ALLOW_ENDPOINT among them must not turn the denial of another endpoint into a proof of isolation. A Job on
 * Kubernetes inherits no variables. There, only who can change the Job can set the variable, for example to test the stacks
 * against an emulator.
 */
export function argumentsOnQovery({ kind, args }: Proof): readonly string[] {
  return kind === "isolation" ? [...args, "--no-allow-endpoint"] : args;
}

/** Returns the name of the lifecycle job of a proof. */
export function qoveryJobName({ name }: Proof): string {
  return `irsa-${name}`;
}

/** Returns a hash of 12 hexadecimal digits over everything that a proof's result depends on. */
export function inputsOf({ account, role, runAs, args }: Proof, image: string): string {
  const { trustPolicy, managedPolicies, inlinePolicies, permissionsBoundary, exclusivePolicies, tags } = role;
  const policies = {
    trustPolicy,
    managedPolicies,
    inlinePolicies,
    permissionsBoundary,
    // With `false`, a policy that is not declared can allow the probe.
    ...(exclusivePolicies ? {} : { exclusivePolicies }),
    ...(READS_TAGS.test(JSON.stringify([trustPolicy, inlinePolicies])) ? { tags } : {}),
  };
  return hash(JSON.stringify([account.namespace, account.name, runAs, args, image, policies]), 12);
}

/** A service account's name as a label value and part of an object's name: at most 25 characters, unique by a hash. */
function slugOf(name: string): string {
  const slug = name.replaceAll(".", "-");
  return slug === name && name.length <= 25 ? name : `${slug.slice(0, 18).replace(/-+$/, "")}-${hash(name, 6)}`;
}

function hash(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}
