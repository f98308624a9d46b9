import { nearest } from "./nearest";
import { expectedValue, isMetByAbsentKey, OPERATORS, type Operator, parseOperator, type ValueType } from "./operators";
import { members, type PolicyProblem } from "./policy-types";
import {
  conditionKeyMatches,
  findConditionKey,
  type IamData,
  resourceTypesOf,
  type ServiceAction,
  type StatementAction,
  type StatementRule,
} from "./service-data";

type Path = PolicyProblem["path"];

/** Returns the problems for which IAM rejects a condition block. The structure of a block is: operator → key → value or values. */
export function conditionBlockProblems(block: unknown, path: Path): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const report = (at: Path, problem: string, fix: string) =>
    problems.push({ path: at, rule: "condition-form", severity: "error", problem, fix });
  if (!isObject(block)) {
    report(path, "is not a condition block", "use the form operator: { key: value }");
    return problems;
  }
  for (const [name, keys] of Object.entries(block)) {
    const at = [...path, name];
    const operator = parseOperator(name);
    if (!operator) {
      // A negated operator is never a correction of another one.
      const isNegated = (text: string) => /not/i.test(text);
      const meant = nearest(
        name,
        OPERATORS.filter((known) => isNegated(known) === isNegated(name)),
      );
      report(
        at,
        "is not a condition operator",
        meant ? `did you mean ${meant}?` : `use one of ${OPERATORS.join(", ")}`,
      );
    }
    if (!isObject(keys)) report(at, "has no condition keys", "add key: value below the operator");
    else for (const [key, value] of Object.entries(keys)) checkValues(operator, value, [...at, key], report);
  }
  return problems;
}

function checkValues(
  operator: Operator | undefined,
  value: unknown,
  path: Path,
  report: (at: Path, problem: string, fix: string) => void,
): void {
  const list = Array.isArray(value);
  if (list && value.length === 0) report(path, "is an empty list", "add at least one value");
  for (const [index, member] of (list ? value : [value]).entries()) {
    const at = list ? [...path, index] : path;
    if (!["string", "number", "boolean"].includes(typeof member)) {
      report(at, `${JSON.stringify(member)} is not a condition value`, "use a string or a list of strings");
      continue;
    }
    const expected = operator && expectedValue(operator, String(member));
    if (expected !== undefined) {
      report(at, `${JSON.stringify(member)} is not a value of this operator`, `use ${expected}`);
    }
  }
}

/** Reports conditions that IAM accepts, but that do not have the meaning that they seem to have. */
export const conditionRule: StatementRule = ({ statement, path, data, actions }) =>
  Object.entries(statement.Condition ?? {}).flatMap(([name, keys]) => {
    const operator = parseOperator(name);
    if (operator === undefined) return [];
    return Object.entries(keys).flatMap(([key, value]) => {
      const at = [...path, "Condition", name, key];
      return [...keyProblems(key, operator, at, data, actions), ...wildcardProblems(name, operator, value, at)];
    });
  });

function keyProblems(
  key: string,
  operator: Operator,
  path: Path,
  data: IamData,
  actions: readonly StatementAction[] | undefined,
): PolicyProblem[] {
  const known = findConditionKey(data, key);
  const [prefix = ""] = key.toLowerCase().split(":");
  if (known === undefined) {
    // Keys of identity providers are named by their host.
    if (prefix.includes(".") && key.includes(":")) return [];
    const service = data.service(prefix);
    const candidates = prefix === "aws" ? data.globalConditionKeys : Object.values(service?.conditionKeys ?? {});
    const meant = nearest(
      key,
      candidates.map((candidate) => candidate.key),
    );
    const problem = `is not a condition key of AWS (data of ${data.date})`;
    const fix = meant === undefined ? "use a key in the Service Authorization Reference" : `did you mean ${meant}?`;
    return [{ path, rule: "unknown-condition-key", severity: "warning", problem, fix }];
  }
  const problems: PolicyProblem[] = [];
  const expected = OPERATOR_TYPES[known.type.replace(/^ArrayOf/, "")];
  const { type, negated = false } = operator.comparison === "Null" ? {} : operator.comparison;
  // A tag and an encryption context, whose keys users choose, can have an ARN as their value.
  const isFree = type === "arn" && known.key.toLowerCase() !== key.toLowerCase();
  if (type !== undefined && expected && !expected.includes(type) && !isFree) {
    const problem = `has values of type ${known.type}, which this operator does not compare`;
    const example = (negated ? NEGATED_EXAMPLES : EXAMPLES)[expected[0] as ValueType];
    const fix = `use ${negated ? "a negated" : "an"} operator for ${known.type}${example ? `, such as ${example}` : ""}`;
    problems.push({ path, rule: "operator-type", severity: "warning", problem, fix });
  }
  return prefix === "aws" ? problems : [...problems, ...supportProblems(key, operator, path, data, actions)];
}

