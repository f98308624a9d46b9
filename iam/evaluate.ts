import { type FailedCondition, failedConditions } from "./conditions";
import { globMatches, parseGlob } from "./glob";
import { issuerHostPath } from "./issuer";
import { members, type OneOrMany, type PolicyDocument, type Statement } from "./policy-types";
import type { RequestContext } from "./policy-variables";
import { type Caller, principalMatches, principalNames, webIdentity } from "./principals";
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

/** A call of AssumeRole, with what a trust policy can test. */
export interface AssumeRoleRequest {
  readonly action: "sts:AssumeRole";
  readonly caller: Caller;
  /** Condition key → value. The case of keys does not matter. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

type TrustRequest = WebIdentityRequest | AssumeRoleRequest;

/** The result of an evaluation. `no-match` denies the request, because no statement allows it. */
export interface Decision {
  readonly outcome: "allow" | "deny" | "no-match";
  /** Index of the decisive statement. */
  readonly statement?: number;
  readonly sid?: string | undefined;
}

/** An element that prevents a statement from matching. */
export type Mismatch =
  | ({ readonly element: "Action" | "NotAction" | "Principal" } & Pick<FailedCondition, "expected" | "actual">)
  | ({ readonly element: "Condition" } & FailedCondition);

export interface StatementTrace {
  readonly index: number;
  readonly statement: Statement;
  /** Empty if the statement matches. */
  readonly mismatches: readonly Mismatch[];
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
export function evaluateTrustPolicy(document: PolicyDocument, request: TrustRequest): Decision {
  return trustPolicyEvaluator(document)(request);
}

/**
 * Returns the evaluation of a trust policy, for many requests.
 * @throws PolicyError if the document is not a trust policy
 */
export function trustPolicyEvaluator(document: PolicyDocument): (request: TrustRequest) => Decision {
  checkPolicyShape(document);
  return (request) => decide(document, request);
}

/**
 * Returns the statements of a trust policy, with every element that prevents a statement from matching a request.
 * @throws PolicyError if the document is not a trust policy
 */
export function traceTrustPolicy(document: PolicyDocument, request: WebIdentityRequest): StatementTrace[] {
  checkPolicyShape(document);
  const context = requestContext(request);
  return members(document.Statement).map((statement, index) => ({
    index,
    statement,
    mismatches: mismatches(statement, request, context, hasVariables(document), Number.POSITIVE_INFINITY),
  }));
}

function decide(document: PolicyDocument, request: TrustRequest): Decision {
  const context = requestContext(request);
  const variables = hasVariables(document);
  let allowed: Decision | undefined;
  for (const [index, statement] of members(document.Statement).entries()) {
    if (mismatches(statement, request, context, variables, 1).length > 0) continue;
    const { Effect, Sid: sid } = statement;
    if (Effect === "Deny") return { outcome: "deny", statement: index, sid };
    allowed ??= { outcome: "allow", statement: index, sid };
  }
  return allowed ?? { outcome: "no-match" };
}

function requestContext(request: TrustRequest): RequestContext {
  const keys = new Map(Object.entries(request.context).map(([key, value]) => [key.toLowerCase(), members(value)]));
  if ("providerArn" in request) keys.set("aws:federatedprovider", [request.providerArn]);
  return keys;
}

/** IAM replaces policy variables in documents of this version only. */
function hasVariables({ Version }: PolicyDocument): boolean {
  return Version === "2012-10-17";
}

/** Returns the elements that prevent a statement from matching, at most this number. */
function mismatches(
  statement: Statement,
  request: TrustRequest,
  context: RequestContext,
  variables: boolean,
  most: number,
): Mismatch[] {
  const found: Mismatch[] = [];
  const { Action, NotAction, Principal, Condition } = statement;
  const action = request.action ?? "sts:AssumeRoleWithWebIdentity";
  if (Action !== undefined && !actionMatches(Action, action)) {
    found.push({ element: "Action", expected: members(Action), actual: [action] });
  }
  if (NotAction !== undefined && actionMatches(NotAction, action)) {
    found.push({ element: "NotAction", expected: members(NotAction), actual: [action] });
  }
  const caller = "caller" in request ? request.caller : webIdentity(request.providerArn);
  if (Principal !== undefined && !principalMatches(Principal, caller)) {
    const actual = [`${caller.type} ${caller.names[0]}`];
    found.push({ element: "Principal", expected: principalNames(Principal), actual });
  }
  if (Condition === undefined || found.length >= most) return found;
  for (const failed of failedConditions(Condition, context, variables, most - found.length)) {
    found.push({ element: "Condition", ...failed });
  }
  return found;
}

/** Returns whether a pattern matches the action. Case does not matter. */
function actionMatches(patterns: OneOrMany, action: string): boolean {
  const name = action.toLowerCase();
  return members(patterns).some((written) => {
    const pattern = written.toLowerCase();
    return pattern === name || globMatches(parseGlob(pattern), name);
  });
}
