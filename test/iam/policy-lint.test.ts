import { readIamData } from "../../config/iam-data";
import { failedCondition } from "../../iam/conditions";
import { OPERATORS, parseOperator } from "../../iam/operators";
import { policyProblems, policySize } from "../../iam/policy-lint";
import { BAD } from "./corpus/bad-policies";
import { GOOD } from "./corpus/good-policies";
import { allow, policy } from "./corpus/statements";

const data = readIamData();
/** Problems of a document that comes from a file: without undefined values. */
const problemsOf = (document: unknown) => policyProblems(JSON.parse(JSON.stringify(document)), data, "aws");
const found = (document: unknown) =>
  problemsOf(document).map(({ severity, rule, path }) => `${severity} ${rule} ${path.join(".")}`);

describe("a policy of the documentation has no problem", () => {
  test.each(Object.entries(GOOD))("%s", (_, statements) => {
    expect(found(policy(...statements)).filter((problem) => !problem.includes("broad-resource"))).toEqual([]);
  });
});

describe("the lint reports a policy with", () => {
  test.each(Object.entries(BAD))("%s", (_, [document, ...expected]) => {
    expect(found(document)).toEqual(expect.arrayContaining(expected));
    const others = found(document).filter(
      (problem) => !expected.includes(problem) && !problem.includes("broad-resource"),
    );
    expect(others).toEqual([]);
    for (const { problem, fix } of problemsOf(document)) expect([problem, fix]).not.toContain("");
  });
});

const statement = allow("s3:ListAllMyBuckets", "*");

const VALUES = { bool: "true", numeric: "1", date: "2026-11-25T09:30:00Z", ip: "203.0.113.0/24", binary: "QQ==" };
const NAMES = OPERATORS.filter((name) => name !== "Null").flatMap((name) =>
  ["", "ForAnyValue:", "ForAllValues:"].flatMap((set) => ["", "IfExists"].map((suffix) => `${set}${name}${suffix}`)),
);

test.each(NAMES)("the lint warns that %s is never met without its key where the evaluator says so", (name) => {
  const comparison = parseOperator(name)?.comparison;
  const type = comparison === undefined || comparison === "Null" ? "string" : comparison.type;
  const block = { [name]: { "s3:prefix": (VALUES as Record<string, string>)[type] ?? "arn:aws:s3:::a" } };
  const document = policy({ ...allow("s3:GetObject", "arn:aws:s3:::bucket/*"), Condition: block });
  const isMet = failedCondition(block, new Map(), true) === undefined;
  expect(found(document).some((problem) => problem.includes("condition-key-support"))).toBe(!isMet);
});

test.each<[unknown, string[]]>([
  ["text", [""]],
  [[], [""]],
  [{ Version: "2012-10-17" }, ["Statement"]],
  [{ Version: "2012-10-17", Statement: [] }, ["Statement"]],
  [{ Statement: statement }, ["Version"]],
  [{ Version: "2012-10-18", Statement: statement }, ["Version"]],
  [{ ...policy(statement), Statment: 1 }, ["Statment"]],
  [policy("x"), ["Statement.0"]],
  [policy({ ...statement, Effect: "allow" }), ["Statement.0.Effect"]],
  [policy({ ...statement, Sid: "a-b" }), ["Statement.0.Sid"]],
  [policy({ ...statement, Sid: 5 }), ["Statement.0.Sid"]],
  [policy({ ...statement, Sid: "A" }, { ...statement, Sid: "A" }), ["Statement.1.Sid"]],
  [policy({ ...statement, Sid: "" }, { ...statement, Sid: "" }), []],
  [policy({ ...statement, NotAction: "s3:*" }), ["Statement.0.NotAction"]],
  [policy({ Effect: "Allow", Resource: "*" }), ["Statement.0.Action"]],
  [policy({ Effect: "Allow", Action: "s3:*" }), ["Statement.0.Resource"]],
  [policy({ ...statement, NotResource: "*" }), ["Statement.0.NotResource"]],
  [policy({ ...statement, Action: [] }), ["Statement.0.Action"]],
  [policy({ ...statement, Action: ["s3:*", 5] }), ["Statement.0.Action.1"]],
  [policy({ ...statement, Principal: "*" }), ["Statement.0.Principal"]],
  [policy({ ...statement, Condition: "x" }), ["Statement.0.Condition"]],
  [policy({ ...statement, Condition: { Bool: "x" } }), ["Statement.0.Condition.Bool"]],
  [policy({ ...statement, Condition: { Bool: { a: null } } }), ["Statement.0.Condition.Bool.a"]],
  [policy({ ...statement, Condition: { Bool: { a: [] } } }), ["Statement.0.Condition.Bool.a"]],
  [policy({ ...statement, Condition: { Bool: { a: ["true", ["y"]] } } }), ["Statement.0.Condition.Bool.a.1"]],
  [{ Version: "2012-10-17", Statement: { ...statement, Action: 5 } }, ["Statement.Action"]],
  [
    policy({ Efect: "Allow", Action: "x", Resource: "y" }),
    ["Statement.0.Efect", "Statement.0.Effect", "Statement.0.Action", "Statement.0.Resource"],
  ],
])("the structure of %j has errors at %j", (document, paths) => {
  expect(problemsOf(document).map(({ severity, path }) => `${severity} ${path.join(".")}`)).toEqual(
    paths.map((path) => `error ${path}`),
  );
});

