import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import type { Cluster, QoveryEnvironments, StateBackend } from "../config/project";
import { argumentsOnQovery, type Proof, proofsOf, qoveryJobName } from "../config/proofs";
import { qoveryImage } from "../config/qovery-image";
import { literal } from "./literal";
import { QoveryDeploymentStage, QoveryJob, type QoveryJobConfig, QoveryProvider } from "./qovery-resources";
import { environmentOf, QoveryServiceAccounts } from "./qovery-service-accounts";
import { requireProvider } from "./required-providers";
import { keepState } from "./state";

/** When the scheduled proofs run, in UTC. */
const DRIFT_SCHEDULE = "17 */6 * * *";

/** Seconds from the start of a job to its end: a node can have to start and the image to be pulled first. */
const DEADLINE = 300;

export interface QoveryVerificationStackProps {
  readonly cluster: Cluster;
  readonly qovery: QoveryEnvironments;
  /** The verifier's image, with a tag. */
  readonly image: string;
  /** The ID of the image's container registry in Qovery. */
  readonly registryId: string;
  readonly state: StateBackend;
}

/**
 * `<cluster>-verification` on Qovery: a lifecycle job for each proof, so that a failed proof fails the environment's
 * deployment, and a cron job that proves access again. No `qovery_deployment`: destroying one deletes the environment.
 */
export class QoveryVerificationStack extends TerraformStack {
  constructor(scope: Construct, { cluster, qovery, image, registryId, state }: QoveryVerificationStackProps) {
    super(scope, `${cluster.name}-verification`);
    keepState(this, state);
    requireProvider(this, "qovery");
    new QoveryProvider(this, "qovery");
    const proofs = proofsOf(cluster);
    const source = { image: { registry_id: registryId, ...qoveryImage(image) } };
    const neighbours = proofs.some(({ kind }) => kind === "isolation")
      ? new QoveryServiceAccounts(this, qovery, cluster)
      : undefined;
    for (const namespace of new Set(proofs.map(({ account }) => account.namespace))) {
      const environmentId = environmentOf(qovery, namespace);
      const stages = this.addStages(namespace, environmentId);
      for (const proof of proofs.filter(({ account }) => account.namespace === namespace)) {
        const proofScope = new Construct(this, `${namespace} ${proof.account.name} ${proof.kind}`);
        if (proof.kind === "isolation") {
          neighbours?.add(proofScope, {
            service: proof.runAs,
            name: proof.runAs,
            roleArn: proof.account.roleArn,
            environmentId,
            stageId: stages.neighbours,
            description: `A service account that must not have the role ${proof.role.name}, managed by qovery-irsa`,
          });
        }
        addJobs(proofScope, proof, { environment_id: environmentId, source, deployment_stage_id: stages.proofs });
      }
    }
  }

  /** Adds the stages of the service accounts of isolation proofs, and of the proofs after it. */
  private addStages(namespace: string, environmentId: string): { neighbours: string; proofs: string } {
    const scope = new Construct(this, namespace);
    const neighbours = new QoveryDeploymentStage(scope, "neighbours", {
      environment_id: environmentId,
      name: "irsa-isolation",
      description: "Creates the service accounts that isolation proofs run as",
    });
    const proofs = new QoveryDeploymentStage(scope, "proofs", {
      environment_id: environmentId,
      name: "irsa-verification",
      description: "Proves that service accounts have their IAM roles, and that others do not",
      is_after: neighbours.id,
    });
    return { neighbours: neighbours.id, proofs: proofs.id };
  }
}

type Placement = Pick<QoveryJobConfig, "environment_id" | "source" | "deployment_stage_id">;

/** Adds the lifecycle job of a proof and, for a proof of access, a scheduled twin. */
function addJobs(scope: Construct, proof: Proof, placement: Placement): void {
  const name = qoveryJobName(proof);
  const command = { arguments: argumentsOnQovery(proof).map(literal) };
  const common = {
    ...placement,
    healthchecks: {},
    cpu: 100,
    memory: 64,
    max_duration_seconds: DEADLINE,
    max_nb_restart: 0,
    advanced_settings_json: JSON.stringify({ "security.service_account_name": proof.runAs }),
  };
  new QoveryJob(scope, "job", { ...common, name, schedule: { on_start: command } });
  if (proof.kind === "isolation") return;
  new QoveryJob(scope, "drift", {
    ...common,
    name: `${name}-drift`,
    schedule: { cronjob: { schedule: DRIFT_SCHEDULE, command } },
  });
}
