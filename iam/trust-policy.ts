import { issuerHostPath } from "./issuer";
import type { Conditions, PolicyDocument, Statement } from "./policy-types";

/** The audience of the tokens that the EKS webhook projects, in every partition. */
export const STS_AUDIENCE = "sts.amazonaws.com";

/** The subject pattern of every service account of a cluster. A trust in this pattern checks the audience only. */
export const ANY_SERVICE_ACCOUNT = "system:serviceaccount:*:*";

/** Returns the `sub` claim of a service account's tokens. Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens */
export function serviceAccountSubject(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

/** The tokens that a role accepts: tokens of one OIDC provider with one of these subjects. */
export interface TrustInput {
  readonly providerArn: string;
  /** The provider's URL, with `https://`. */
  readonly issuer: string;
  readonly subjects: readonly string[];
  /** With `pattern`, `*` in a subject matches any characters. */
  readonly match: "exact" | "pattern";
}

/** Returns a trust policy that has one statement for each trust, and then the additional statements. */
export function trustPolicy(trusts: readonly TrustInput[], additional: readonly Statement[] = []): PolicyDocument {
  return { Version: "2012-10-17", Statement: [...trusts.map(statement), ...additional] };
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
 * Returns conditions for both `aud` and `sub`. Without `aud`, STS accepts tokens that are meant for other audiences.
 * Without `sub`, STS accepts tokens of every pod of the cluster. In StringEquals, `*` is a literal character.
 */
function condition({ issuer, subjects, match }: TrustInput): Conditions {
  const key = issuerHostPath(issuer);
  const aud = { [`${key}:aud`]: STS_AUDIENCE };
  if (match === "pattern" && subjects.includes(ANY_SERVICE_ACCOUNT)) return { StringEquals: aud };
  const [first, ...more] = subjects as [string, ...string[]];
  const sub = { [`${key}:sub`]: more.length === 0 ? first : subjects };
  return match === "exact" ? { StringEquals: { ...aud, ...sub } } : { StringEquals: aud, StringLike: sub };
}

/** Returns the condition that admits only this subject. */
export function matchingCondition(issuer: string, subject: string): Conditions {
  return condition({ providerArn: "", issuer, subjects: [subject], match: "exact" });
}
