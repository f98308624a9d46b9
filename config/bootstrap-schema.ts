import { z } from "zod";
import { accountIdProblem, type ValueProblem } from "../iam/names";
import { matching, text } from "./value-schemas";

// The key `bootstrap` of irsa.yaml: what the roles that run Terraform trust, and where their states are kept.

const provider = z.enum(["create", "existing"]).optional().meta({
  default: "create",
  description: "Whether the stack creates the IAM OIDC provider. An account has one provider for each URL.",
});

/** Source: https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/ */
const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:@\d{1,20}\/[\w.-]{1,100}@\d{1,20}|\/[\w.-]{1,100}(?<!\.git))$/;

/** Checks the name of a repository; the URL of a clone contains the name. */
function repositoryProblem(name: string): ValueProblem | undefined {
  if (REPOSITORY.test(name)) return undefined;
  const inUrl = name.replace(/^(?:https:\/\/|git@)github\.com[/:]/, "").replace(/(?:\.git)?\/?$/, "");
  const fix = "use OWNER@ID/NAME@ID, such as acme@123456/platform@456789, or OWNER/NAME";
  return { problem: "is not the name of a GitHub repository", fix: REPOSITORY.test(inUrl) ? `use ${inUrl}` : fix };
}

export const bootstrap = z.strictObject({
  accountId: text(accountIdProblem).optional().meta({
    description:
      "The account of the bucket, whose stack is `bootstrap`. Required if the clusters are in several accounts: each other account then has a stack `bootstrap-<accountId>`.",
  }),
  github: z
    .strictObject({
      repository: text(repositoryProblem).meta({
        description:
          "The repository, as tokens of GitHub name it: `OWNER@ID/NAME@ID`, or `OWNER/NAME` for a repository without immutable subject claims. Its pull requests can use the plan role, and the deployments of `environment` the apply role.",
      }),
      environment: matching(
        /^[\w. -]{1,255}$/,
        "is not a valid environment name",
        'use letters, digits, spaces, ".", "_" and "-"',
      )
        .optional()
        .meta({ default: "production", description: "The GitHub environment of the deployments." }),
      provider,
    })
    .optional()
    .meta({ description: "The roles trust workflows of GitHub Actions." }),
  hcp: z.strictObject({ provider }).optional().meta({
    description:
      "The roles trust runs of HCP Terraform or Terraform Enterprise, in the organization, project and workspaces of `state`. Requires `backend: cloud`.",
  }),
  roleNamePrefix: matching(
    /^[\w+=,.@-]{1,48}$/,
    "is not a valid prefix of IAM names",
    "use 1 to 48 letters, digits and _+=,.@-",
  )
    .optional()
    .meta({
      default: "qovery-irsa",
      description: "The roles are `<roleNamePrefix>-plan` and `<roleNamePrefix>-apply`.",
    }),
  bucket: z.enum(["create", "existing"]).optional().meta({
    default: "create",
    description: "Whether the stack creates the bucket of `state`. Only valid with `backend: s3`.",
  }),
  state: z.enum(["local", "shared"]).optional().meta({
    default: "local",
    description:
      "The state of the stack itself. `local`: a file beside irsa.yaml, for the first deployment. `shared`: where `state` keeps the other states.",
  }),
});

export const DEFAULT_ENVIRONMENT = "production";
export const DEFAULT_ROLE_NAME_PREFIX = "qovery-irsa";
export const DEFAULT_HCP_HOST = "app.terraform.io";
/** The issuer of the tokens of GitHub Actions. */
export const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";
