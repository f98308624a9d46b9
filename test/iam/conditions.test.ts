import { failedCondition, parseOperator, UnknownOperatorError } from "../../iam/conditions";
import type { Conditions } from "../../iam/policy-types";

const context = new Map<string, readonly string[]>([
  ["key", ["Value"]],
  ["list", ["a", "b"]],
  ["empty", []],
  ["number", ["10"]],
  ["bool", ["True"]],
  ["date", ["2026-11-24T00:00:00Z"]],
  ["arn", ["arn:aws:iam::123456789012:role/team/x:y"]],
  ["user", ["a*b"]],
]);

const holds = (block: Conditions, variables = true) => failedCondition(block, context, variables) === undefined;

describe("operators on a single value", () => {
  test.each<[string, string, unknown, boolean]>([
    ["StringEquals", "key", "Value", true],
    ["StringEquals", "KEY", "Value", true],
    ["StringEquals", "key", "value", false],
    ["StringEquals", "key", "V*", false],
    ["StringEquals", "key", ["x", "Value"], true],
    ["StringEquals", "none", "Value", false],
    ["StringNotEquals", "key", "Value", false],
    ["StringNotEquals", "key", "x", true],
    ["StringNotEquals", "key", ["x", "Value"], false],
    ["StringNotEquals", "none", "x", true],
    ["StringEqualsIgnoreCase", "key", "vALUE", true],
    ["StringEqualsIgnoreCase", "key", "x", false],
    ["StringNotEqualsIgnoreCase", "key", "vALUE", false],
    ["StringNotEqualsIgnoreCase", "key", "x", true],
    ["StringLike", "key", "V*e", true],
    ["StringLike", "key", "V????", true],
    ["StringLike", "key", "v*", false],
    ["StringNotLike", "key", "V*", false],
    ["StringNotLike", "key", "x*", true],
    ["StringNotLike", "none", "*", true],
    ["StringEqualsIfExists", "none", "x", true],
    ["StringEqualsIfExists", "key", "x", false],
    ["StringLikeIfExists", "key", "V*", true],
    ["StringNotEqualsIfExists", "key", "Value", false],
    ["Null", "none", "true", true],
    ["Null", "none", "false", false],
    ["Null", "key", "false", true],
    ["Null", "key", true, false],
    ["Null", "empty", "true", true],
    ["Bool", "bool", "true", true],
    ["Bool", "bool", false, false],
    ["NumericEquals", "number", "10", true],
    ["NumericEquals", "number", 10, true],
    ["NumericEquals", "number", "x", false],
    ["NumericEquals", "key", "10", false],
    ["NumericNotEquals", "number", "10", false],
    ["NumericLessThan", "number", "10", false],
    ["NumericLessThan", "number", "11", true],
    ["NumericLessThanEquals", "number", "10", true],
    ["NumericGreaterThan", "number", "10", false],
    ["NumericGreaterThan", "number", "9", true],
    ["NumericGreaterThanEquals", "number", "10", true],
    ["DateEquals", "date", "2026-11-24T00:00:00Z", true],
    ["DateEquals", "date", "1795478400", true],
    ["DateNotEquals", "date", "1795478400", false],
    ["DateLessThan", "date", "2026-11-25T00:00:00Z", true],
    ["DateLessThanEquals", "date", "2026-11-24T00:00:00Z", true],
    ["DateGreaterThan", "date", "2026-11-24T00:00:00Z", false],
    ["DateGreaterThanEquals", "date", "2026-11-24T00:00:00Z", true],
    ["ArnLike", "arn", "arn:aws:iam::*:role/*", true],
    ["ArnLike", "arn", "arn:aws:*:role/*", false],
    ["ArnEquals", "arn", "arn:*:iam::123456789012:role/team/x:?", true],
    ["ArnLike", "key", "arn:aws:iam::*:role/*", false],
    ["ArnNotLike", "arn", "arn:aws:iam::*:role/*", false],
    ["ArnNotEquals", "arn", "arn:aws:iam::*:user/*", true],
  ])("evaluates %s of %s and %j to %s", (operator, key, value, expected) => {
    expect(holds({ [operator]: { [key]: value as string } })).toBe(expected);
  });
});

