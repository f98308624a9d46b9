import { z } from "zod";
import { matching } from "./value-schemas";

// The key `state.workspaces` of irsa.yaml: the workspaces that the stack `hcp-workspaces` creates.

const roleName = matching(
  /^[\w+=,.@-]{1,64}$/,
  "is not the name of an IAM role",
  "use 1 to 64 letters, digits and _+=,.@-, without a path",
);

export const workspaces = z.strictObject({
  repository: matching(
    /^[\w-][\w.-]*(\/[\w-][\w.-]*)+$/,
    "is not the name of a repository",
    "use OWNER/NAME, such as acme/platform",
  )
    .optional()
    .meta({ description: "The repository that HCP Terraform plans. Required with `workflow: vcs`." }),
  githubAppInstallationId: matching(
    /^ghain-\w{1,40}$/,
    "is not the ID of an installation of HCP Terraform's GitHub App",
    "use the ID that begins with ghain-",
  )
    .optional()
    .meta({ description: "The installation of the GitHub App that reads the repository." }),
  oauthTokenId: matching(
    /^ot-\w{1,40}$/,
    "is not the ID of an OAuth token of HCP Terraform",
    "use the ID that begins with ot-; the token itself stays in HCP Terraform",
  )
    .optional()
    .meta({ description: "The ID of the VCS connection that reads the repository, for other hosts than GitHub." }),
  folder: matching(
    /^(?!.*(^|\/)\.{1,2}(\/|$))[\w.-]+(\/[\w.-]+)*$/,
    "is not a folder of the repository",
    "use a path without a slash at its ends, such as platform/irsa",
  )
    .optional()
    .meta({ description: "The folder of irsa.yaml in the repository. Default: the root of the repository." }),
  terraformVersion: matching(
    /^1\.(1[1-9]|[2-9]\d)\.\d+$/,
    "is not an exact version of Terraform that the stacks support",
    "use a version from 1.11.0, such as 1.11.4",
  )
    .optional()
    .meta({ default: "1.11.4", description: "The version of Terraform in the workspaces." }),
  planRole: roleName.optional().meta({
    default: "qovery-irsa-plan",
    description: "The name of the role of plans, in the account of each cluster.",
  }),
  applyRole: roleName.optional().meta({
    default: "qovery-irsa-apply",
    description: "The name of the role of applies, in the account of each cluster.",
  }),
  agentPoolId: matching(/^apool-\w{1,40}$/, "is not the ID of an agent pool", "use the ID that begins with apool-")
    .optional()
    .meta({
      description:
        "The agents that run the stacks which call the Kubernetes API. Required with `access: kubeconfig`, and if the endpoint of a cluster is private.",
    }),
  tags: z
    .array(
      matching(
        /^[a-z0-9]([a-z0-9:_-]{0,253}[a-z0-9])?$/,
        "is not a valid tag",
        'use lower-case letters, digits, ":", "-" and "_"',
      ),
    )
    .optional()
    .meta({ description: "Tags of the workspaces." }),
});

export const DEFAULT_TERRAFORM_VERSION = "1.11.4";
