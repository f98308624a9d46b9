import type { Role } from "../../config/project";
import type { PolicyDocument } from "../../iam/policy-types";
import { asTerraformReads, by, loadExample, type Stack, synthesize } from "./synthesized";

const example = loadExample("create");
const create = synthesize(example)["staging-iam"] as Stack;

/** Synthesizes the example with other roles, each a changed copy of its first one. */
function withRoles(...changes: readonly Partial<Role>[]): Stack {
  const [cluster] = example.clusters;
  const [template] = cluster?.roles ?? [];
  if (!cluster || !template) throw new Error("the example has no role");
  const roles = changes.map((change) => ({ ...template, ...change }));
  return synthesize({ ...example, clusters: [{ ...cluster, roles }] })["staging-iam"] as Stack;
}

test("a created OIDC provider accepts tokens for STS, has no thumbprints, and is protected as configured", () => {
  const { url, ...provider } = Object.values(create.resource.aws_iam_openid_connect_provider)[0] as Stack;
  expect(url).toBe(example.clusters[0]?.oidc.issuer);
  expect(provider).toEqual({
    client_id_list: ["sts.amazonaws.com"],
    tags: { stage: "staging" },
    lifecycle: { prevent_destroy: false },
  });
  const kept = synthesize(loadExample("kubeconfig"))["on-premises-iam"] as Stack;
  const [protectedProvider] = Object.values(kept.resource.aws_iam_openid_connect_provider) as Stack[];
  expect(protectedProvider?.lifecycle).toEqual({ prevent_destroy: true });
  expect(create).not.toHaveProperty("data");
});

test("a provider that exists in the account is imported by its ARN", () => {
  const clusters = example.clusters.map((cluster) => ({ ...cluster, oidc: { ...cluster.oidc, import: true } }));
  const { import: imports } = synthesize({ ...example, clusters })["staging-iam"] as Stack;
  expect(imports).toContainEqual({
    to: "aws_iam_openid_connect_provider.oidc-provider",
    id: example.clusters[0]?.oidc.arn,
  });
});

