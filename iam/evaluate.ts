import { type ConditionEvaluator, conditionEvaluator, type FailedCondition } from "./conditions";
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

type Claims = Readonly<Record<string, unknown>>;
type Context = Record<string, string | readonly string[]>;

/**
 * Returns the condition keys that STS derives from a web identity token, in lower case. Only strings and lists of strings
 * have a key.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
export function webIdentityContext(issuer: string, claims: Claims, roleSessionName?: string): Context {
  return webIdentityContexts(issuer)(claims, roleSessionName);
}

/** Returns the function that gives the condition keys of a token, for many tokens of an issuer. */
export function webIdentityContexts(issuer: string): (claims: Claims, roleSessionName?: string) => Context {
  const prefix = issuerHostPath(issuer).toLowerCase();
  const keys = CLAIMS.map((claim) => [claim, `${prefix}:${claim}`] as const);
  return (claims, roleSessionName) => {
    const context: Context = {};
    for (const [claim, key] of keys) {
      if (!Object.hasOwn(claims, claim)) continue;
      const value = claims[claim];
      const strings = Array.isArray(value) && value.length > 0 && value.every((member) => typeof member === "string");
      if (typeof value === "string" || strings) context[key] = value as string | string[];
    }
    if (roleSessionName !== undefined) context["sts:RoleSessionName"] = roleSessionName;
    return context;
  };
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
  const statements = parseStatements(document);
  return (request) => decide(statements, request);
}

/**
 * Returns the statements of a trust policy, with every element that prevents a statement from matching a request.
 * @throws PolicyError if the document is not a trust policy
 */
export function traceTrustPolicy(document: PolicyDocument, request: WebIdentityRequest): StatementTrace[] {
  const context = requestContext(request);
  return parseStatements(document).map((parsed, index) => ({
    index,
    statement: parsed.statement,
    mismatches: mismatches(parsed, request, context, Number.POSITIVE_INFINITY),
  }));
}

interface ParsedStatement {
  readonly statement: Statement;
  readonly failedConditions: ConditionEvaluator;
}

function parseStatements(document: PolicyDocument): ParsedStatement[] {
  checkPolicyShape(document);
  // IAM replaces policy variables in documents of this version only.
  const variables = document.Version === "2012-10-17";
  return members(document.Statement).map((statement) => ({
    statement,
    failedConditions: conditionEvaluator(statement.Condition ?? {}, variables),
  }));
}

function decide(statements: readonly ParsedStatement[], request: TrustRequest): Decision {
  const context = requestContext(request);
  let allowed: Decision | undefined;
  for (const [index, parsed] of statements.entries()) {
    if (mismatches(parsed, request, context, 1).length > 0) continue;
    const { Effect, Sid: sid } = parsed.statement;
    if (Effect === "Deny") return { outcome: "deny", statement: index, sid };
    allowed ??= { outcome: "allow", statement: index, sid };
  }
  return allowed ?? { outcome: "no-match" };
}

function requestContext(request: TrustRequest): RequestContext {
  const keys = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(request.context)) keys.set(key.toLowerCase(), members(value));
  if ("providerArn" in request) keys.set("aws:federatedprovider", [request.providerArn]);
  return keys;
}

/** Returns the elements that prevent a statement from matching, at most this number. */
function mismatches(
  { statement, failedConditions }: ParsedStatement,
  request: TrustRequest,
  context: RequestContext,
  most: number,
): Mismatch[] {
  const found: Mismatch[] = [];
  const { Action, NotAction, Principal } = statement;
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
  if (found.length >= most) return found;
  for (const failed of failedConditions(context, most - found.length)) {
    found.push({ element: "Condition", ...failed });
  }
  return found;
}

/** Returns whether a pattern matches the action. Case does not matter. */
function actionMatches(patterns: OneOrMany, action: string): boolean {
  const name = action.toLowerCase();
  return members(patterns).some((pattern) => globMatches(parseGlob(pattern.toLowerCase()), name));
}
