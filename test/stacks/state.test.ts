import type { StateBackend } from "../../config/project";
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

test.each([
  [{ project: "Platform", hostname: "tfe.acme.example" }, { hostname: "tfe.acme.example" }, { project: "Platform" }],
  [{}, {}, {}],
])("backend cloud with %j keeps a workspace for each stack", (options, cloud, workspaces) => {
  const stacks = synthesizedWith({ backend: "cloud", organization: "acme", workspacePrefix: "irsa-", ...options });
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
