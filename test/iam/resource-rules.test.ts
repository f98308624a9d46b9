import { resourceProblem } from "../../iam/resource-rules";

test.each([
  ["", undefined],
  ["s3://my-bucket", "arn:aws:s3:::my-bucket"],
  ["s3://my-bucket/reports/", "arn:aws:s3:::my-bucket/reports/"],
  [`arn:aws:s3:::${"x".repeat(20_000)}`, undefined],
  ["arn:aws:s3", undefined],
  ["arn:aws:s3:::", undefined],
  ["arn:aws:sqs:Paris:123456789012:jobs", undefined],
  ["arn:aws:sqs:eu-west-3:1234:jobs", undefined],
])("rejects a wrong resource: %s", (resource, proposed) => {
  const found = resourceProblem(resource, undefined);
  expect(found?.rule).toBe("resource-form");
  expect(found?.fix).toContain(proposed ?? "");
  if (proposed !== undefined) expect(resourceProblem(proposed, undefined)).toBeUndefined();
});

test.each(["*", "arn:aws:s3:::my-bucket/*", "arn:aws:s3:::${aws:PrincipalTag/team}", "arn:*:sqs:*:*:jobs"])(
  "accepts the resource %s",
  (resource) => expect(resourceProblem(resource, "aws")).toBeUndefined(),
);

test("a bucket's URI becomes an ARN of the role's partition", () => {
  expect(resourceProblem("s3://my-bucket", "aws-cn")?.fix).toContain("arn:aws-cn:s3:::my-bucket");
});