test.each([
  ["s3:ListBuckets", "s3:ListAllMyBuckets"],
  ["s3:HeadObject", "s3:GetObject"],
  ["sqs:SendMesage", "sqs:SendMessage"],
  ["cloudwatchlogs:PutLogEvents", "logs:PutLogEvents"],
  ["elb:DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers"],
  ["dynamo:GetItem", "dynamodb:GetItem"],
  ["sfn:StartExecution", "states:StartExecution"],
  ["elasticsearch:ESHttpGet", "es:ESHttpGet"],
  ["bedrock:Converse", "bedrock:InvokeModel"],
])("suggests for the action %s the action %s", (action, meant) => {
  const [problem] = problemsOf(policy(allow(action, "*")));
  expect(problem?.fix).toContain(meant);
  expect(problem?.problem).toContain(data.date);
});

test.each([
  "sqs:ReadMessage",
  "ecr:GetImage",
  "ec2:GetInstances",
  "iam:GetAccessKey",
  "s3:CreateObject",
  "cognito-idp:AdminReadUser",
])("suggests no action that does something else than %s", (action) => {
  const [problem] = problemsOf(policy(allow(action, "*")));
  const [, service = "", name = ""] = /did you mean ([^:]+):(\w+)/.exec(problem?.fix ?? "") ?? [];
  expect(data.service(service)?.actions[name.toLowerCase()]?.accessLevel ?? "Read").toMatch(/^(?:Read|List)$/);
});

test.each([
  ["StringNotEquals", "NotIpAddress"],
  ["StringEquals", "IpAddress"],
])("suggests for %s of an address the operator %s, with the same meaning", (operator, meant) => {
  const block = { [operator]: { "aws:SourceIp": "203.0.113.7" } };
  const [problem] = problemsOf(policy({ ...statement, Condition: block }));
  expect(problem?.fix).toMatch(new RegExp(` ${meant}$`));
});

test("suggests no service that does not have the action", () => {
  const [problem] = problemsOf(policy(allow("scm:StartExecution", "*")));
  expect(problem?.fix).not.toContain("did you mean");
});

test.each([
  ["NotStringEquals", "StringNotEquals"],
  ["IpNotAddress", "NotIpAddress"],
  ["ArnEqual", "ArnEquals"],
])("suggests for the operator %s no operator with the opposite meaning", (name, meant) => {
  const block = { [name]: { "aws:SourceIp": "203.0.113.0/24" } };
  const [problem] = problemsOf(policy({ ...statement, Condition: block }));
  expect(problem?.fix).toMatch(new RegExp(`did you mean ${meant}\\?|use one of `));
});

test.each([
  ["arn:aws:s3:::b", []],
  ["arn:aws-cn:s3:::b", ["Statement.0.Resource"]],
  ["arn:awss:s3:::b", ["Statement.0.Resource"]],
  ["arn:*:s3:::b", []],
  ["arn:aws*:s3:::b", []],
  ["arn:${aws:PrincipalTag/partition}:s3:::b", []],
])("the resource %s has problems in partition aws at %j", (resource, expected) => {
  expect(problemsOf(policy(allow("s3:ListBucket", resource))).map(({ path }) => path.join("."))).toEqual(expected);
});

test.each([
  [allow("s3:GetObject", "arn:aws-cn:s3:::photos")],
  [allow(["s3:GetObject", "s3:ListBucket"], "arn:aws-cn:s3:::photos")],
  [allow("s3:GetObject", "photos")],
])("proposes an ARN of the partition of the role for %j", (wrong) => {
  const [problem] = policyProblems(policy(wrong), data, "aws-cn");
  expect(problem?.fix).toMatch(/arn:aws-cn:s3:/);
});

test("does not count white space in the size of a policy", () => {
  expect(policySize({ a: "b c\n" })).toBe('{"a":"bc\\n"}'.length);
});

test("an operator without a similar name gets the list of operators as its fix", () => {
  const [problem] = problemsOf(
    policy({ ...statement, Condition: { Qqqqqqqqqqqqqqqq: { "aws:SourceIp": "10.0.0.0/8" } } }),
  );
  expect(problem?.path.at(-1)).toBe("Qqqqqqqqqqqqqqqq");
  expect(problem?.fix).toContain("StringEquals");
});

test.each(["s3:Get?bject", "s3:*Bucketz", "S3:ListBucketz", "newservice:Do", "s33:GetObject"])(
  "an unknown action such as %s has a problem with a fix",
  (action) => {
    const problems = problemsOf(policy(allow(action, "arn:aws:s3:::my-bucket/*")));
    expect(problems.every(({ fix }) => fix !== "")).toBe(true);
  },
);

const listing = (condition: object, more: object = {}) => ({
  Version: "2012-10-17",
  Statement: [{ ...allow("s3:ListBucket", "arn:aws:s3:::my-bucket"), Condition: condition, ...more }],
});

test.each<[string, object, boolean]>([
  ["a misspelt global key", listing({ StringEquals: { "aws:SourceIpp": "x" } }), true],
  ["a key of an unknown service", listing({ StringEquals: { "zzz:Key": "x" } }), true],
  ["a key without a prefix", listing({ StringEquals: { prefix: "x" } }), true],
  ["a key of an identity provider", listing({ StringEquals: { "accounts.google.com:aud": "x" } }), false],
  ["a wildcard in a list under StringEquals", listing({ StringEquals: { "s3:prefix": ["a", "b*"] } }), true],
  [
    "an escaped character in the old version",
    { ...listing({ StringLike: { "s3:prefix": "${*}" } }), Version: "2008-10-17" },
    false,
  ],
  [
    "NotResource with another service",
    { Version: "2012-10-17", Statement: { Effect: "Deny", Action: "s3:*", NotResource: "arn:aws:zzz:::x" } },
    false,
  ],
])("each problem of %s has a fix", (_, document, isWrong) => {
  const problems = problemsOf(document);
  if (isWrong) expect(problems).not.toEqual([]);
  for (const { rule, fix } of problems) expect([rule, fix]).not.toContain("");
});
