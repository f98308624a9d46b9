import { z } from "zod";
import { parsePolicyArn } from "../iam/arn";
import { parseIssuer } from "../iam/issuer";
import { accountIdProblem, descriptionProblem, pathProblem, tagValueProblem, type ValueProblem } from "../iam/names";
import { isRegion } from "../iam/partition";
import { SESSION_DURATION } from "../iam/quotas";
import { namespaceProblem, serviceAccountProblem } from "./kubernetes-names";

// The shape of irsa.yaml and clusters/*.yaml, and the rules that one value can be held to by itself. What needs two
// values is in rules.ts. The JSON Schemas for editors are made from this (npm run schema).

/** A string that a rule of IAM, Kubernetes or Qovery holds for. */
function ruled(flawOf: (text: string) => ValueProblem | undefined) {
  return z.string().superRefine((text, context) => {
    const flaw = flawOf(text);
    if (flaw)
      context.addIssue({
        code: "custom",
        message: `${JSON.stringify(text)} ${flaw.problem}`,
        params: { fix: flaw.fix },
      });
  });
}

const pattern = (regex: RegExp, problem: string, fix: string) =>
  ruled((text) => (regex.test(text) ? undefined : { problem, fix }));

const region = ruled((text) =>
  isRegion(text) ? undefined : { problem: "is not an AWS region", fix: "use one such as eu-west-3" },
);

const tags = z.record(z.string(), ruled(tagValueProblem)).describe("Tags: key → value, at most 50 on a resource.");

const permissionsBoundary = ruled((text) =>
  parsePolicyArn(text)
    ? undefined
    : { problem: "is not an IAM policy's ARN", fix: "use one such as arn:aws:iam::123456789012:policy/boundary" },
).describe("ARN of a managed policy that bounds what a role may do at most.");

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const bucket = ruled((text) =>
  /^(?!xn--|sthree-|.*\.\.|.*-s3alias$|\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text)
    ? undefined
    : { problem: "is not an S3 bucket's name", fix: 'use 3 to 63 lower-case letters, digits, "." and "-"' },
);

