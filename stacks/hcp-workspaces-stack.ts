import { DataTfeProject } from "@cdktf/provider-tfe/lib/data-tfe-project";
import { TfeProvider } from "@cdktf/provider-tfe/lib/provider";
import { Variable } from "@cdktf/provider-tfe/lib/variable";
import { Workspace, type WorkspaceVcsRepo } from "@cdktf/provider-tfe/lib/workspace";
import { WorkspaceSettings } from "@cdktf/provider-tfe/lib/workspace-settings";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import type { CloudState, Cluster, LocalState, Project, Workspaces } from "../config/project";
import { stackNames } from "../config/stack-names";
import { stacksWithAws } from "../deployer/deployers";
import { requireProvider } from "./required-providers";
import { keepState } from "./state";

export const HCP_WORKSPACES_STACK = "hcp-workspaces";

export interface HcpWorkspacesStackProps {
  readonly project: Project;
  readonly cloud: CloudState & { readonly workspaces: Workspaces };
  /** Where the state of this stack is kept: its workspace could not plan itself. */
  readonly state: LocalState;
}

/** `hcp-workspaces`: a workspace of HCP Terraform for each stack of the clusters. The token comes from TFE_TOKEN. */
export class HcpWorkspacesStack extends TerraformStack {
  constructor(scope: Construct, { project, cloud, state }: HcpWorkspacesStackProps) {
    super(scope, HCP_WORKSPACES_STACK);
    keepState(this, state);
    requireProvider(this, "tfe");
    const { organization, hostname } = cloud;
    new TfeProvider(this, "tfe", { organization, ...(hostname === undefined ? {} : { hostname }) });
    const projectId =
      cloud.project === undefined ? undefined : new DataTfeProject(this, "project", { name: cloud.project }).id;
    for (const cluster of project.clusters) {
      const withAws = stacksWithAws(cluster, project);
      for (const stack of stackNames(cluster, project.verification)) {
        const aws = withAws.includes(stack);
        const kubernetes = callsKubernetes(stack, cluster, project.verification);
        new StackWorkspace(this, stack, { cloud, projectId, cluster, aws, kubernetes });
      }
    }
  }
}

function callsKubernetes(stack: string, { kubernetes }: Cluster, { runner }: Project["verification"]): boolean {
  if (stack.endsWith("-service-accounts")) return kubernetes?.access !== "qovery";
  return stack.endsWith("-verification") && runner === "kubernetes";
}

interface StackWorkspaceProps {
  readonly cloud: HcpWorkspacesStackProps["cloud"];
  readonly projectId: string | undefined;
  readonly cluster: Cluster;
  /** Whether the stack calls AWS. */
  readonly aws: boolean;
  /** Whether the stack calls the Kubernetes API. */
  readonly kubernetes: boolean;
}

class StackWorkspace extends Construct {
  constructor(scope: Construct, stack: string, { cloud, projectId, cluster, aws, kubernetes }: StackWorkspaceProps) {
    super(scope, stack);
    const { workspaces, workspacePrefix } = cloud;
    const workspace = new Workspace(this, "Resource", {
      name: `${workspacePrefix}${stack}`,
      ...(projectId === undefined ? {} : { projectId }),
      autoApply: false,
      speculativeEnabled: true,
      terraformVersion: workspaces.terraformVersion,
      tagNames: [...workspaces.tags],
      ...repositoryOf(workspaces, stack),
    });
    const agentPoolId = kubernetes ? workspaces.agentPoolId : undefined;
    new WorkspaceSettings(this, "settings", {
      workspaceId: workspace.id,
      ...(agentPoolId === undefined ? { executionMode: "remote" } : { executionMode: "agent", agentPoolId }),
    });
    if (!aws) return;
    const role = (name: string) => `arn:${cluster.partition}:iam::${cluster.accountId}:role/${name}`;
    // Source: https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration
    const variables = {
      TFC_AWS_PROVIDER_AUTH: "true",
      TFC_AWS_PLAN_ROLE_ARN: role(workspaces.planRole),
      TFC_AWS_APPLY_ROLE_ARN: role(workspaces.applyRole),
    };
    for (const [key, value] of Object.entries(variables))
      new Variable(this, key, { workspaceId: workspace.id, category: "env", key, value });
  }
}

interface RepositorySettings {
  readonly vcsRepo?: WorkspaceVcsRepo;
  readonly workingDirectory?: string;
  readonly triggerPatterns?: string[];
  readonly queueAllRuns: boolean;
}

function repositoryOf({ repository, folder }: Workspaces, stack: string): RepositorySettings {
  if (!repository) return { queueAllRuns: false };
  const { identifier, ...connection } = repository;
  const workingDirectory = `${folder === undefined ? "" : `${folder}/`}synthesized/stacks/${stack}`;
  return {
    vcsRepo: { identifier, ...connection },
    workingDirectory,
    triggerPatterns: [`${workingDirectory}/**/*`],
    // A workspace without a run ignores webhooks.
    queueAllRuns: true,
  };
}
