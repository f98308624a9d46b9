import type { Conditions } from "../iam/policy-types";

/** A permission of a role that runs Terraform, and why Terraform needs the permission. */
export interface Permission {
  /** Such as `iam:GetRole`. */
  readonly action: string;
  /** Exact names, with escaped wildcards. */
  readonly resource: string;
  readonly condition?: Conditions;
  /** What Terraform does with the action: "reads the role". */
  readonly reason: string;
}

/** Actions with the reasons why Terraform needs them. */
export type Reasons = Readonly<Record<string, string>>;

/** Returns a permission for each action. */
export function permissionsFor(actions: Reasons, resource: string, condition?: Conditions): Permission[] {
  return Object.entries(actions).map(([action, reason]) => ({
    action,
    resource: exact(resource),
    ...(condition === undefined ? {} : { condition }),
    reason,
  }));
}

/**
 * Returns an ARN in which no character is a wildcard or begins a variable: paths and keys of objects can contain `*`.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
 */
export function exact(arn: string): string {
  return arn.replace(/[*?$]/g, "$${$&}");
}
