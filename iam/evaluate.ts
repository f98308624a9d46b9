import { type FailedCondition, failedCondition } from "./conditions";
import { globMatches, parseGlob } from "./glob";
import { issuerHostPath } from "./issuer";
import { members, type OneOrMany, type PolicyDocument, type Statement } from "./policy-types";
import type { RequestContext } from "./policy-variables";
import { principalMatches } from "./principals";
import { checkPolicyShape } from "./trust-policy-shape";

/** A call of AssumeRoleWithWebIdentity, with what a trust policy can test. */
export interface WebIdentityRequest {
  /** @default "sts:AssumeRoleWithWebIdentity" */
  readonly action?: string;
  /** ARN of the IAM OIDC provider for the token's issuer. */
  readonly providerArn: string;
  /** Condition key → value, as `webIdentityContext` returns. The case of keys does not matter. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** The element that prevented a statement from matching. */
export type Mismatch =
  | { readonly element: "Action" | "NotAction" | "Principal" }
  | ({ readonly element: "Condition" } & FailedCondition);

export interface StatementTrace {
  readonly index: number;
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  readonly matched: boolean;
  /** Undefined if the statement matched. */
  readonly mismatch: Mismatch | undefined;
}

/** The result of an evaluation. `no-match` denies the request, because no statement allows it. */
export interface Decision {
  readonly outcome: "allow" | "deny" | "no-match";
  /** Index of the decisive statement. */
  readonly statement?: number;
  readonly sid?: string | undefined;
  /** All statements, in the policy's order. */
  readonly trace: readonly StatementTrace[];
}

const CLAIMS = ["aud", "sub", "azp", "amr", "email"] as const;

/**
 * Returns the condition keys that STS derives from a web identity token. Only strings and lists of strings have a key.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
export function webIdentityContext(
  issuer: string,
  claims: Readonly<Record<string, unknown>>,
  roleSessionName?: string,
): Record<string, string | readonly string[]> {
  const prefix = issuerHostPath(issuer);
  const context: Record<string, string | readonly string[]> = {};
  for (const claim of CLAIMS) {
    if (!Object.hasOwn(claims, claim)) continue;
    const value = claims[claim];
    const strings = Array.isArray(value) && value.length > 0 && value.every((member) => typeof member === "string");
    if (typeof value === "string" || strings) context[`${prefix}:${claim}`] = value as string | string[];
  }
  if (roleSessionName !== undefined) context["sts:RoleSessionName"] = roleSessionName;
  return context;
}

/**
 * Returns the decision of a trust policy about a request. A matching Deny overrides every Allow.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * @throws PolicyError if the document is not a trust policy
 */
export function evaluateTrustPolicy(document: PolicyDocument, request: WebIdentityRequest): Decision {
  return trustPolicyEvaluator(document)(request);
}

/**
 * Returns the evaluation of a trust policy, for many requests.
 * @throws PolicyError if the document is not a trust policy
 */
export function trustPolicyEvaluator(document: PolicyDocument): (request: WebIdentityRequest) => Decision {
  checkPolicyShape(document);
  return (request) => decide(document, request);
}

function decide(document: PolicyDocument, request: WebIdentityRequest): Decision {
  const context = new Map<string, readonly string[]>([["aws:federatedprovider", [request.providerArn]]]);
  for (const [key, value] of Object.entries(request.context)) {
    if (key.toLowerCase() !== "aws:federatedprovider") context.set(key.toLowerCase(), members(value));
  }
  const variables = document.Version === "2012-10-17";
  const trace = members(document.Statement).map((statement, index): StatementTrace => {
    const mismatch = findMismatch(statement, request, context, variables);
    return { index, sid: statement.Sid, effect: statement.Effect, matched: mismatch === undefined, mismatch };
  });
  const matched = trace.filter((entry) => entry.matched);
  const decisive = matched.find((entry) => entry.effect === "Deny") ?? matched[0];
  if (!decisive) return { outcome: "no-match", trace };
  return {
    outcome: decisive.effect === "Deny" ? "deny" : "allow",
    statement: decisive.index,
    sid: decisive.sid,
    trace,
  };
}

function findMismatch(
  statement: Statement,
  request: WebIdentityRequest,
  context: RequestContext,
  variables: boolean,
): Mismatch | undefined {
  const action = request.action ?? "sts:AssumeRoleWithWebIdentity";
  if (statement.Action !== undefined && !actionMatches(statement.Action, action)) return { element: "Action" };
  if (statement.NotAction !== undefined && actionMatches(statement.NotAction, action)) return { element: "NotAction" };
  if (statement.Principal !== undefined && !principalMatches(statement.Principal, request.providerArn)) {
    return { element: "Principal" };
  }
  const failed = failedCondition(statement.Condition ?? {}, context, variables);
  return failed ? { element: "Condition", ...failed } : undefined;
}

/** Returns whether a pattern matches the action. Case does not matter. */
function actionMatches(patterns: OneOrMany, action: string): boolean {
  const name = action.toLowerCase();
  return members(patterns).some((written) => {
    const pattern = written.toLowerCase();
    return pattern === name || globMatches(parseGlob(pattern), name);
  });
}
