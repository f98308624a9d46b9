import { z } from "zod";
import { isBucketName } from "../iam/bucket";
import { descriptionProblem, pathProblem } from "../iam/names";
import { SESSION_DURATION } from "../iam/quotas";
import { additionalTrustSchema } from "./additional-trust-schema";
import { namespacePatternProblem, namespaceProblem, serviceAccountProblem } from "./kubernetes-names";
import { inlinePolicies, policies } from "./policy-set-schema";
import { permissionsBoundary, tags, text } from "./value-schemas";

/** @param instead how to fix an empty name without setting one */
const serviceAccount = (instead: string) =>
  text((value) => {
    if (value.includes("*")) return { problem: "has a wildcard", fix: "use the name of one service account" };
    if (value === "") return { problem: "is empty", fix: `set a name, or ${instead}` };
    return serviceAccountProblem(value);
  });

export const path = text(pathProblem);

export const maxSessionDuration = z.int({ abort: true }).superRefine((seconds, context) => {
  const { least, most } = SESSION_DURATION;
  if (seconds >= least && seconds <= most) return;
  const fix = `use ${least} to ${most} seconds (1 to 12 hours)`;
  context.addIssue({ code: "custom", message: `${seconds} is not a valid session duration`, params: { fix } });
});

const verification = z.strictObject({
  enabled: z
    .boolean()
    .optional()
    .meta({ default: true, description: "Whether the runner of `verification` in irsa.yaml proves access." }),
  probe: text((value) =>
    value === "s3:list-buckets" || value === "none" || isBucketName(/^s3:bucket:(.*)$/.exec(value)?.[1] ?? "")
      ? undefined
      : { problem: "is not a probe", fix: "use s3:list-buckets, s3:bucket:<name of a bucket> or none" },
  )
    .optional()
    .meta({
      description:
        "What the verifier does with the role's credentials: `s3:list-buckets`, `s3:bucket:<name>` (one bucket) or `none`. Default: what the role's policies allow.",
    }),
});

export const roleSchema = z.strictObject({
  scope: z.enum(["environment", "cluster", "any-service-account"]).optional().meta({
    default: "environment",
    description:
      "Which service accounts can assume the role. `environment`: the service account in the given namespaces. `cluster`: the service account of that name in every namespace of the cluster that matches `namespacePattern`. `any-service-account`: every service account of the cluster; `npm run check` prints a warning.",
  }),
  namespace: z.string().optional().meta({
    description:
      "The namespace of the service account, with scope `environment`: the value of `QOVERY_KUBERNETES_NAMESPACE_NAME` in the Qovery environment.",
  }),
  namespaces: z.array(text(namespaceProblem)).optional().meta({
    description:
      "With scope `environment`: several namespaces instead of `namespace`. With the other scopes: the namespaces in which the service account is created and access is proven.",
  }),
  namespacePattern: text(namespacePatternProblem).optional().meta({
    default: "z*",
    description:
      "The namespaces whose service account can assume the role, with scope `cluster`: how their names begin, and `*`. `z*` matches the namespaces of Qovery, `*` every namespace.",
  }),
  serviceAccount: serviceAccount("remove the key to use the role's name").optional().meta({
    description:
      "The name of the service account. At most 48 characters if this project creates the service account: the Helm release is `irsa-<name>`. Default: the name of the role.",
  }),
  serviceAccounts: z.array(serviceAccount("remove the entry")).optional().meta({
    description:
      "Several service accounts instead of `serviceAccount`. With scope `environment`, each name in each namespace can assume the role, and the trust policy lists every combination: at most 2,048 characters, or 4,096 with a raised quota.",
  }),
  description: text(descriptionProblem).optional().meta({ description: "The description of the IAM role." }),
  path: path
    .optional()
    .meta({ description: "The IAM path, such as `/team/`. Default: `path` of the cluster, or else `/`." }),
  policies,
  inlinePolicies,
  policySets: z.array(z.string()).optional().meta({
    description: "Names of policy sets of `irsa.yaml`, whose policies the role has too.",
  }),
  permissionsBoundary: permissionsBoundary.optional().meta({
    description:
      "The ARN of the managed policy that limits the role. Default: `permissionsBoundary` of the cluster, or else `defaults.permissionsBoundary`.",
  }),
  maxSessionDuration: maxSessionDuration.optional().meta({
    description:
      "The longest session of the role in seconds, up to 43200. Default: `maxSessionDuration` of the cluster, or else 3600.",
  }),
  tags: tags.optional().meta({ description: "Tags of the role. They override the tags of the cluster." }),
  trustedClusters: z.array(z.string()).optional().meta({
    description: "Other clusters of the account. The service accounts of the same names there can assume the role too.",
  }),
  additionalTrust: z.array(additionalTrustSchema).optional().meta({
    description:
      "Further statements of the trust policy, for principals other than the service accounts, in the words of IAM.",
  }),
  import: z.boolean().optional().meta({
    default: false,
    description:
      "Whether to adopt a role of this name that exists in the account. Set `path` to the path of that role: another path replaces the role.",
  }),
  importPolicies: z.array(z.string()).optional().meta({
    description:
      "With `import: true`: the entries of `policies` that are attached to the role already, so that the first plan imports these attachments. `npm run discover` writes the list. It has no effect after the first deployment.",
  }),
  importInlinePolicies: z.array(z.string()).optional().meta({
    description: "The same for the names in `inlinePolicies`.",
  }),
  deletionProtection: z.boolean().optional().meta({
    default: true,
    description: "Whether `prevent_destroy` protects the role. Only with `import: true`.",
  }),
  exclusivePolicies: z.boolean().optional().meta({
    default: true,
    description:
      "Whether a deployment removes policies of the role that this file does not declare. With `false`, other policies can be attached, and the access matrix shows this.",
  }),
  createServiceAccount: z.boolean().optional().meta({
    default: true,
    description:
      "Whether a Helm release of this project creates the service account. Set `false` if something else creates the service account, such as a Helm chart or an operator; `namespace` and `namespaces` then only say where access is proven.",
  }),
  annotations: z.record(z.string(), z.string()).optional().meta({
    description:
      'Annotations of the service accounts that this project creates, besides `eks.amazonaws.com/role-arn`, such as `eks.amazonaws.com/token-expiration: "3600"`.',
  }),
  takeOwnership: z.boolean().optional().meta({
    default: false,
    description:
      "Whether the Helm release takes over a service account that exists. If you destroy the release, the service account is deleted.",
  }),
  verification: verification.optional().meta({ description: "How the verifier proves access." }),
});

export type RoleEntry = z.infer<typeof roleSchema>;
