import { members, type Principal } from "./policy-types";

/**
 * Whether a principal element names the identity provider of a web identity. `"*"` and `{"AWS": "*"}` are everyone; any
 * other AWS, Service or CanonicalUser principal is somebody else. A wildcard inside an ARN stands for nothing.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function principalMatches(principal: Principal, providerArn: string): boolean {
  if (typeof principal === "string") return principal === "*";
  return (
    members(principal.AWS).includes("*") ||
    members(principal.Federated).some((federated) => federated === "*" || federated === providerArn)
  );
}
