import { policyProblems, policySize } from "../../iam/policy-lint";

const statement = { Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" };
const policy = (...statements: unknown[]) => ({ Version: "2012-10-17", Statement: statements });

const at = (document: unknown) => policyProblems(document).map(({ path, severity }) => `${severity} ${path.join(".")}`);

describe("policies that IAM accepts", () => {
  test.each([
    [policy(statement)],
    [{ Version: "2012-10-17", Id: "x", Statement: statement }],
    [
      policy({
        ...statement,
        Sid: "A1",
        Condition: { StringLikeIfExists: { "aws:x": ["a", "b"] }, IpAddress: { "aws:SourceIp": "10.0.0.0/8" } },
      }),
    ],
    [policy({ ...statement, Action: "*:*" })],
    [policy({ ...statement, Condition: { Bool: { "aws:a": true }, NumericEquals: { "aws:b": [1, "2"] } } })],
    [policy({ Effect: "Deny", NotAction: ["s3:*", "*"], NotResource: ["arn:aws:s3:::${aws:username}/*"] })],
    [policy({ ...statement, Resource: ["arn:aws:iam::*:role/x", "arn:*:s3:::b"] })],
  ])("have no problems: %j", (document) => {
    expect(policyProblems(document)).toEqual([]);
  });
});

describe("policies that IAM rejects", () => {
  test.each<[unknown, string[]]>([
    ["text", ["error "]],
    [[], ["error "]],
    [{ Version: "2012-10-17" }, ["error Statement"]],
    [{ Version: "2012-10-17", Statement: [] }, ["error Statement"]],
    [{ Statement: statement }, ["error Version"]],
    [{ Version: "2008-10-17", Statement: statement }, ["warning Version"]],
    [{ Version: "2012-10-18", Statement: statement }, ["error Version"]],
    [{ ...policy(statement), Statment: 1 }, ["error Statment"]],
    [{ ...policy(statement), Zzzzzzzz: 1 }, ["error Zzzzzzzz"]],
    [policy("x"), ["error Statement.0"]],
    [policy({ ...statement, Effect: "allow" }), ["error Statement.0.Effect"]],
    [policy({ Action: "s3:Get*", Resource: "*" }), ["error Statement.0.Effect"]],
    [policy({ ...statement, Sid: "a-b" }), ["error Statement.0.Sid"]],
    [policy({ ...statement, Sid: 5 }), ["error Statement.0.Sid"]],
    [policy({ ...statement, Sid: "A" }, { ...statement, Sid: "A" }), ["error Statement.1.Sid"]],
    [policy({ ...statement, NotAction: "s3:*" }), ["error Statement.0.NotAction"]],
    [policy({ Effect: "Allow", Resource: "*" }), ["error Statement.0.Action"]],
    [policy({ Effect: "Allow", Action: "s3:*" }), ["error Statement.0.Resource"]],
    [policy({ ...statement, NotResource: "*" }), ["error Statement.0.NotResource"]],
    [policy({ ...statement, Action: [] }), ["error Statement.0.Action"]],
    [policy({ ...statement, Action: ["s3:*", 5] }), ["error Statement.0.Action.1"]],
    [policy({ ...statement, Action: "ListAllMyBuckets" }), ["error Statement.0.Action"]],
    [policy({ ...statement, Resource: "my-bucket" }), ["error Statement.0.Resource"]],
    [policy({ ...statement, Principal: "*" }), ["error Statement.0.Principal"]],
    [policy({ ...statement, Condition: "x" }), ["error Statement.0.Condition"]],
    [policy({ ...statement, Condition: { StringEqual: { a: "b" } } }), ["error Statement.0.Condition.StringEqual"]],
    [policy({ ...statement, Condition: { Bool: "x" } }), ["error Statement.0.Condition.Bool"]],
    [policy({ ...statement, Condition: { Bool: { a: { b: "c" } } } }), ["error Statement.0.Condition.Bool.a"]],
    [policy({ ...statement, Condition: { Bool: { a: null } } }), ["error Statement.0.Condition.Bool.a"]],
    [policy({ ...statement, Condition: { Bool: { a: [] } } }), ["error Statement.0.Condition.Bool.a"]],
    [policy({ ...statement, Condition: { Bool: { a: ["x", ["y"]] } } }), ["error Statement.0.Condition.Bool.a.1"]],
    [{ Version: "2012-10-17", Statement: { ...statement, Action: 5 } }, ["error Statement.Action"]],
  ])("have problems: %j at %j", (document, expected) => {
    expect(at(document)).toEqual(expected);
  });

  test("have all their problems reported together, with suggestions", () => {
    const problems = policyProblems({
      Version: "2012-10-17",
      Statement: [{ Efect: "Allow", Action: "x", Resource: "y" }],
    });
    expect(problems.map(({ fix }) => fix)).toContain("did you mean Effect?");
    expect(problems).toHaveLength(4);
  });
});

test.each([
  ["arn:aws:s3:::b", []],
  ["arn:aws-cn:s3:::b", ["Statement.0.Resource"]],
  ["arn:awss:s3:::b", ["Statement.0.Resource"]],
  ["arn:*:s3:::b", []],
  ["arn:aws*:s3:::b", []],
  ["arn:${aws:PrincipalTag/partition}:s3:::b", []],
])("checks in partition aws that %s has problems at %j", (resource, expected) => {
  const problems = policyProblems(policy({ ...statement, Resource: resource }), "aws");
  expect(problems.map(({ path }) => path.join("."))).toEqual(expected);
});

test("does not count white space in the size of a policy", () => {
  expect(policySize({ a: "b c\n" })).toBe('{"a":"bc\\n"}'.length);
});
