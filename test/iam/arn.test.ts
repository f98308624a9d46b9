import { oidcProviderArn, parseArn, parsePolicyArn, parseRoleArn, roleArn } from "../../iam/arn";

describe("role ARNs", () => {
  test.each([
    [
      "arn:aws:iam::123456789012:role/my-s3-role",
      { partition: "aws", accountId: "123456789012", path: "/", name: "my-s3-role" },
    ],
    [
      "arn:aws-cn:iam::123456789012:role/team/a/b.c",
      { partition: "aws-cn", accountId: "123456789012", path: "/team/a/", name: "b.c" },
    ],
    [
      "arn:aws:iam::123456789012:role/a+=,.@-_Z9",
      { partition: "aws", accountId: "123456789012", path: "/", name: "a+=,.@-_Z9" },
    ],
    [`arn:aws:iam::123456789012:role/${"x".repeat(64)}`, expect.objectContaining({ name: "x".repeat(64) })],
  ])("parses %s", (arn, expected) => {
    expect(parseRoleArn(arn)).toEqual(expected);
  });

  test.each([
    "",
    "my-s3-role",
    '"arn:aws:iam::123456789012:role/x"',
    " arn:aws:iam::123456789012:role/x",
    "arn:aws:iam::123456789012:role/x\n",
    "arn:aws:iam::12345678901:role/x",
    "arn:aws:iam::aws:role/x",
    "arn:aws:iam:eu-west-3:123456789012:role/x",
    "arn:aws:sts::123456789012:assumed-role/x/y",
    "arn:aws:iam::123456789012:user/x",
    "arn:aws:iam::123456789012:role/",
    "arn:aws:iam::123456789012:role//x//",
    `arn:aws:iam::123456789012:role/${"x".repeat(65)}`,
  ])("rejects %j", (arn) => {
    expect(parseRoleArn(arn)).toBeUndefined();
  });

  test("parses the ARN that roleArn returns", () => {
    expect(parseRoleArn(roleArn("aws-us-gov", "123456789012", "/a/", "b"))).toEqual({
      partition: "aws-us-gov",
      accountId: "123456789012",
      path: "/a/",
      name: "b",
    });
  });
});

test("names a provider by its issuer without the scheme", () => {
  expect(oidcProviderArn("aws", "123456789012", "https://oidc.eks.eu-west-3.amazonaws.com/id/X")).toBe(
    "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-3.amazonaws.com/id/X",
  );
});

describe("policy ARNs", () => {
  test.each([
    "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
    "arn:aws:iam::aws:policy/service-role/X",
    "arn:aws:iam::123456789012:policy/team/x",
  ])("parses %s", (arn) => {
    expect(parsePolicyArn(arn)).toBeDefined();
  });

  test.each([
    "AmazonS3ReadOnlyAccess",
    "arn:aws:iam:::policy/x",
    "arn:aws:iam:eu-west-3:aws:policy/x",
    "arn:aws:s3:::policy/x",
    "arn:aws:iam::123456789012:role/x",
    `arn:aws:iam::aws:policy/${"x".repeat(129)}`,
  ])("rejects %s", (arn) => {
    expect(parsePolicyArn(arn)).toBeUndefined();
  });
});

test("accepts colons in the resource of an ARN", () => {
  expect(parseArn("arn:aws:logs:eu-west-3:123456789012:log-group:x:*")?.resource).toBe("log-group:x:*");
});
