import { failedCondition } from "../../iam/conditions";
import { expectedValue, type Operator, parseOperator } from "../../iam/operators";
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
  ["blank", [""]],
  ["blanks", ["", "a"]],
  ["ip", ["10.1.2.3"]],
  ["ip6", ["2001:db8::1"]],
  ["binary", ["QmluYXJ5"]],
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
    ["NumericEquals", "blank", "0", false],
    ["NumericNotEquals", "blank", "0", true],
    ["DateLessThan", "number", "2026-11-24", true],
    ["IpAddress", "ip", "10.1.0.0/16", true],
    ["IpAddress", "ip", "10.1.2.3", true],
    ["IpAddress", "ip", ["10.0.0.0/16", "192.0.2.0/24"], false],
    ["IpAddress", "ip", "::/0", false],
    ["IpAddress", "ip6", "2001:DB8::/32", true],
    ["IpAddress", "key", "0.0.0.0/0", false],
    ["NotIpAddress", "ip", "10.1.0.0/16", false],
    ["NotIpAddress", "ip", "10.2.0.0/16", true],
    ["NotIpAddress", "none", "10.1.0.0/16", true],
    ["IpAddressIfExists", "none", "10.1.0.0/16", true],
    ["BinaryEquals", "binary", "QmluYXJ5", true],
    ["BinaryEquals", "binary", "QmluYXI=", false],
    ["BinaryEquals", "key", "QmluYXJ5", false],
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
    ["ForAllValues:StringEquals", "blank", "a", true],
    ["ForAnyValue:StringEquals", "blank", "", false],
    ["ForAnyValue:StringNotEquals", "blank", "a", false],
    ["ForAnyValue:StringEqualsIfExists", "blank", "a", false],
    ["ForAllValues:StringEquals", "blanks", "a", false],
    ["ForAllValues:StringEquals", "blanks", ["", "a"], true],
    ["StringEquals", "blank", "", true],
    ["StringEquals", "blank", "a", false],
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

test.each([
  "StringMatches",
  "stringEquals",
  "ForAnyValue:Null",
  "ForSomeValues:StringEquals",
  "NullIfExists",
  "NotBinaryEquals",
  "",
  "a\nb",
  "IfExists",
  "__proto__",
  "constructor",
])("%j is not an operator and is never met", (operator) => {
  expect(parseOperator(operator)).toBeUndefined();
  expect(holds({ [operator]: { key: "Value" } })).toBe(false);
});

test.each<[string, string[], string[]]>([
  ["StringEquals", ["", "x", "*"], []],
  ["ArnLike", ["x"], []],
  ["Bool", ["true", "FALSE"], ["", "yes", "1", " true"]],
  ["Null", ["true", "false"], ["", "null"]],
  [
    "NumericLessThan",
    ["0", "-1", "+1", "007", "1.50", "9".repeat(40)],
    ["", " 1", "0x10", "1e3", ".5", "1.", "1,5", "NaN", "Infinity", "${x}"],
  ],
  [
    "DateGreaterThanIfExists",
    [
      "2026",
      "2026-11",
      "2026-11-25",
      "2024-02-29",
      "2026-11-25T09:30Z",
      "2026-11-25T09:30:00.5+02:00",
      "1795478400",
      "0",
    ],
    [
      "",
      "tomorrow",
      "March 7",
      "2026-3-7",
      "2026-13",
      "2026-02-30",
      "2025-02-29",
      "2026-11-25 09:30:00Z",
      "2026-11-25T09:30",
      "2026-11-25T24:00Z",
      "2026-11-25T09:60Z",
      "2026-11-25T09:30+25:00",
      "2026-11-25Z",
      "-1",
      "1.5",
    ],
  ],
  [
    "IpAddress",
    ["0.0.0.0/0", "10.0.0.0/32", "10.0.0.1", "::", "::1/128", "2001:db8::/32", "1:2:3:4:5:6:7:8", "::ffff:10.0.0.1"],
    [
      "",
      "10.0.0.0/33",
      "10.0.0/8",
      "10.0.0.256",
      "010.0.0.1",
      "10.0.0.0/",
      "10.0.0.0/08",
      "10.0.0.*",
      "::/129",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1::2:3:4:5:6:7:8",
      ":1:2:3:4:5:6:7",
      "12345::",
      "10.0.0.1:80",
      "fe80::1%eth0",
      "1:2:3:4:5:6:7:8::",
    ],
  ],
  ["BinaryEquals", ["", "QQ==", "QUI=", "QUJD"], ["Q", "QQ", "QQ=", "Q Q=", "QUJD="]],
])("%s accepts only values of its type", (name, valid, invalid) => {
  const operator = parseOperator(name) as Operator;
  expect(valid.filter((value) => expectedValue(operator, value) !== undefined)).toEqual([]);
  expect(invalid.filter((value) => expectedValue(operator, value) === undefined)).toEqual([]);
});