describe("operators on lists", () => {
  test.each<[string, string, string | string[], boolean]>([
    ["ForAnyValue:StringEquals", "list", "a", true],
    ["ForAnyValue:StringEquals", "list", "c", false],
    ["ForAnyValue:StringEquals", "none", "a", false],
    ["ForAnyValue:StringNotEquals", "list", "a", true],
    ["ForAnyValue:StringNotEquals", "none", "a", false],
    ["ForAllValues:StringEquals", "list", "a", false],
    ["ForAllValues:StringEquals", "list", ["a", "b", "c"], true],
    ["ForAllValues:StringEquals", "none", "a", true],
    ["ForAllValues:StringEquals", "empty", "a", true],
    ["ForAllValues:StringNotLike", "list", "c*", true],
    ["ForAnyValue:StringEqualsIfExists", "none", "a", true],
    ["StringEquals", "list", "a", true],
    ["StringEquals", "list", "c", false],
    ["StringNotEquals", "list", "a", false],
    ["StringNotEquals", "list", "c", true],
  ])("evaluates %s of %s and %j to %s", (operator, key, value, expected) => {
    expect(holds({ [operator]: { [key]: value } })).toBe(expected);
  });
});

describe("policy variables", () => {
  test.each<[string, string, string, boolean]>([
    ["StringEquals", "key", "${key}", true],
    ["StringEquals", "key", "${KEY}", true],
    ["StringEquals", "key", "${none, 'Value'}", true],
    ["StringEquals", "key", "${none}", false],
    ["StringNotEquals", "key", "${none}", false],
    ["StringEquals", "key", "${list}", false],
    ["StringLike", "key", "${key}*", true],
    ["StringEquals", "user", "a${*}b", true],
    ["StringLike", "user", "a${*}b", true],
    ["StringLike", "key", "V${*}", false],
    ["StringLike", "key", "${user}", false],
    ["StringEquals", "key", "${$}{key}", false],
    ["StringEquals", "key", "${}", false],
    ["StringEquals", "key", "${a b}", false],
  ])("evaluates %s of %s and %s to %s", (operator, key, value, expected) => {
    expect(holds({ [operator]: { [key]: value } })).toBe(expected);
  });

  test("are literal text in the old policy version", () => {
    expect(holds({ StringEquals: { key: "${key}" } }, false)).toBe(false);
  });

  test("do not add wildcards to an ARN pattern", () => {
    const wild = new Map([
      ["arn", ["arn:aws:iam::1:role/x"]],
      ["user", ["*"]],
    ]);
    expect(failedCondition({ ArnLike: { arn: "arn:aws:iam::1:role/${user}" } }, wild, true)).toBeDefined();
    expect(failedCondition({ ArnLike: { arn: "arn:aws:iam::1:role/*" } }, wild, true)).toBeUndefined();
  });
});

test("returns the first condition of a block that is not met", () => {
  const block = { StringEquals: { key: "Value", list: "z" }, StringLike: { key: "x" } };
  expect(failedCondition(block, context, true)).toEqual({
    operator: "StringEquals",
    key: "list",
    expected: ["z"],
    actual: ["a", "b"],
  });
});

describe("unknown operators", () => {
  test.each([
    "StringMatches",
    "stringEquals",
    "ForAnyValue:Null",
    "ForSomeValues:StringEquals",
    "NullIfExists",
    "",
    "a\nb",
    "IfExists",
    "__proto__",
    "constructor",
    "IpAddress",
  ])("rejects %j", (operator) => {
    expect(() => parseOperator(operator)).toThrow(UnknownOperatorError);
  });

  test("are rejected even if another condition is not met", () => {
    expect(() => failedCondition({ StringEquals: { key: "x" }, Nope: { key: "y" } }, context, true)).toThrow(
      'unknown condition operator "Nope"',
    );
  });
});
