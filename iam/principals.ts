import { members, type Principal } from "./policy-types";

/**
 * Returns whether a principal element includes a web identity from this provider. `"*"` and `{"AWS": "*"}` include
 * everyone. Other AWS, Service and CanonicalUser principals do not. A `*` inside an ARN is a literal character.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function principalMatches(principal: Principal, providerArn: string): boolean {
  if (typeof principal === "string") return principal === "*";
  return (
    members(principal.AWS).includes("*") ||
    members(principal.Federated).some((federated) => federated === "*" || federated === providerArn)
  );
}

/** Returns the principals of a statement with their types, such as `Service ec2.amazonaws.com`, or `*`. */
export function principalNames(principal: Principal): string[] {
  if (typeof principal === "string") return [principal];
  return Object.entries(principal).flatMap(([type, names]) => members(names).map((name) => `${type} ${name}`));
}
