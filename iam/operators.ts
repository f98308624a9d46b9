import { ipRangeContains, parseBinary, parseBool, parseDate, parseIpRange, parseNumber } from "./condition-values";
import { type Glob, type GlobToken, globMatches, globOf, parseGlob } from "./glob";

/** The type of the values that an operator compares. */
export type ValueType = "string" | "arn" | "bool" | "numeric" | "date" | "ip" | "binary";

interface Comparison {
  readonly type: ValueType;
  /** Returns whether a value of the request meets a value of the policy. */
  readonly holds: (pattern: Glob, value: string) => boolean;
  /** A negated operator is met if no value matches, and also if the key is absent. */
  readonly negated?: boolean;
  /** `*` and `?` in the policy's value are wildcards. */
  readonly wildcards?: boolean;
}

const equals: Comparison["holds"] = ({ text }, value) => text === value;
const equalsIgnoringCase: Comparison["holds"] = ({ text }, value) => text.toLowerCase() === value.toLowerCase();

/** Compares each of the six parts of an ARN, so that `*` does not match across colons. ArnEquals equals ArnLike. */
const arnLike: Comparison["holds"] = (pattern, value) => {
  const [wanted, given] = [arnParts(pattern), arnParts(parseGlob(value))];
  return (
    wanted.length === 6 && given.length === 6 && wanted.every((part, i) => globMatches(part, given[i]?.text ?? ""))
  );
};

/** Returns a pattern split at its first five colons. The sixth part, the resource, can contain colons. */
function arnParts({ tokens }: Glob): Glob[] {
  const parts: GlobToken[][] = [[]];
  for (const token of tokens) {
    if (parts.length < 6 && token === ":") parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.map(globOf);
}

/** Compares two values that both have the operator's type. */
function typed<T>(
  read: (value: string) => T | undefined,
  holds: (wanted: T, given: T) => boolean,
): Comparison["holds"] {
  return ({ text }, value) => {
    const [wanted, given] = [read(text), read(value)];
    return wanted !== undefined && given !== undefined && holds(wanted, given);
  };
}

const same = <T>(wanted: T, given: T) => wanted === given;

/** The six operators of an ordered type, such as `NumericLessThan`. */
function ordered(
  prefix: string,
  type: ValueType,
  read: (value: string) => number | undefined,
): Record<string, Comparison> {
  return {
    [`${prefix}Equals`]: { type, holds: typed(read, same) },
    [`${prefix}NotEquals`]: { type, holds: typed(read, same), negated: true },
    [`${prefix}LessThan`]: { type, holds: typed(read, (wanted, given) => given < wanted) },
    [`${prefix}LessThanEquals`]: { type, holds: typed(read, (wanted, given) => given <= wanted) },
    [`${prefix}GreaterThan`]: { type, holds: typed(read, (wanted, given) => given > wanted) },
    [`${prefix}GreaterThanEquals`]: { type, holds: typed(read, (wanted, given) => given >= wanted) },
  };
}

const inRange = typed(parseIpRange, ipRangeContains);

/** Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const COMPARISONS: Readonly<Record<string, Comparison>> = {
  StringEquals: { type: "string", holds: equals },
  StringNotEquals: { type: "string", holds: equals, negated: true },
  StringEqualsIgnoreCase: { type: "string", holds: equalsIgnoringCase },
  StringNotEqualsIgnoreCase: { type: "string", holds: equalsIgnoringCase, negated: true },
  StringLike: { type: "string", holds: globMatches, wildcards: true },
  StringNotLike: { type: "string", holds: globMatches, negated: true, wildcards: true },
  ArnEquals: { type: "arn", holds: arnLike, wildcards: true },
  ArnLike: { type: "arn", holds: arnLike, wildcards: true },
  ArnNotEquals: { type: "arn", holds: arnLike, negated: true, wildcards: true },
  ArnNotLike: { type: "arn", holds: arnLike, negated: true, wildcards: true },
  Bool: { type: "bool", holds: typed(parseBool, same) },
  ...ordered("Numeric", "numeric", parseNumber),
  ...ordered("Date", "date", parseDate),
  IpAddress: { type: "ip", holds: inRange },
  NotIpAddress: { type: "ip", holds: inRange, negated: true },
  BinaryEquals: { type: "binary", holds: typed(parseBinary, same) },
};

/** Names of all operators, without prefixes and suffixes. */
export const OPERATORS: readonly string[] = [...Object.keys(COMPARISONS), "Null"];

/** The parts of an operator's name, such as `ForAnyValue:StringLikeIfExists`. */
export interface Operator {
  readonly comparison: Comparison | "Null";
  readonly set?: "ForAnyValue" | "ForAllValues";
  readonly ifExists: boolean;
}

/** The operators that policies have used. Their number is limited: a name that IAM does not have is not kept. */
const PARSED = new Map<string, Operator>();

/** Returns the parts of an operator's name, or undefined if IAM has no such operator. Case matters. */
export function parseOperator(name: string): Operator | undefined {
  const known = PARSED.get(name);
  if (known) return known;
  const operator = parsedOperator(name);
  if (operator) PARSED.set(name, operator);
  return operator;
}

function parsedOperator(name: string): Operator | undefined {
  const [, set, rest = ""] = /^(?:(ForAnyValue|ForAllValues):)?(.*)$/.exec(name) ?? [];
  if (rest === "Null" && set === undefined) return { comparison: "Null", ifExists: false };
  const ifExists = rest.endsWith("IfExists");
  const base = ifExists ? rest.slice(0, -"IfExists".length) : rest;
  const comparison = Object.hasOwn(COMPARISONS, base) ? COMPARISONS[base] : undefined;
  return comparison && { comparison, ifExists, ...(set ? { set: set as "ForAnyValue" } : {}) };
}

/**
 * Returns whether a condition is met if the request does not have the key: with IfExists, with ForAllValues, and with a
 * negated operator without ForAnyValue. Null tests for the absence itself, and depends on the policy's value.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function isMetByAbsentKey({ comparison, set, ifExists }: Operator): boolean {
  if (ifExists || set === "ForAllValues") return true;
  return comparison !== "Null" && comparison.negated === true && set === undefined;
}

const READERS: Readonly<Partial<Record<ValueType, (value: string) => unknown>>> = {
  bool: parseBool,
  numeric: parseNumber,
  date: parseDate,
  ip: parseIpRange,
  binary: parseBinary,
};

/** Descriptions of the values that an operator accepts, for messages. */
const EXPECTED: Readonly<Record<ValueType, string>> = {
  string: "a string",
  arn: "an ARN",
  bool: "true or false",
  numeric: "a number, such as 3600",
  date: "a date, such as 2026-11-25T09:30:00Z",
  ip: "an IP address or range, such as 203.0.113.0/24",
  binary: "Base64",
};

/** Returns what an operator expects, if a policy's value is not of the operator's type. */
export function expectedValue({ comparison }: Operator, value: string): string | undefined {
  const type = comparison === "Null" ? "bool" : comparison.type;
  const read = READERS[type];
  return read === undefined || read(value) !== undefined ? undefined : EXPECTED[type];
}
