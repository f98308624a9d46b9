import { parseRoleArn } from "./arn";
import { members, type Principal } from "./policy-types";

/** Who makes a request, by each name that a principal element can have for the caller. */
export interface Caller {
  readonly type: "AWS" | "Federated";
  readonly names: readonly string[];
}

/**
 * Returns whether a principal element includes a caller. `"*"` and `{"AWS": "*"}` include everyone. A `*` inside an ARN is
 * a literal character.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function principalMatches(principal: Principal, { type, names }: Caller): boolean {
  if (typeof principal === "string") return principal === "*";
  return (
    members(principal.AWS).includes("*") ||
    members(principal[type]).some((name) => (type === "Federated" && name === "*") || names.includes(name))
  );
}

/** Returns a web identity from an OIDC provider. */
export function webIdentity(providerArn: string): Caller {
  return { type: "Federated", names: [providerArn] };
}

/** Returns a session of a role. Its account and the account's root stand for every identity of the account. */
export function roleSession(role: string, session: string): Caller {
  const { partition = "", accountId = "" } = parseRoleArn(role) ?? {};
  return { type: "AWS", names: [role, session, accountId, `arn:${partition}:iam::${accountId}:root`] };
}

/** Returns the principals of a statement with their types, such as `Service ec2.amazonaws.com`, or `*`. */
export function principalNames(principal: Principal): string[] {
  if (typeof principal === "string") return [principal];
  return Object.entries(principal).flatMap(([type, names]) => members(names).map((name) => `${type} ${name}`));
}
