import { accessMatrix } from "../../access/matrix";
import { renderMatrix, renderMatrixAsMarkdown } from "../../access/render";
import { cluster, IRSA, load } from "../config/files";
import { exampleProject } from "../local/project";
import { loadExample } from "../stacks/synthesized";

test("returns the subjects and the policies of every role", () => {
  const issuer = "https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";
  expect(accessMatrix(exampleProject())).toEqual([
    {
      cluster: "production",
      role: "my-s3-role",
      roleArn: "arn:aws:iam::123456789012:role/my-s3-role",
      scope: "environment",
      subjects: [{ subject: "system:serviceaccount:z7f3a2b1c-production:my-s3-role", match: "exact" }],
      principals: [],
      createdElsewhere: false,
      issuer,
      providerArn: `arn:aws:iam::123456789012:oidc-provider/${issuer.slice("https://".length)}`,
      policies: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
      exclusivePolicies: true,
    },
    expect.objectContaining({
      role: "shared-s3",
      scope: "cluster",
      subjects: [{ subject: "system:serviceaccount:z*:shared-s3", match: "pattern" }],
    }),
    expect.objectContaining({ cluster: "self-managed", role: "reports-s3-role", policies: ["inline:list-and-read"] }),
  ]);
});

test("marks the service accounts that something else creates", () => {
  const rows = accessMatrix(loadExample("created-elsewhere"));
  expect(rows.map(({ role, createdElsewhere }) => [role, createdElsewhere])).toEqual([
    ["external-dns", true],
    ["workflow-runner", true],
    ["app", false],
  ]);
  for (const text of [renderMatrix(rows), renderMatrixAsMarkdown(rows)]) {
    expect(text).toContain("external-dns/external-dns (created elsewhere)");
    expect(text).toContain("z*/runner (pattern) (created elsewhere)");
    expect(text).not.toContain("z1-app/app (created elsewhere)");
  }
});

test("returns a row for each trusted cluster", () => {
  const rows = accessMatrix(loadExample("three-clusters")).filter(({ role }) => role === "blue-app");
  expect(rows.map(({ cluster: name }) => name)).toEqual(["blue", "green", "red"]);
  expect(new Set(rows.map(({ providerArn }) => providerArn)).size).toBe(3);
});

test("renders patterns, roles without policies and the issuers", () => {
  const rendered = renderMatrix(accessMatrix(loadExample("create")));
  expect(rendered).toMatch(/^staging +\*\/\* \(pattern\) +any-pod +none$/m);
  expect(rendered).toContain("AmazonS3ReadOnlyAccess, arn:aws-us-gov:iam::123456789012:policy/team/own, inline:home");
  expect(rendered).toMatch(/^staging +123456789012 +https:\/\/oidc\.eks\.us-gov-west-1\.amazonaws\.com\/id\//m);
});

test("reports that other policies may be attached", () => {
  expect(renderMatrix(accessMatrix(loadExample("qovery")))).toMatch(/ adopted .*other policies may be attached$/m);
});

test("renders one line for each subject of 200 roles, also as Markdown", () => {
  // 100 roles with one subject, and 100 roles with four.
  const keys = (i: number) =>
    i % 2 === 0 ? `namespace: z${i}` : `{ namespaces: [z${i}-a, z${i}-b], serviceAccounts: [api, worker] }`;
  const roles = Array.from({ length: 200 }, (_, i) => `  role-${i}:\n    ${keys(i)}\n`).join("");
  const { project } = load({ "irsa.yaml": IRSA, "clusters/one.yaml": cluster(roles) });
  if (!project) throw new Error("the configuration has errors");
  const rows = accessMatrix(project);
  const [head, ...lines] = (renderMatrix(rows).split("\n\n")[0] ?? "").trimEnd().split("\n");
  expect(lines).toHaveLength(500);
  expect(new Set(lines).size).toBe(500);
  const columns = ["SERVICE", "ROLE", "POLICIES"].map((column) => head?.indexOf(column) ?? 0);
  for (const line of lines)
    for (const column of columns) expect(line.slice(column - 2, column + 1)).toMatch(/^ {2}\S$/);
  const markdown = (renderMatrixAsMarkdown(rows).split("\n\n")[0] ?? "").split("\n");
  expect(markdown).toHaveLength(502);
  for (const line of markdown) expect(line.match(/(?<!\\)\|/g)).toHaveLength(5);
});
