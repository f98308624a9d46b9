import { type Glob, parseGlob } from "./glob";
import { isMetByAbsentKey, type Operator, parseOperator } from "./operators";
import { type Conditions, members } from "./policy-types";
import { patternWithVariables, type RequestContext } from "./policy-variables";

/** A condition that was not met. */
export interface FailedCondition {
  readonly operator: string;
  readonly key: string;
  readonly expected: readonly string[];
  /** The request's values; undefined if the request does not have the key. */
  readonly actual: readonly string[] | undefined;
}

/** Returns the conditions that a request does not meet, at most this number. */
export type ConditionEvaluator = (context: RequestContext, most: number) => FailedCondition[];

/** Returns the first condition of a block that is not met, or undefined if all are met. */
export function failedCondition(
  block: Conditions,
  context: RequestContext,
  variables: boolean,
): FailedCondition | undefined {
  return conditionEvaluator(block, variables)(context, 1)[0];
}

/**
 * Returns the evaluation of a block, for many requests. All operators and keys must be met. A key is met if one of its
 * values is met. An operator that does not exist is never met.
 * @param variables replaces policy variables, as IAM does for version 2012-10-17 only
 */
export function conditionEvaluator(block: Conditions, variables: boolean): ConditionEvaluator {
  const conditions = Object.entries(block).flatMap(([name, keys]) => {
    const operator = parseOperator(name);
    return Object.entries(keys).map(([key, value]) => {
      const expected = members(value).map(String);
      const holds = operator ? conditionOf(operator, expected, variables) : () => false;
      return { operator: name, key, contextKey: key.toLowerCase(), expected, holds };
    });
  });
  return (context, most) => {
    const failed: FailedCondition[] = [];
    for (const { operator, key, contextKey, expected, holds } of conditions) {
      const actual = context.get(contextKey);
      if (holds(actual, context)) continue;
      failed.push({ operator, key, expected, actual });
      if (failed.length === most) break;
    }
    return failed;
  };
}

type Holds = (actual: readonly string[] | undefined, context: RequestContext) => boolean;

function conditionOf(operator: Operator, expected: readonly string[], variables: boolean): Holds {
  const { comparison, set } = operator;
  if (comparison === "Null") {
    return (actual) => expected.some((value) => value.toLowerCase() === String(isAbsent(actual)));
  }
  const patternsFor = patternsOf(expected, variables && (comparison.type === "string" || comparison.type === "arn"));
  const negated = comparison.negated === true;
  // Without a set operator, one member must match a positive operator, and no member can match a negated operator.
  const all = set === "ForAllValues" || (negated && set === undefined);
  return (actual, context) => {
    if (isAbsent(actual)) return isMetByAbsentKey(operator);
    // "a null dataset, such as an empty string". Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    if (set !== undefined && actual.every((value) => value === "")) return set === "ForAllValues";
    const patterns = patternsFor(context);
    // A variable without a value prevents the statement from matching.
    if (patterns === undefined) return false;
    for (const value of actual) {
      const found = patterns.some((pattern) => comparison.holds(pattern, value));
      if ((found !== negated) !== all) return !all;
    }
    return all;
  };
}

/** Returns a condition's values as patterns, by request; undefined if a variable does not have a value. */
function patternsOf(
  expected: readonly string[],
  variables: boolean,
): (context: RequestContext) => readonly Glob[] | undefined {
  if (!variables || !expected.some((value) => value.includes("${"))) {
    const patterns = expected.map((value) => parseGlob(value));
    return () => patterns;
  }
  return (context) => {
    const patterns = expected.map((value) => patternWithVariables(value, context));
    return patterns.every((pattern) => pattern !== undefined) ? patterns : undefined;
  };
}

function isAbsent(actual: readonly string[] | undefined): actual is undefined {
  return actual === undefined || actual.length === 0;
}
