import { type FailedCondition, failedCondition } from "./conditions";
import { globMatches, parseGlob } from "./glob";
import { issuerHostPath } from "./issuer";
import { members, type OneOrMany, type PolicyDocument, type Statement } from "./policy-types";
import type { RequestContext } from "./policy-variables";
import { principalMatches } from "./principals";
import { checkPolicyShape } from "./trust-policy-shape";

/** A call of AssumeRoleWithWebIdentity, as a role's trust policy sees it. */
export interface WebIdentityRequest {
  /** @default "sts:AssumeRoleWithWebIdentity" */
  readonly action?: string;
  /** ARN of the IAM OIDC provider of the token's issuer. */
  readonly providerArn: string;
  /** Condition key → value; see `webIdentityContext`. Keys are read without regard to case. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** What kept a statement from matching. */
export type Mismatch =
  | { readonly element: "Action" | "NotAction" | "Principal" | "NotPrincipal" }
  | ({ readonly element: "Condition" } & FailedCondition);

export interface StatementTrace {
  readonly index: number;
  readonly sid?: string;
  readonly effect: "Allow" | "Deny";
  readonly matched: boolean;
  /** Why not; absent where it matched. */
  readonly mismatch?: Mismatch;
}

/** A trust policy's answer. `no-match` is a refusal too: nothing allowed it. */
export interface Decision {
  readonly outcome: "allow" | "deny" | "no-match";
  /** Index of the statement that decided. */
  readonly statement?: number;
  readonly sid?: string;
  /** Every statement, in the policy's order. */
  readonly trace: readonly StatementTrace[];
}

/**
 * The condition keys that STS derives from a web identity token. Claims that are no strings (or lists of strings) have none.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
export function webIdentityContext(
  issuer: string,
  claims: Readonly<Record<string, unknown>>,
  roleSessionName?: string,
): Record<string, string | readonly string[]> {
  const prefix = issuerHostPath(issuer);
  const context: Record<string, string | readonly string[]> = {};
  for (const claim of ["aud", "sub", "azp", "amr", "email"]) {
    const value = claims[claim];
    const strings = Array.isArray(value) && value.length > 0 && value.every((member) => typeof member === "string");
    if (typeof value === "string" || strings) context[`${prefix}:${claim}`] = value as string | string[];
  }
  if (roleSessionName !== undefined) context["sts:RoleSessionName"] = roleSessionName;
  return context;
}

/**
 * Decides a request by a trust policy as IAM does: a matching Deny wins over any Allow, whatever their order.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * @throws PolicyError where the document is not a policy
 * @throws UnknownOperatorError where a condition operator is unknown: no answer is better than a wrong one
 */
export function evaluateTrustPolicy(document: PolicyDocument, request: WebIdentityRequest): Decision {
  checkPolicyShape(document);
  const context: RequestContext = new Map(
    Object.entries(request.context).map(([key, value]) => [key.toLowerCase(), members(value)]),
  );
  const federated: RequestContext = new Map([...context, ["aws:federatedprovider", [request.providerArn]]]);
  const variables = document.Version === "2012-10-17";
  const trace = members(document.Statement).map((statement, index): StatementTrace => {
    const mismatch = findMismatch(statement, request, federated, variables);
    return {
      index,
      ...(statement.Sid === undefined ? {} : { sid: statement.Sid }),
      effect: statement.Effect,
      matched: mismatch === undefined,
      ...(mismatch ? { mismatch } : {}),
    };
  });
  const matched = trace.filter((entry) => entry.matched);
  const decisive = matched.find((entry) => entry.effect === "Deny") ?? matched[0];
  if (!decisive) return { outcome: "no-match", trace };
  return {
    outcome: decisive.effect === "Deny" ? "deny" : "allow",
    statement: decisive.index,
    ...(decisive.sid === undefined ? {} : { sid: decisive.sid }),
    trace,
  };
}

function findMismatch(
  statement: Statement,
  request: WebIdentityRequest,
  context: RequestContext,
  variables: boolean,
): Mismatch | undefined {
  // Conditions first, so that an unknown operator is an error also where another element does not match.
  const failed = failedCondition(statement.Condition ?? {}, context, variables);
  const action = request.action ?? "sts:AssumeRoleWithWebIdentity";
  if (statement.Action !== undefined && !actionMatches(statement.Action, action)) return { element: "Action" };
  if (statement.NotAction !== undefined && actionMatches(statement.NotAction, action)) return { element: "NotAction" };
  if (statement.Principal !== undefined && !principalMatches(statement.Principal, request.providerArn)) {
    return { element: "Principal" };
  }
  if (statement.NotPrincipal !== undefined && principalMatches(statement.NotPrincipal, request.providerArn)) {
    return { element: "NotPrincipal" };
  }
  return failed ? { element: "Condition", ...failed } : undefined;
}

/** Actions are compared without regard to case. */
function actionMatches(patterns: OneOrMany, action: string): boolean {
  return members(patterns).some((pattern) => globMatches(parseGlob(pattern.toLowerCase()), action.toLowerCase()));
}
