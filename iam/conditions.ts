import { parseGlob } from "./glob";
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

/** Returns the first condition of a block that is not met, or undefined if all are met. */
export function failedCondition(
  block: Conditions,
  context: RequestContext,
  variables: boolean,
): FailedCondition | undefined {
  return failedConditions(block, context, variables, 1)[0];
}

/**
 * Returns the conditions of a block that are not met. All operators and keys must be met. A key is met if one of its
 * values is met. An operator that does not exist is never met.
 * @param variables replaces policy variables, as IAM does for version 2012-10-17 only
 * @param most the number of conditions after which the evaluation ends
 */
export function failedConditions(
  block: Conditions,
  context: RequestContext,
  variables: boolean,
  most: number,
): FailedCondition[] {
  const failed: FailedCondition[] = [];
  for (const [name, keys] of Object.entries(block)) {
    const operator = parseOperator(name);
    for (const [key, value] of Object.entries(keys)) {
      const expected = members(value).map(String);
      const actual = context.get(key.toLowerCase());
      if (operator === undefined || !conditionHolds(operator, expected, actual, context, variables)) {
        failed.push({ operator: name, key, expected, actual });
        if (failed.length === most) return failed;
      }
    }
  }
  return failed;
}

function conditionHolds(
  operator: Operator,
  expected: readonly string[],
  actual: readonly string[] | undefined,
  context: RequestContext,
  variables: boolean,
): boolean {
  const { comparison, set } = operator;
  const absent = actual === undefined || actual.length === 0;
  if (comparison === "Null") return expected.some((value) => value.toLowerCase() === String(absent));
  if (absent) return isMetByAbsentKey(operator);
  // "a null dataset, such as an empty string". Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
  if (set !== undefined && actual.every((value) => value === "")) return set === "ForAllValues";
  const replaced = variables && (comparison.type === "string" || comparison.type === "arn");
  const patterns = expected.map((value) => (replaced ? patternWithVariables(value, context) : parseGlob(value)));
  // A variable without a value prevents the statement from matching.
  if (patterns.includes(undefined)) return false;
  const negated = comparison.negated === true;
  // Without a set operator, one member must match a positive operator, and no member can match a negated operator.
  const all = set === "ForAllValues" || (negated && set === undefined);
  for (const value of actual) {
    const found = patterns.some((pattern) => pattern !== undefined && comparison.holds(pattern, value));
    if ((found !== negated) !== all) return !all;
  }
  return all;
}
