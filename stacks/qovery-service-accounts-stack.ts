import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import type { Cluster, QoveryEnvironments, StateBackend } from "../config/project";
import { QoveryDeploymentStage, QoveryProvider } from "./qovery-resources";
import { environmentOf, QoveryServiceAccounts } from "./qovery-service-accounts";
import { requireProvider } from "./required-providers";
import { keepState } from "./state";

export interface QoveryServiceAccountsStackProps {
  readonly cluster: Cluster;
  readonly qovery: QoveryEnvironments;
  readonly state: StateBackend;
}

/**
 * `<cluster>-service-accounts` without access to the cluster: one Qovery Helm service for each annotated service account
 * and namespace. Qovery creates the service account at the next deployment of the environment.
 */
export class QoveryServiceAccountsStack extends TerraformStack {
  constructor(scope: Construct, { cluster, qovery, state }: QoveryServiceAccountsStackProps) {
    super(scope, `${cluster.name}-service-accounts`);
    keepState(this, state);
    requireProvider(this, "qovery");
    new QoveryProvider(this, "qovery");
    const services = new QoveryServiceAccounts(this, qovery, cluster);
    const stages = new Map<string, string>();
    for (const { name, namespace, roleArn, release } of cluster.serviceAccounts) {
      if (!release) continue;
      const environmentId = environmentOf(qovery, namespace);
      const stageId = stages.get(namespace) ?? this.addStage(namespace, environmentId);
      stages.set(namespace, stageId);
      services.add(new Construct(this, `${namespace} ${name}`), {
        service: `irsa-account-${name}`,
        name,
        roleArn,
        annotations: release.annotations,
        environmentId,
        stageId,
        description: `The service account ${name} with the role ${roleArn}, managed by qovery-irsa`,
      });
    }
  }

  private addStage(namespace: string, environmentId: string): string {
    const stage = new QoveryDeploymentStage(new Construct(this, namespace), "stage", {
      environment_id: environmentId,
      name: "irsa-service-accounts",
      description: "Creates the service accounts of IAM roles",
    });
    return stage.id;
  }
}
