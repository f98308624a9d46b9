import type { CloudState, Project, Workspaces } from "../../config/project";
import { by, loadExample, synthesize } from "./synthesized";

const WORKSPACES: Workspaces = {
  repository: { identifier: "acme/platform", githubAppInstallationId: "ghain-1" },
  folder: "irsa",
  terraformVersion: "1.11.4",
  planRole: "tf-plan",
  applyRole: "tf-apply",
  tags: ["irsa"],
  stateFolder: "/irsa",
};

function workspacesOf(name: string, workspaces: Workspaces, change: Partial<Project> = {}) {
  const cloud: CloudState = {
    backend: "cloud",
    organization: "acme",
    workspacePrefix: "p-",
    workflow: "vcs",
    workspaces,
  };
  const stack = synthesize({ ...loadExample(name), state: { ...cloud, project: "Platform" }, ...change })[
    "hcp-workspaces"
  ];
  if (!stack) throw new Error("the stack is missing");
  return stack;
}

test("each stack has a workspace that plans pull requests and never applies by itself", () => {
  const stack = workspacesOf("create", WORKSPACES);
  const workspaces = by(stack.resource.tfe_workspace, "name");
  expect(Object.keys(workspaces).toSorted()).toEqual(["p-staging-iam", "p-staging-service-accounts"]);
  expect(workspaces["p-staging-iam"]).toMatchObject({
    auto_apply: false,
    speculative_enabled: true,
    queue_all_runs: true,
    terraform_version: "1.11.4",
    tag_names: ["irsa"],
    project_id: "${data.tfe_project.project.id}",
    working_directory: "irsa/synthesized/stacks/staging-iam",
    trigger_patterns: ["irsa/synthesized/stacks/staging-iam/**/*"],
    vcs_repo: { identifier: "acme/platform", github_app_installation_id: "ghain-1" },
  });
  expect(stack.terraform.backend).toEqual({ local: { path: "/irsa/terraform.hcp-workspaces.tfstate" } });
  expect(stack.provider.tfe).toEqual([{ organization: "acme" }]);
});

test("plans and applies assume different roles, in the account of the cluster", () => {
  const { tfe_variable } = workspacesOf("three-clusters", WORKSPACES).resource;
  const accounts = loadExample("three-clusters").clusters.map(({ accountId, partition }) => [accountId, partition]);
  const valuesOf = (key: string) =>
    new Set(
      Object.values<Record<string, string>>(tfe_variable)
        .filter((variable) => variable.key === key && variable.category === "env")
        .map(({ value }) => value),
    );
  const arns = (role: string) => new Set(accounts.map(([id, partition]) => `arn:${partition}:iam::${id}:role/${role}`));
  expect(valuesOf("TFC_AWS_PROVIDER_AUTH")).toEqual(new Set(["true"]));
  expect(valuesOf("TFC_AWS_PLAN_ROLE_ARN")).toEqual(arns("tf-plan"));
  expect(valuesOf("TFC_AWS_APPLY_ROLE_ARN")).toEqual(arns("tf-apply"));
});

test.each([
  ["kubeconfig", ["on-premises-service-accounts"], ["on-premises-iam"]],
  ["qovery", [], ["preview-iam"]],
])("of %s, agents run %j only, and %j have AWS credentials", (name, onAgents, withAws) => {
  const { resource } = workspacesOf(name, { ...WORKSPACES, agentPoolId: "apool-1" });
  const settings = Object.values<Record<string, string>>(resource.tfe_workspace_settings);
  const agents = settings.filter(({ execution_mode }) => execution_mode === "agent");
  expect(agents.map(({ workspace_id }) => workspace_id)).toEqual(
    onAgents.map((stack) => expect.stringContaining(`tfe_workspace.${stack}`)),
  );
  for (const { agent_pool_id } of agents) expect(agent_pool_id).toBe("apool-1");
  for (const { execution_mode, agent_pool_id } of settings.filter((setting) => !agents.includes(setting)))
    expect({ execution_mode, agent_pool_id }).toEqual({ execution_mode: "remote", agent_pool_id: undefined });
  const ids = Object.values<Record<string, string>>(resource.tfe_variable).map(({ workspace_id }) => workspace_id);
  expect([...new Set(ids)]).toEqual(withAws.map((stack) => expect.stringContaining(`tfe_workspace.${stack}`)));
});

test("without a repository, nothing queues a run", () => {
  const { repository: _, ...others } = WORKSPACES;
  for (const workspace of Object.values(workspacesOf("create", others).resource.tfe_workspace)) {
    expect(workspace).toMatchObject({ queue_all_runs: false });
    expect(workspace).not.toHaveProperty("vcs_repo");
  }
});
