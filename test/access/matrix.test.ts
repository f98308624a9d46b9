import { accessMatrix } from "../../access/matrix";
import { renderMatrix } from "../../access/render";
import { exampleProject } from "../local/project";
import { loadExample } from "../stacks/synthesized";

test("returns the subjects and the policies of every role", () => {
  expect(accessMatrix(exampleProject())).toEqual([
    {
      cluster: "production",
      role: "my-s3-role",
      roleArn: "arn:aws:iam::123456789012:role/my-s3-role",
      scope: "environment",
      subjects: [{ subject: "system:serviceaccount:z7f3a2b1c-production:my-s3-role", match: "exact" }],
      providerArn:
        "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
      policies: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    },
    expect.objectContaining({
      role: "shared-s3",
      scope: "cluster",
      subjects: [{ subject: "system:serviceaccount:z*:shared-s3", match: "pattern" }],
    }),
    expect.objectContaining({ cluster: "self-managed", role: "reports-s3-role", policies: ["inline:list-and-read"] }),
  ]);
});

test("returns a row for each trusted cluster", () => {
  const rows = accessMatrix(loadExample("three-clusters")).filter(({ role }) => role === "blue-app");
  expect(rows.map(({ cluster }) => cluster)).toEqual(["blue", "green", "red"]);
  expect(new Set(rows.map(({ providerArn }) => providerArn)).size).toBe(3);
});

test("marks patterns and roles without policies in the text", () => {
  const text = renderMatrix(accessMatrix(loadExample("create")));
  expect(text).toContain("assumed by system:serviceaccount:*:*   (pattern)");
  expect(text).toContain("allows nothing");
  expect(text).toContain("AmazonS3ReadOnlyAccess, arn:aws-us-gov:iam::123456789012:policy/team/own, inline:home");
});
