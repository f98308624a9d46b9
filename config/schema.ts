import { z } from "zod";
import { parseIssuer } from "../iam/issuer";
import { accountIdProblem } from "../iam/names";
import { roleSchema } from "./role-schema";
import { bucket, matching, permissionsBoundary, region, tags, text } from "./value-schemas";

// The shape of irsa.yaml and clusters/*.yaml, with the rules for single values. Rules for several values are in
// *-rules.ts. The JSON Schemas and docs/configuration.md are generated from this file (npm run docs).

const prefix = matching(
  /^[\w!.*'()/-]*$/,
  "is not a valid prefix of S3 object keys",
  "use letters, digits and -_/.!*'()",
);
const workspaceName = matching(/^[\w-]*$/, "is not valid in a workspace name", 'use letters, digits, "-" and "_"');

const state = z.discriminatedUnion("backend", [
  z.strictObject({
    backend: z.literal("s3").meta({
      description:
        "An object of an S3 bucket for each stack. Terraform locks the state in the bucket itself, and also needs `s3:GetObject`, `s3:PutObject` and `s3:DeleteObject` on `<key>.tflock`.",
    }),
    bucket: bucket.meta({ description: "The bucket. It must exist." }),
    region: region.meta({ description: "The region of the bucket." }),
    keyPrefix: prefix.optional().meta({
      default: "",
      description: "The prefix of each object key: `<keyPrefix><stack>.tfstate`.",
    }),
  }),
  z.strictObject({
    backend: z.literal("cloud").meta({
      description:
        "A workspace of HCP Terraform or Terraform Enterprise for each stack. The token comes from `TF_TOKEN_<hostname>`, never from this file.",
    }),
    organization: matching(
      /^[\w-]{3,40}$/,
      "is not a valid organization name",
      'use 3 to 40 letters, digits, "-" and "_"',
    ).meta({ description: "The organization." }),
    project: matching(
      /^[\w -]{3,40}$/,
      "is not a valid project name",
      'use 3 to 40 letters, digits, spaces, "-" and "_"',
    )
      .optional()
      .meta({ description: "The project of the workspaces. Default: the default project of the organization." }),
    workspacePrefix: workspaceName.optional().meta({
      default: "",
      description: "The prefix of each workspace name: `<workspacePrefix><stack>`, at most 90 characters together.",
    }),
    hostname: matching(
      /^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?$/,
      "is not a host name",
      "use a host name such as terraform.acme.com",
    )
      .optional()
      .meta({ default: "app.terraform.io", description: "The host of Terraform Enterprise." }),
  }),
  z.strictObject({ backend: z.literal("local").meta({ description: "Local files, for trials." }) }),
]);

const verification = z.strictObject({
  runner: z
    .enum(["kubernetes", "qovery", "none"])
    .meta({ description: "What runs the verifier after a deployment. Only `none` has an effect at present." }),
  image: matching(
    /^[a-z0-9][\w./:@-]*$/,
    "is not a valid image name",
    "use a name such as ghcr.io/acme/qovery-irsa-verifier:1.0.0",
  )
    .optional()
    .meta({ description: "The image of the verifier." }),
});

export const irsaSchema = z.strictObject({
  state: state.meta({ description: "Where Terraform keeps its state." }),
  defaults: z
    .strictObject({
      tags: tags.optional().meta({
        description:
          "Tags of every role and OIDC provider. The tags of a cluster and of a role override them. A resource has at most 50 tags, and IAM ignores the case of a key.",
      }),
      permissionsBoundary: permissionsBoundary.optional().meta({
        description: "The ARN of the managed policy that limits every role without a permissions boundary of its own.",
      }),
    })
    .optional()
    .meta({ description: "Values for every cluster and role that does not set them." }),
  verification: verification.optional().meta({ description: "How access is verified after a deployment." }),
});

const oidc = z.strictObject({
  issuer: text((value) => {
    const issuer = parseIssuer(value);
    return "problem" in issuer ? issuer : undefined;
  }).meta({
    description:
      "The OpenID Connect provider URL of the cluster, as the overview of the cluster in the EKS console shows it. For a self-managed cluster: any https URL without a port.",
  }),
  provider: z.enum(["existing", "create"]).optional().meta({
    default: "existing",
    description:
      "`existing`: the IAM OIDC provider exists, as on every cluster that Qovery manages. It is looked up and never becomes part of the state. `create`: the provider is created.",
  }),
  deletionProtection: z.boolean().optional().meta({
    default: true,
    description: "Whether `prevent_destroy` protects a created provider.",
  }),
});

const kubernetes = z.discriminatedUnion("access", [
  z.strictObject({
    access: z.literal("eks").meta({ description: "Through the EKS API, with the AWS credentials of the run." }),
    clusterName: matching(
      /^[a-zA-Z0-9][\w-]{0,99}$/,
      "is not a valid EKS cluster name",
      'use letters, digits, "-" and "_", at most 100',
    ).meta({ description: "The name of the EKS cluster." }),
  }),
  z.strictObject({
    access: z.literal("kubeconfig").meta({ description: "Through a kubeconfig file." }),
    path: z.string().min(1).optional().meta({ default: "~/.kube/config", description: "The path of the file." }),
    context: z.string().min(1).optional().meta({
      description: "The context in the file. Default: the current context.",
    }),
  }),
]);

export const clusterSchema = z.strictObject({
  accountId: text(accountIdProblem).meta({
    description: "The AWS account of the cluster and of its roles: 12 digits, in quotes.",
  }),
  region: region.optional().meta({
    description:
      "The AWS region of the cluster. Required if the issuer is not EKS's. Default: the region of the issuer.",
  }),
  oidc: oidc.meta({ description: "The OpenID Connect provider of the cluster." }),
  kubernetes: kubernetes.optional().meta({
    description: "How Terraform reaches the cluster. Required if a service account is created.",
  }),
  tags: tags.optional().meta({
    description: "Tags of the roles and of the OIDC provider of the cluster. They override `defaults.tags`.",
  }),
  roles: z.record(z.string(), roleSchema).meta({
    description:
      "Roles by name: 1 to 64 letters, digits and `_+=,.@-`. A name is unique in the account, whatever its path and case.",
  }),
});

export type IrsaFile = z.infer<typeof irsaSchema>;
export type ClusterFile = z.infer<typeof clusterSchema>;
export type { RoleEntry } from "./role-schema";
