import { loadExample, type Stack, synthesize } from "./synthesized";

test("s3: an object for each stack, encrypted and locked in the bucket", () => {
  const stacks = synthesize(loadExample("three-clusters"));
  expect(Object.keys(stacks).sort()).toEqual([
    "blue-iam",
    "blue-service-accounts",
    "green-iam",
    "green-service-accounts",
    "red-iam",
    "red-service-accounts",
  ]);
  for (const [name, stack] of Object.entries(stacks)) {
    expect(stack.terraform.backend).toEqual({
      s3: { bucket: "acme-state", region: "eu-west-1", key: `irsa/${name}.tfstate`, encrypt: true, use_lockfile: true },
    });
  }
});

test("cloud: a workspace for each stack, and no other backend", () => {
  for (const [name, stack] of Object.entries(synthesize(loadExample("kubeconfig")))) {
    expect(stack.terraform.cloud).toEqual({
      organization: "acme",
      hostname: "tfe.acme.example",
      workspaces: { name: `irsa-${name}`, project: "Platform" },
    });
    expect(stack.terraform).not.toHaveProperty("backend");
  }
});

test("cloud: HCP Terraform's own host and default project", () => {
  const project = loadExample("kubeconfig");
  const stacks = synthesize({ ...project, state: { backend: "cloud", organization: "acme", workspacePrefix: "" } });
  const [stack] = Object.values(stacks) as [Stack];
  expect(stack.terraform.cloud).toEqual({ organization: "acme", workspaces: { name: "on-premises-iam" } });
});

test("local: a file", () => {
  for (const stack of Object.values(synthesize(loadExample("create"))))
    expect(Object.keys(stack.terraform.backend)).toEqual(["local"]);
});

test.each(["create", "kubeconfig", "three-clusters"])(
  "every stack of %s asks for a Terraform that locks in S3",
  (name) => {
    for (const stack of Object.values(synthesize(loadExample(name))))
      expect(stack.terraform.required_version).toBe(">= 1.10.0");
  },
);
