import { z } from "zod";
import { parseIssuer } from "../iam/issuer";
import { accountIdProblem } from "../iam/names";
import { SESSION_DURATION } from "../iam/quotas";
import { namespaceProblem } from "./kubernetes-names";
import { maxSessionDuration, path, roleSchema } from "./role-schema";
import { matching, permissionsBoundary, region, tags, text, uuid } from "./value-schemas";

// The shape of clusters/*.yaml, with the rules for single values.

/** The name of Qovery's chart for an annotated service account. Source: https://github.com/Qovery/create_service_account */
export const CHART_NAME = "qovery-sa-helper";

/** Where the chart comes from unless a cluster sets another source. */
export const DEFAULT_CHART = { repository: "https://qovery.github.io/create_service_account/", version: "0.1.0" };

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
      "`existing`: the IAM OIDC provider exists, as on every cluster that Qovery manages. Terraform looks up the provider and never stores the provider in the state. `create`: Terraform creates the provider.",
  }),
  deletionProtection: z.boolean().optional().meta({
    default: true,
    description: "Whether `prevent_destroy` protects a created provider.",
  }),
  import: z.boolean().optional().meta({
    default: false,
    description: "With `provider: create`: import the provider that already exists in the account into the state.",
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
    access: z.literal("qovery").meta({
      description:
        "Terraform does not connect to the cluster: Qovery creates the service accounts, as Helm services in the environments of the `qovery` key.",
    }),
  }),
  z.strictObject({
    access: z.literal("kubeconfig").meta({ description: "Through a kubeconfig file." }),
    path: z.string().min(1).optional().meta({ default: "~/.kube/config", description: "The path of the file." }),
    context: z.string().min(1).optional().meta({
      description: "The context in the file. Default: the current context.",
    }),
  }),
]);

const qovery = z.strictObject({
  organizationId: uuid.meta({ description: "The ID of the Qovery organization." }),
  environments: z.record(text(namespaceProblem), uuid).meta({
    description:
      "The ID of the Qovery environment by its namespace (`QOVERY_KUBERNETES_NAMESPACE_NAME`), for every namespace in which a service account is created or proven.",
  }),
});

/** Whether a repository is the path of a local chart. */
export function isLocalChart(repository: string): boolean {
  return /^\.{0,2}\//.test(repository);
}

const chart = z.strictObject({
  repository: text((value) =>
    isLocalChart(value) || /^(?:https|oci):\/\/[\w.-]+(?::\d+)?(?:\/[\w.~-]+)*\/?$/.test(value)
      ? undefined
      : {
          problem: "is not a chart repository",
          fix: "use an https:// or oci:// URL, or a path that begins with ./, ../ or /",
        },
  )
    .optional()
    .meta({
      default: DEFAULT_CHART.repository,
      description:
        "The repository of the chart `qovery-sa-helper`: an https or OCI repository, or the path of a local chart, relative to this file, on every machine that runs Terraform.",
    }),
  version: matching(
    /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/,
    "is not the version of a chart",
    "use a complete version such as 0.1.0",
  )
    .optional()
    .meta({ default: DEFAULT_CHART.version, description: "The version of the chart. Not valid with a local chart." }),
});

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
    description: "How Terraform reaches the cluster. Required if this project creates a service account.",
  }),
  qovery: qovery.optional().meta({
    description:
      "The environments of the cluster on Qovery. Required with `kubernetes.access: qovery` or `verification.runner: qovery`.",
  }),
  chart: chart.optional().meta({ description: "The Helm chart that creates the service accounts." }),
  permissionsBoundary: permissionsBoundary.optional().meta({
    description:
      "The ARN of the managed policy that limits every role of the cluster without `permissionsBoundary`. Overrides `defaults.permissionsBoundary`.",
  }),
  path: path.optional().meta({
    default: "/",
    description: "The IAM path of every role of the cluster without `path`.",
  }),
  maxSessionDuration: maxSessionDuration.optional().meta({
    default: SESSION_DURATION.least,
    description: "The longest session in seconds of every role of the cluster without `maxSessionDuration`.",
  }),
  tags: tags.optional().meta({
    description: "Tags of the roles and of the OIDC provider of the cluster. They override `defaults.tags`.",
  }),
  roles: z.record(z.string(), roleSchema).meta({
    description:
      "Roles by name: 1 to 64 letters, digits and `_+=,.@-`. A name is unique in the account, whatever its path and case.",
  }),
});

export type ClusterFile = z.infer<typeof clusterSchema>;
