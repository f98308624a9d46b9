import type { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { Chart, Cluster, QoveryEnvironments } from "../config/project";
import { literal } from "./literal";
import { QoveryHelm, QoveryHelmRepository } from "./qovery-resources";

export interface QoveryServiceAccount {
  /** The name of the Helm service in Qovery. */
  readonly service: string;
  /** The name of the service account. */
  readonly name: string;
  readonly roleArn: string;
  /** Annotations besides the one with the ARN of the role. @default - none */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly environmentId: string;
  readonly stageId: string;
  readonly description: string;
}

/** The Helm repository of the chart in Qovery, and the Helm services that create service accounts from the chart. */
export class QoveryServiceAccounts {
  private readonly repositoryId: string;

  constructor(
    stack: TerraformStack,
    { organizationId }: QoveryEnvironments,
    { name: cluster, chart }: Pick<Cluster, "name" | "chart">,
  ) {
    this.chart = published(chart);
    const repository = new QoveryHelmRepository(stack, "repository", {
      organization_id: organizationId,
      // A repository's name is unique in the organization.
      name: stack.node.id,
      description: `The chart of the service accounts of the cluster ${cluster}, managed by qovery-irsa`,
      kind: this.chart.repository.startsWith("oci://") ? "OCI_GENERIC_CR" : "HTTPS",
      url: this.chart.repository,
      skip_tls_verification: false,
    });
    this.repositoryId = repository.id;
  }

  private readonly chart: Required<Chart>;

  /** Adds the Helm service of a service account. */
  add(scope: Construct, account: QoveryServiceAccount): QoveryHelm {
    const { annotations = {} } = account;
    return new QoveryHelm(scope, "helm", {
      environment_id: account.environmentId,
      name: account.service,
      description: literal(account.description),
      allow_cluster_wide_resources: false,
      source: {
        helm_repository: {
          helm_repository_id: this.repositoryId,
          chart_name: this.chart.name,
          chart_version: this.chart.version,
        },
      },
      values_override: {
        set: {},
        set_string: {
          "serviceAccount.name": account.name,
          awsRoleArn: literal(escapeValue(account.roleArn)),
        },
        // Helm would interpret the dots of a key and the commas of a value in `set_string`.
        set_json:
          Object.keys(annotations).length === 0
            ? {}
            : { "serviceAccount.annotations": literal(JSON.stringify(annotations)) },
      },
      deployment_stage_id: account.stageId,
    });
  }
}

/** @throws Error for a chart that Qovery cannot reach */
function published({ name, repository, version }: Chart): Required<Chart> {
  if (repository === undefined || version === undefined) {
    throw new Error(
      `chart.repository: ${JSON.stringify(name)} is a local chart, which Qovery cannot reach; use an https:// or oci:// repository`,
    );
  }
  return { name, repository, version };
}

/**
 * Escapes a value of `--set-string`, in which a comma begins the next value.
 * Source: https://helm.sh/docs/intro/using_helm/#the-format-and-limitations-of---set
 */
function escapeValue(value: string): string {
  return value.replace(/[\\,]/g, "\\$&");
}

/** @throws Error for a namespace without an environment, which the configuration's rules refuse */
export function environmentOf({ environments }: QoveryEnvironments, namespace: string): string {
  const id = environments[namespace];
  if (id === undefined) throw new Error(`qovery.environments: the namespace ${namespace} has no environment`);
  return id;
}
