import { type GlobToken, globMatches, parseGlob } from "./glob";
import { type Conditions, members } from "./policy-types";
import { patternWithVariables, type RequestContext } from "./policy-variables";

/** A policy uses a condition operator that does not exist. */
export class UnknownOperatorError extends Error {
  constructor(readonly operator: string) {
    super(`unknown condition operator "${operator}"; use ${Object.keys(COMPARISONS).join(", ")} or Null`);
  }
}

/** A condition that was not met. */
export interface FailedCondition {
  readonly operator: string;
  readonly key: string;
  readonly expected: readonly string[];
  /** The request's values; undefined if the request does not have the key. */
  readonly actual: readonly string[] | undefined;
}

interface Comparison {
  /** Returns whether a value of the request meets a value of the policy. */
  readonly holds: (pattern: GlobToken[], value: string) => boolean;
  /** A negated operator is met if no value matches, and also if the key is absent. */
  readonly negated?: boolean;
  /** The operator replaces policy variables. */
  readonly variables?: boolean;
}

const text = (pattern: readonly GlobToken[]) =>
  pattern.map((token) => (token === "any" ? "*" : token === "one" ? "?" : token.literal)).join("");

const equals: Comparison["holds"] = (pattern, value) => text(pattern) === value;
const equalsIgnoringCase: Comparison["holds"] = (pattern, value) => text(pattern).toLowerCase() === value.toLowerCase();

/** Compares each of the six parts of an ARN, so that `*` does not match across colons. ArnEquals equals ArnLike. */
const arnLike: Comparison["holds"] = (pattern, value) => {
  const [wanted, given] = [arnParts(pattern), arnParts(parseGlob(value))];
  return (
    wanted.length === 6 && given.length === 6 && wanted.every((part, i) => globMatches(part, text(given[i] ?? [])))
  );
};

/** Returns a pattern split at its first five colons. The sixth part, the resource, can contain colons. */
function arnParts(pattern: readonly GlobToken[]): GlobToken[][] {
  const parts: GlobToken[][] = [[]];
  for (const token of pattern) {
    if (parts.length < 6 && typeof token === "object" && token.literal === ":") parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

const numeric =
  (holds: (wanted: number, given: number) => boolean, read: (value: string) => number = Number): Comparison["holds"] =>
  (pattern, value) => {
    const [wanted, given] = [read(text(pattern)), read(value)];
    return !Number.isNaN(wanted) && !Number.isNaN(given) && holds(wanted, given);
  };
/** Reads an ISO 8601 date, or seconds since 1970. */
const date = (value: string) => (/^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value));

/** Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const COMPARISONS: Readonly<Record<string, Comparison>> = {
  StringEquals: { holds: equals, variables: true },
  StringNotEquals: { holds: equals, negated: true, variables: true },
  StringEqualsIgnoreCase: { holds: equalsIgnoringCase, variables: true },
  StringNotEqualsIgnoreCase: { holds: equalsIgnoringCase, negated: true, variables: true },
  StringLike: { holds: globMatches, variables: true },
  StringNotLike: { holds: globMatches, negated: true, variables: true },
  ArnEquals: { holds: arnLike, variables: true },
  ArnLike: { holds: arnLike, variables: true },
  ArnNotEquals: { holds: arnLike, negated: true, variables: true },
  ArnNotLike: { holds: arnLike, negated: true, variables: true },
  Bool: { holds: equalsIgnoringCase },
  NumericEquals: { holds: numeric((wanted, given) => given === wanted) },
  NumericNotEquals: { holds: numeric((wanted, given) => given === wanted), negated: true },
  NumericLessThan: { holds: numeric((wanted, given) => given < wanted) },
  NumericLessThanEquals: { holds: numeric((wanted, given) => given <= wanted) },
  NumericGreaterThan: { holds: numeric((wanted, given) => given > wanted) },
  NumericGreaterThanEquals: { holds: numeric((wanted, given) => given >= wanted) },
  DateEquals: { holds: numeric((wanted, given) => given === wanted, date) },
  DateNotEquals: { holds: numeric((wanted, given) => given === wanted, date), negated: true },
  DateLessThan: { holds: numeric((wanted, given) => given < wanted, date) },
  DateLessThanEquals: { holds: numeric((wanted, given) => given <= wanted, date) },
  DateGreaterThan: { holds: numeric((wanted, given) => given > wanted, date) },
  DateGreaterThanEquals: { holds: numeric((wanted, given) => given >= wanted, date) },
};

/** The parts of an operator's name, such as `ForAnyValue:StringLikeIfExists`. */
interface Operator {
  readonly comparison: Comparison | "Null";
  readonly set?: "ForAnyValue" | "ForAllValues";
  readonly ifExists: boolean;
}

/** @throws UnknownOperatorError */
export function parseOperator(name: string): Operator {
  const [, set, rest = ""] = /^(?:(ForAnyValue|ForAllValues):)?(.*)$/.exec(name) ?? [];
  if (rest === "Null" && set === undefined) return { comparison: "Null", ifExists: false };
  const ifExists = rest.endsWith("IfExists");
  const base = ifExists ? rest.slice(0, -"IfExists".length) : rest;
  const comparison = Object.hasOwn(COMPARISONS, base) ? COMPARISONS[base] : undefined;
  if (!comparison) throw new UnknownOperatorError(name);
  return { comparison, ifExists, ...(set ? { set: set as "ForAnyValue" } : {}) };
}

/**
 * Returns the first condition of a block that is not met, or undefined if all are met. All operators and keys must be
 * met. A key is met if one of its values is met.
 * @param variables replaces policy variables, as IAM does for version 2012-10-17 only
 * @throws UnknownOperatorError for any unknown operator of the block, even if another condition is not met
 */
export function failedCondition(
  block: Conditions,
  context: RequestContext,
  variables: boolean,
): FailedCondition | undefined {
  let failed: FailedCondition | undefined;
  for (const [name, keys] of Object.entries(block)) {
    const operator = parseOperator(name);
    for (const [key, value] of Object.entries(keys)) {
      const expected = members(value).map(String);
      const actual = context.get(key.toLowerCase());
      if (!failed && !conditionHolds(operator, expected, actual, context, variables)) {
        failed = { operator: name, key, expected, actual };
      }
    }
  }
  return failed;
}

function conditionHolds(
  { comparison, set, ifExists }: Operator,
  expected: readonly string[],
  actual: readonly string[] | undefined,
  context: RequestContext,
  variables: boolean,
): boolean {
  const absent = actual === undefined || actual.length === 0;
  if (comparison === "Null") return expected.some((value) => value.toLowerCase() === String(absent));
  if (absent) return ifExists || set === "ForAllValues" || (comparison.negated === true && set === undefined);
  const patterns: GlobToken[][] = [];
  for (const value of expected) {
    const pattern = comparison.variables && variables ? patternWithVariables(value, context) : parseGlob(value);
    if (pattern === undefined) return false;
    patterns.push(pattern);
  }
  const found = (value: string) => patterns.some((pattern) => comparison.holds(pattern, value));
  const passes = comparison.negated ? (value: string) => !found(value) : found;
  if (set === "ForAllValues") return actual.every(passes);
  if (set === "ForAnyValue") return actual.some(passes);
  // Without a set operator, one member must match a positive operator, and no member can match a negated operator.
  return comparison.negated ? actual.every(passes) : actual.some(passes);
}
