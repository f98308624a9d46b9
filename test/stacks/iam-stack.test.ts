import { asTerraformReads, by, loadExample, type Stack, synthesize, withDescriptions } from "./synthesized";

const create = synthesize(loadExample("create"))["staging-iam"] as Stack;
const three = synthesize(loadExample("three-clusters"));

describe("the OIDC provider", () => {
  test("that is created accepts tokens for STS, has no thumbprints, and is protected as configured", () => {
    expect(Object.values(create.resource.aws_iam_openid_connect_provider)).toEqual([
      {
        url: "https://oidc-eks.us-gov-west-1.api.aws/id/0123456789ABCDEF0123456789ABCDEF",
        client_id_list: ["sts.amazonaws.com"],
        tags: { stage: "staging" },
        lifecycle: { prevent_destroy: false },
      },
    ]);
    const kept = synthesize(loadExample("kubeconfig"))["on-premises-iam"] as Stack;
    expect(Object.values(kept.resource.aws_iam_openid_connect_provider)[0]).toHaveProperty(
      "lifecycle.prevent_destroy",
      true,
    );
    expect(create).not.toHaveProperty("data");
  });

  test("that exists is looked up, must accept tokens for STS, and is never in the state", () => {
    const blue = three["blue-iam"] as Stack;
    const [provider] = Object.values(blue.data.aws_iam_openid_connect_provider) as Stack[];
    expect(provider?.arn).toBe(
      "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDE1",
    );
    expect(provider?.lifecycle.postcondition[0].condition).toBe(
      '${contains(self.client_id_list, "sts.amazonaws.com")}',
    );
    expect(blue.resource).not.toHaveProperty("aws_iam_openid_connect_provider");
  });
});

describe("a role", () => {
  const role = by(create.resource.aws_iam_role, "name")["every-feature"] as Stack;

  test("has everything that is configured, and means what was written", () => {
    expect(role).toMatchObject({
      path: "/team/apps/",
      permissions_boundary: "arn:aws-us-gov:iam::123456789012:policy/boundary",
      max_session_duration: 7200,
    });
    expect(role.tags).toEqual({ stage: "staging", owner: "core team" });
  });

  test("has a description that means what was written", () => {
    const described = synthesize(withDescriptions(loadExample("create"), "Costs ${price}, 100%{sure}"))[
      "staging-iam"
    ] as Stack;
    for (const { description } of Object.values(described.resource.aws_iam_role) as Stack[]) {
      expect(asTerraformReads(description)).toBe("Costs ${price}, 100%{sure}");
    }
  });

  test("has nothing that is not", () => {
    const plain = by(create.resource.aws_iam_role, "name")["any-pod"] as Stack;
    expect(Object.keys(plain).sort()).toEqual(["assume_role_policy", "name", "path", "tags"]);
  });

  test("has its managed policies, each once", () => {
    const attachments = Object.values(create.resource.aws_iam_role_policy_attachment) as Stack[];
    expect(attachments.map(({ policy_arn }) => policy_arn).sort()).toEqual([
      "arn:aws-us-gov:iam::123456789012:policy/team/own",
      "arn:aws-us-gov:iam::aws:policy/AmazonS3ReadOnlyAccess",
    ]);
    for (const { role: reference } of attachments) expect(reference).toMatch(/^\$\{aws_iam_role\.[\w-]+\.name\}$/);
  });

  test("has its inline policies with their policy variables", () => {
    const [inline] = Object.values(create.resource.aws_iam_role_policy) as Stack[];
    expect(inline?.name).toBe("home");
    expect(JSON.parse(asTerraformReads(inline?.policy))).toMatchObject({
      Statement: { Resource: "arn:aws-us-gov:s3:::homes/${aws:username}/*" },
    });
  });

  test("that is in the account already is imported by its name", () => {
    const [address] =
      Object.entries(create.resource.aws_iam_role as Record<string, Stack>).find(
        ([, { name }]) => name === "every-feature",
      ) ?? [];
    expect(create.import).toEqual([{ id: "every-feature", to: `aws_iam_role.${address}` }]);
  });
});

test("the AWS provider is held to the cluster's account and region", () => {
  expect(create.provider.aws).toEqual([{ region: "us-gov-west-1", allowed_account_ids: ["123456789012"] }]);
  expect(create.terraform.required_providers.aws).toEqual({ source: "hashicorp/aws", version: ">= 5.100.0, < 7.0.0" });
  expect(create.terraform.required_version).toBe(">= 1.10.0");
});

describe("names and places of resources", () => {
  const project = loadExample("create");
  const withRoles = (...names: string[]) => {
    const [cluster] = project.clusters;
    const [template] = cluster?.roles ?? [];
    if (!cluster || !template) throw new Error("the example has no role");
    const roles = names.map((name) => ({ ...template, name, arn: `arn:aws:iam::123456789012:role/${name}` }));
    return synthesize({ ...project, clusters: [{ ...cluster, roles }] })["staging-iam"] as Stack;
  };

  test("another role, or another order, changes nothing of the others", () => {
    const before = withRoles("a", "c");
    for (const after of [withRoles("a", "b", "c"), withRoles("c", "b", "a")]) {
      for (const [type, resources] of Object.entries(before.resource))
        expect(after.resource[type]).toMatchObject(resources as object);
    }
  });

  test("names that differ in any character stay apart", () => {
    const names = [
      "a",
      "a.b",
      "ab",
      "a-b",
      "a+b",
      "a=b",
      "a,b",
      "a@b",
      "a_b",
      "A",
      "valueOf",
      "constructor",
      "123",
      "x".repeat(64),
    ];
    const stack = withRoles(...names);
    expect(Object.keys(by(stack.resource.aws_iam_role, "name")).sort()).toEqual([...names].sort());
    for (const address of Object.keys(stack.resource.aws_iam_role)) expect(address).toMatch(/^[A-Za-z_][\w-]*$/);
  });
});
