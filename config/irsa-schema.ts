import { z } from "zod";
import { parseRoleArn } from "../iam/arn";
import { bootstrap } from "./bootstrap-schema";
import { policySetSchema } from "./policy-set-schema";
import { bucket, image, matching, permissionsBoundary, region, tags, text, uuid } from "./value-schemas";
import { workspaces } from "./workspaces-schema";

// The shape of irsa.yaml, with the rules for single values. Rules for several values are in *-rules.ts. The JSON Schemas
// and docs/configuration.md are generated from this file (npm run docs).

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
    bucket: bucket.meta({
      description: "The bucket. The bucket must exist, unless the stack `bootstrap` creates the bucket.",
    }),
    region: region.meta({ description: "The region of the bucket." }),
    keyPrefix: prefix.optional().meta({
      default: "",
      description: "The prefix of each object key: `<keyPrefix><stack>.tfstate`.",
    }),
    kmsKeyArn: matching(
      /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key\/(mrk-[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[89ab][0-9a-f]{3}-[0-9a-f]{12})|alias\/[\w/-]+)$/,
      "is not the ARN of a KMS key",
      "use an ARN such as arn:aws:kms:eu-west-3:123456789012:key/1a2b3c4d-1a2b-4c3d-8e4f-1a2b3c4d5e6f",
    )
      .optional()
      .meta({ description: "The KMS key that encrypts the states. Default: the encryption of the bucket." }),
    roleArn: text((value) =>
      parseRoleArn(value)
        ? undefined
        : {
            problem: "is not the ARN of an IAM role",
            fix: "use an ARN such as arn:aws:iam::123456789012:role/terraform-state",
          },
    )
      .optional()
      .meta({
        description:
          "The role that Terraform assumes for the state, for example in another account than the clusters'.",
      }),
    profile: matching(
      /^[\w.@+=-]+$/,
      "is not a valid profile name",
      "use the name of a profile of your AWS configuration",
    )
      .optional()
      .meta({ description: "The profile of the AWS configuration with the credentials for the state." }),
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
    workflow: z.enum(["cli", "vcs", "api"]).optional().meta({
      default: "cli",
      description:
        "What starts the runs: the Terraform CLI, HCP Terraform's connection to the repository, or uploads through the API. With `vcs` and `api`, the committed stacks have no `cloud` block.",
    }),
    workspaces: workspaces.optional().meta({
      description:
        "Adds the stack `hcp-workspaces`, with a workspace for each stack. A command applies the stack only if you name the stack. The token comes from `TFE_TOKEN`, never from this file.",
    }),
  }),
  z.strictObject({
    backend: z.literal("local").meta({ description: "A local file for each stack, for trials." }),
    path: z.string().min(1).optional().meta({
      default: ".",
      description: "The folder of the state files, relative to this file.",
    }),
  }),
]);

const verifierImage = image.meta({
  description: "The image of the verifier with a tag or a digest, such as `ghcr.io/acme/qovery-irsa-verifier:1.0.0`.",
});
const registryId = uuid.meta({
  description: "The ID of the container registry of the image in Qovery. The image must have a tag.",
});

const verification = z.discriminatedUnion("runner", [
  z.strictObject({
    runner: z.literal("kubernetes").meta({
      description: "A Kubernetes Job for each service account. The deployment fails if a Job does not prove access.",
    }),
    image: verifierImage,
  }),
  z.strictObject({
    runner: z.literal("qovery").meta({
      description:
        "A Qovery lifecycle job for each service account, in the environments of the cluster's `qovery` key.",
    }),
    image: verifierImage,
    registryId,
  }),
  z.strictObject({
    runner: z.literal("none").meta({ description: "Nothing runs the verifier. The other keys have no effect." }),
    image: verifierImage.optional(),
    registryId: registryId.optional(),
  }),
]);

export const irsaSchema = z.strictObject({
  state: state.meta({ description: "Where Terraform keeps its state." }),
  defaults: z
    .strictObject({
      tags: tags.optional().meta({
        description:
          "Tags of every role and OIDC provider. The tags of a cluster and of a role override them. A resource has at most 50 tags, and IAM ignores the case of a key.",
      }),
      permissionsBoundary: permissionsBoundary.optional().meta({
        description: "The ARN of the managed policy that limits every role that does not set `permissionsBoundary`.",
      }),
    })
    .optional()
    .meta({ description: "Values for every cluster and role that does not set them." }),
  policySets: z.record(z.string(), policySetSchema).optional().meta({
    description:
      "Permissions that several roles share, by name. A role has the policies of the sets in its `policySets`.",
  }),
  verification: verification
    .optional()
    .meta({ description: "What runs the verifier after a deployment. Default: `runner: none`." }),
  bootstrap: bootstrap.optional().meta({
    description:
      "Adds the stack `bootstrap`, with the roles that plan and apply the stacks and the bucket of their states. A command applies the stack only if you name the stack.",
  }),
});

export type IrsaFile = z.infer<typeof irsaSchema>;
