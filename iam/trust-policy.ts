import { issuerHostPath } from "./issuer";
import type { Conditions, PolicyDocument, Statement } from "./policy-types";

/** The audience of the tokens that the EKS webhook projects, in every partition. */
export const STS_AUDIENCE = "sts.amazonaws.com";

/** The subject that stands for every service account of a cluster: a trust in it pins the audience alone. */
export const ANY_SERVICE_ACCOUNT = "system:serviceaccount:*:*";

/** A service account's `sub`. Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens */
export function serviceAccountSubject(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

/** Whose tokens a role accepts: an OIDC provider's, and of those the ones with this subject. */
export interface TrustInput {
  readonly providerArn: string;
  /** The provider's https URL. */
  readonly issuer: string;
  readonly subject: string;
  /** `pattern`: `*` in the subject stands for any characters. */
  readonly match: "exact" | "pattern";
}

/** A role's trust policy, one statement for each trust. */
export function trustPolicy(trusts: readonly TrustInput[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: trusts.map(statement) };
}

function statement(trust: TrustInput): Statement {
  return {
    Effect: "Allow",
    Principal: { Federated: trust.providerArn },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: condition(trust),
  };
}

/**
 * `aud` always, and `sub`: without `aud` a token made for another audience would do, without `sub` any pod of the
 * cluster. A pattern goes under StringLike, since StringEquals takes `*` as a character.
 */
function condition({ issuer, subject, match }: TrustInput): Conditions {
  const key = issuerHostPath(issuer);
  const aud = { [`${key}:aud`]: STS_AUDIENCE };
  if (match === "pattern" && subject === ANY_SERVICE_ACCOUNT) return { StringEquals: aud };
  const sub = { [`${key}:sub`]: subject };
  return match === "exact" ? { StringEquals: { ...aud, ...sub } } : { StringEquals: aud, StringLike: sub };
}

/** The condition of a trust policy that would admit this one subject. */
export function matchingCondition(issuer: string, subject: string): Conditions {
  return condition({ providerArn: "", issuer, subject, match: "exact" });
}