const prefix = pattern(/^[\w!.*'()/-]*$/, "is not a prefix of S3 object keys", "use letters, digits and -_/.!*'()");
const workspaceName = pattern(/^[\w-]*$/, "is not part of a workspace's name", 'use letters, digits, "-" and "_"');

const state = z.discriminatedUnion("backend", [
  z.strictObject({
    backend: z.literal("s3").describe("Terraform's state in an S3 bucket, locked in the bucket itself."),
    bucket: bucket.describe("The bucket; it exists already."),
    region: region.describe("The bucket's region."),
    keyPrefix: prefix.optional().describe('Before each state\'s key: <keyPrefix><stack>.tfstate. Default "".'),
  }),
  z.strictObject({
    backend: z.literal("cloud").describe("A workspace of HCP Terraform or Terraform Enterprise for each stack."),
    organization: pattern(/^[\w-]{3,40}$/, "is not an organization's name", 'use 3 to 40 letters, digits, "-" and "_"'),
    project: pattern(
      /^[\w -]{3,40}$/,
      "is not a project's name",
      'use 3 to 40 letters, digits, spaces, "-" and "_"',
    ).optional(),
    workspacePrefix: workspaceName
      .optional()
      .describe('Before each workspace\'s name: <workspacePrefix><stack>. Default "".'),
    hostname: pattern(/^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?$/, "is not a host name", "use one such as terraform.acme.com")
      .optional()
      .describe("Terraform Enterprise's host. Default app.terraform.io."),
  }),
  z.strictObject({ backend: z.literal("local").describe("Files beside the project; for trials.") }),
]);

export const irsaSchema = z.strictObject({
  state: state.describe("Where Terraform keeps its state."),
  defaults: z
    .strictObject({ tags: tags.optional(), permissionsBoundary: permissionsBoundary.optional() })
    .optional()
    .describe("What every cluster and role has unless it says otherwise."),
  verification: z
    .strictObject({
      runner: z.enum(["kubernetes", "qovery", "none"]).describe("What runs the verifier after a deployment."),
      image: pattern(
        /^[a-z0-9][\w./:@-]*$/,
        "is not an image's name",
        "use one such as ghcr.io/acme/qovery-irsa-verifier:1.0.0",
      ).optional(),
    })
    .optional(),
});

const namespace = ruled((text) =>
  text.includes("*")
    ? {
        problem: "has a wildcard, and an environment-scoped role is for one namespace",
        fix: "use scope: cluster for every Qovery namespace, or name one",
      }
    : namespaceProblem(text),
).describe("Qovery's QOVERY_KUBERNETES_NAMESPACE_NAME of the environment.");

const role = z.strictObject({
  scope: z
    .enum(["environment", "cluster", "any-service-account"])
    .optional()
    .describe(
      "Who may assume the role: one service account of one namespace (environment, the default); that service account in every Qovery namespace, z*, of the cluster (cluster); every pod of the cluster (any-service-account).",
    ),
  namespace: namespace.optional(),
  namespaces: z
    .array(namespace)
    .optional()
    .describe("Where the service account is made, with scope cluster or any-service-account."),
  serviceAccount: ruled((text) =>
    text.includes("*")
      ? { problem: "has a wildcard", fix: "name one service account; scope: any-service-account trusts all" }
      : text === ""
        ? { problem: "is empty", fix: "name the service account, or leave the key out for the role's name" }
        : serviceAccountProblem(text),
  )
    .optional()
    .describe("The service account's name. Default: the role's name."),
  description: ruled(descriptionProblem).optional(),
  path: ruled(pathProblem).optional().describe('IAM path, such as /team/. Default "/".'),
  policies: z.array(z.string()).optional().describe("AWS managed policies by name, or managed policies by ARN."),
  inlinePolicies: z
    .record(z.string(), z.looseObject({}))
    .optional()
    .describe("Name → policy document, or { file: path of a JSON file beside this one }."),
  permissionsBoundary: permissionsBoundary.optional(),
  maxSessionDuration: z
    .int({ abort: true })
    .superRefine((seconds, context) => {
      if (seconds >= SESSION_DURATION.least && seconds <= SESSION_DURATION.most) return;
      const fix = `use ${SESSION_DURATION.least} to ${SESSION_DURATION.most} seconds (1 to 12 hours)`;
      context.addIssue({ code: "custom", message: `${seconds} is not a session's duration`, params: { fix } });
    })
    .optional()
    .describe("Seconds, 3600 to 43200."),
  tags: tags.optional(),
  trustedClusters: z
    .array(z.string())
    .optional()
    .describe("Other clusters of the account whose tokens with the same subject are trusted too."),
  import: z.boolean().optional().describe("Adopt the role of this name that is in the account already."),
  verification: z
    .strictObject({
      probe: pattern(
        /^(s3:list-buckets|none|s3:bucket:[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$/,
        "is not a probe",
        "use s3:list-buckets, s3:bucket:NAME or none",
      ).optional(),
    })
    .optional(),
});

export const clusterSchema = z.strictObject({
  accountId: ruled(accountIdProblem).describe("The AWS account of the cluster and its roles: 12 digits, in quotes."),
  region: region.optional().describe("Default: the issuer's."),
  oidc: z.strictObject({
    issuer: ruled((text) => {
      const issuer = parseIssuer(text);
      return "problem" in issuer ? issuer : undefined;
    }).describe("The cluster's OpenID Connect provider URL."),
    provider: z
      .enum(["existing", "create"])
      .optional()
      .describe(
        "existing (default): Qovery has made the IAM OIDC provider, as on every cluster that it manages. create: it is made here.",
      ),
    deletionProtection: z
      .boolean()
      .optional()
      .describe("Whether a created provider is kept from being destroyed. Default true."),
  }),
  kubernetes: z
    .discriminatedUnion("access", [
      z.strictObject({
        access: z.literal("eks").describe("Through the EKS API, with the AWS credentials of the run."),
        clusterName: pattern(
          /^[a-zA-Z0-9][\w-]{0,99}$/,
          "is not an EKS cluster's name",
          'use letters, digits, "-" and "_", at most 100',
        ),
      }),
      z.strictObject({
        access: z.literal("kubeconfig"),
        path: z.string().min(1).optional().describe("Default ~/.kube/config."),
        context: z.string().min(1).optional(),
      }),
    ])
    .optional()
    .describe("How Helm reaches the cluster."),
  tags: tags.optional(),
  roles: z.record(z.string(), role).describe("IAM role's name → role."),
});

export type IrsaFile = z.infer<typeof irsaSchema>;
export type ClusterFile = z.infer<typeof clusterSchema>;
export type RoleEntry = z.infer<typeof role>;

/**
 * Every key that may stand at a path of a schema, to find the one that a misspelt key means.
 * @param value what stands there; where its keys depend on one of them, such as `backend`, it decides
 */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  const found = schemaAt(schema, path);
  const object =
    found instanceof z.ZodDiscriminatedUnion ? variants(found).find(({ takes }) => takes(value))?.object : found;
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

/** The `backend: s3` that a key goes with which has no place beside the one that was chosen. */
export function elsewhere(schema: z.ZodType, path: readonly PropertyKey[], key: string): string | undefined {
  const found = schemaAt(schema, path);
  if (!(found instanceof z.ZodDiscriminatedUnion)) return undefined;
  return variants(found).find(({ object }) => key in object.shape)?.name;
}

interface Variant {
  readonly object: z.ZodObject;
  /** Such as `backend: s3`. */
  readonly name: string;
  readonly takes: (value: unknown) => boolean;
}

function variants(union: z.ZodDiscriminatedUnion): Variant[] {
  const key = union.def.discriminator;
  return (union.options as z.ZodObject[]).map((object) => {
    const literal = (object.shape[key] as z.ZodLiteral).value;
    return {
      object,
      name: `${key}: ${String(literal)}`,
      takes: (value) => (value as Record<string, unknown>)[key] === literal,
    };
  });
}

function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  const inner = schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
  const [step, ...rest] = path;
  if (step === undefined) return inner;
  if (inner instanceof z.ZodObject) return schemaAt(inner.shape[String(step)] as z.ZodType, rest);
  return inner instanceof z.ZodRecord ? schemaAt(inner.valueType as z.ZodType, rest) : undefined;
}