test("an existing OIDC provider is looked up, must accept tokens for STS, and is not in the state", () => {
  const blue = synthesize(loadExample("three-clusters"))["blue-iam"] as Stack;
  const [provider] = Object.values(blue.data.aws_iam_openid_connect_provider) as Stack[];
  expect(provider?.arn).toMatch(/^arn:aws:iam::123456789012:oidc-provider\/oidc\.eks\.eu-west-1\.amazonaws\.com\/id\//);
  expect(provider?.lifecycle.postcondition[0].condition).toBe('${contains(self.client_id_list, "sts.amazonaws.com")}');
  expect(blue.resource).not.toHaveProperty("aws_iam_openid_connect_provider");
});

test("the AWS provider accepts credentials of the cluster's account only", () => {
  expect(create.provider.aws).toEqual([{ region: "us-gov-west-1", allowed_account_ids: ["123456789012"] }]);
  expect(create.terraform.required_providers.aws).toEqual({ source: "hashicorp/aws", version: ">= 5.100.0, < 7.0.0" });
});

describe("a role", () => {
  const roles = by(create.resource.aws_iam_role, "name");

  test("has every configured argument and no other", () => {
    expect(roles["every-feature"]).toMatchObject({
      path: "/team/apps/",
      permissions_boundary: "arn:aws-us-gov:iam::123456789012:policy/boundary",
      max_session_duration: 7200,
      tags: { stage: "staging", owner: "core team" },
    });
    expect(Object.keys(roles["any-pod"] as Stack).sort()).toEqual(["assume_role_policy", "name", "path", "tags"]);
  });

  test("keeps text that looks like a Terraform expression", () => {
    const description = "Costs ${price}, 100%{sure}";
    const [role] = Object.values(withRoles({ description }).resource.aws_iam_role) as [Stack];
    expect(asTerraformReads(role.description)).toBe(description);
    const [inline] = Object.values(create.resource.aws_iam_role_policy) as [Stack];
    expect(inline.name).toBe("home");
    expect(JSON.parse(asTerraformReads(inline.policy))).toMatchObject({
      Statement: { Resource: "arn:aws-us-gov:s3:::homes/${aws:username}/*" },
    });
  });

  test("has each managed policy once", () => {
    const attachments = Object.values(create.resource.aws_iam_role_policy_attachment) as Stack[];
    expect(attachments.map(({ policy_arn }) => policy_arn).sort()).toEqual([
      "arn:aws-us-gov:iam::123456789012:policy/team/own",
      "arn:aws-us-gov:iam::aws:policy/AmazonS3ReadOnlyAccess",
    ]);
    const exclusive = Object.values(create.resource.aws_iam_role_policy_attachments_exclusive) as Stack[];
    expect(exclusive.map(({ policy_arns }) => policy_arns.length)).toEqual([0, 2]);
    for (const { role } of attachments) expect(role).toMatch(/^\$\{aws_iam_role\.[\w-]+\.name\}$/);
  });

  test("with `import: true` is imported by name, with its sets of policies, and protected", () => {
    const addresses = Object.entries(create.resource.aws_iam_role as Record<string, Stack>);
    const [address] = addresses.find(([, { name }]) => name === "every-feature") ?? [];
    expect(create.import).toContainEqual({ id: "every-feature", to: `aws_iam_role.${address}` });
    const imported = (create.import as Stack[]).map(({ id, to }) => [id, to.split(".")[0]]);
    expect(imported).toEqual([
      ["every-feature", "aws_iam_role"],
      ["every-feature", "aws_iam_role_policy_attachments_exclusive"],
      ["every-feature", "aws_iam_role_policies_exclusive"],
    ]);
    expect(roles["every-feature"]).toMatchObject({ lifecycle: { prevent_destroy: true } });
  });

  test("imports exactly the policies that exist", () => {
    const [existing, added] = ["Existing", "Added"].map((name) => `arn:aws:iam::123456789012:policy/${name}`);
    const document = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "s3:ListBucket", Resource: "*" } };
    const stack = withRoles({
      name: "adopted",
      import: true,
      managedPolicies: [existing, added] as string[],
      inlinePolicies: ["existing", "added"].map((name) => ({ name, document: document as PolicyDocument })),
      importPolicies: [existing] as string[],
      importInlinePolicies: ["existing"],
    });
    const ids = (stack.import as Stack[]).map(({ id }) => id);
    expect(ids).toEqual(["adopted", `adopted/${existing}`, "adopted:existing", "adopted", "adopted"]);
    for (const { to } of stack.import as Stack[]) expect(stack.resource).toHaveProperty(to);
  });

  test("keeps other policies and can be replaced if configured", () => {
    const stack = withRoles({ exclusivePolicies: false, deletionProtection: false });
    expect(Object.keys(stack.resource).filter((type) => type.endsWith("_exclusive"))).toEqual([]);
    expect(Object.values(stack.resource.aws_iam_role)[0]).not.toHaveProperty("lifecycle");
  });

  test("keeps its addresses when other roles are added, removed or reordered", () => {
    const named = (...names: string[]) => withRoles(...names.map((name) => ({ name })));
    const before = named("a", "c");
    for (const after of [named("a", "b", "c"), named("c", "b", "a")])
      expect(after.resource).toMatchObject(before.resource);
  });

  test("has a separate address, whichever character of its name differs", () => {
    const names = ["a", "a.b", "ab", "a-b", "a+b", "a=b", "a,b", "a@b", "a_b", "A", "valueOf", "constructor", "123"];
    const stack = withRoles(...[...names, "x".repeat(64)].map((name) => ({ name })));
    expect(Object.keys(by(stack.resource.aws_iam_role, "name")).sort()).toEqual([...names, "x".repeat(64)].sort());
    for (const address of Object.keys(stack.resource.aws_iam_role)) expect(address).toMatch(/^[A-Za-z_][\w-]*$/);
  });
});
