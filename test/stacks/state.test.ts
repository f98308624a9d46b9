import type { S3State, StateBackend } from "../../config/project";
import { loadExample, type Stack, synthesize } from "./synthesized";

const project = loadExample("three-clusters");

function synthesizedWith(state: StateBackend): [string, Stack][] {
  return Object.entries(synthesize({ ...project, state }));
}

test("backend s3 keeps an encrypted and locked object for each stack", () => {
  for (const [name, stack] of synthesizedWith(project.state)) {
    expect(stack.terraform.backend).toEqual({
      s3: { bucket: "acme-state", region: "eu-west-1", key: `irsa/${name}.tfstate`, encrypt: true, use_lockfile: true },
    });
  }
});

test("backend s3 uses the KMS key, the role and the profile of the configuration", () => {
  const kmsKeyArn = "arn:aws:kms:eu-west-1:123456789012:key/1a2b3c4d-1a2b-4c3d-8e4f-1a2b3c4d5e6f";
  const roleArn = "arn:aws:iam::210987654321:role/terraform-state";
  const [[, stack] = []] = synthesizedWith({ ...(project.state as S3State), kmsKeyArn, roleArn, profile: "state" });
  expect(stack?.terraform.backend.s3).toMatchObject({
    kms_key_id: kmsKeyArn,
    assume_role: { role_arn: roleArn },
    profile: "state",
  });
});

test.each([
  [{ project: "Platform", hostname: "tfe.acme.example" }, { hostname: "tfe.acme.example" }, { project: "Platform" }],
  [{}, {}, {}],
])("backend cloud with %j keeps a workspace for each stack", (options, cloud, workspaces) => {
  const stacks = synthesizedWith({
    backend: "cloud",
    organization: "acme",
    workspacePrefix: "irsa-",
    workflow: "cli",
    ...options,
  });
  for (const [name, { terraform }] of stacks) {
    expect(terraform.cloud).toEqual({
      organization: "acme",
      ...cloud,
      workspaces: { name: `irsa-${name}`, ...workspaces },
    });
    expect(terraform).not.toHaveProperty("backend");
  }
});

test("backend local keeps a file for each stack in the folder", () => {
  for (const [name, stack] of synthesizedWith({ backend: "local", folder: "/state" }))
    expect(stack.terraform.backend).toEqual({ local: { path: `/state/terraform.${name}.tfstate` } });
});