/** Types of operators that compare keys of a type. */
const OPERATOR_TYPES: Readonly<Record<string, readonly ValueType[]>> = {
  String: ["string"],
  ARN: ["arn", "string"],
  Bool: ["bool", "string"],
  Numeric: ["numeric"],
  Date: ["date"],
  IPAddress: ["ip"],
  Binary: ["binary"],
};

const EXAMPLES: Readonly<Record<ValueType, string>> = {
  string: "StringEquals",
  arn: "ArnLike",
  bool: "Bool",
  numeric: "NumericEquals",
  date: "DateGreaterThan",
  ip: "IpAddress",
  binary: "BinaryEquals",
};

const NEGATED_EXAMPLES: Readonly<Partial<Record<ValueType, string>>> = {
  string: "StringNotEquals",
  arn: "ArnNotLike",
  numeric: "NumericNotEquals",
  date: "DateNotEquals",
  ip: "NotIpAddress",
};

/** Reports actions whose requests never have the key, so that the condition is never met. */
function supportProblems(
  key: string,
  operator: Operator,
  path: Path,
  data: IamData,
  actions: readonly StatementAction[] | undefined,
): PolicyProblem[] {
  if (actions === undefined || operator.comparison === "Null" || isMetByAbsentKey(operator)) return [];
  const without = actions.filter(
    ({ service, matches }) => !matches.some((action) => supportsKey(action, key, service, data)),
  );
  if (without.length === 0) return [];
  const problem = `is not a condition key of ${without.map(({ pattern }) => pattern).join(", ")}`;
  const fix =
    without.length === actions.length
      ? "use a condition key that the action supports"
      : "move these actions to a statement with a condition key that they support";
  return [
    {
      path,
      rule: "condition-key-support",
      severity: "warning",
      problem: `${problem}: the condition is never met`,
      fix,
    },
  ];
}

function supportsKey(action: ServiceAction, key: string, service: string, data: IamData): boolean {
  const types = resourceTypesOf(data, service, action) ?? [];
  return [
    action.conditionKeys,
    ...action.resourceTypes.map(({ conditionKeys }) => conditionKeys),
    ...types.map(({ conditionKeys }) => conditionKeys ?? []),
  ].some((keys) => keys.some((known) => conditionKeyMatches(known, key)));
}

function wildcardProblems(name: string, { comparison }: Operator, value: unknown, path: Path): PolicyProblem[] {
  if (comparison === "Null" || comparison.type !== "string" || comparison.wildcards) return [];
  return [...members(value).entries()].flatMap(([index, text]): PolicyProblem[] => {
    if (typeof text !== "string" || !text.replace(/\$\{[^}]*\}/g, "").includes("*")) return [];
    const at = Array.isArray(value) ? [...path, index] : path;
    const like = name.replace(/Equals(?:IgnoreCase)?/, "Like");
    const problem = `"${text}" contains *, which is a literal character in ${name}`;
    return [
      { path: at, rule: "literal-wildcard", severity: "warning", problem, fix: `use ${like}, or the exact value` },
    ];
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
