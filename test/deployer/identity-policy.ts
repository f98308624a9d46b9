import { failedCondition } from "../../iam/conditions";
import { globMatches, parseGlob } from "../../iam/glob";
import { members, type PolicyDocument, type Statement } from "../../iam/policy-types";
import { patternWithVariables, type RequestContext } from "../../iam/policy-variables";
import type { Request } from "./aws-calls";

/**
 * Returns whether one of the policies of an identity allows a request. The policies have no Deny statements.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function allows(policies: readonly PolicyDocument[], request: Request): boolean {
  return policies.flatMap((policy) => members(policy.Statement)).some((statement) => admits(statement, request));
}

function admits({ Effect, Action, Resource, Condition = {} }: Statement, { action, resource, context }: Request) {
  if (Effect !== "Allow") throw new Error("the evaluation knows Allow statements only");
  const values: RequestContext = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), [value]]));
  const named = members(Action).some((pattern) => globMatches(parseGlob(pattern.toLowerCase()), action.toLowerCase()));
  const covered = members(Resource).some((pattern) => {
    const tokens = patternWithVariables(pattern, values);
    return tokens !== undefined && globMatches(tokens, resource);
  });
  return named && covered && failedCondition(Condition, values, true) === undefined;
}
