import { argumentsOnQovery, type Proof, qoveryJobName } from "../config/proofs";
import { qoveryImage } from "../config/qovery-image";
import { proofNames, type Verdict } from "./verdicts";

// Verdicts of the lifecycle jobs on Qovery. Qovery's API has the state of a job's last deployment, and not the log of the
// job. Source: https://github.com/Qovery/qovery-openapi-spec

/** The jobs of an environment, and their statuses. */
export interface QoveryJobs {
  readonly jobs: readonly QoveryJob[];
  readonly statuses: readonly QoveryJobStatus[];
}

export interface QoveryJob {
  readonly id: string;
  readonly name: string;
  /** `name:tag`, without the host of the container registry. */
  readonly image: string;
  readonly args: readonly string[];
  /** The service account that the job runs as. */
  readonly serviceAccount: string;
}

export interface QoveryJobStatus {
  readonly id: string;
  /** The job beside its last deployment: `NEVER_DEPLOYED`, `UP_TO_DATE` or `OUT_OF_DATE`. */
  readonly deployed: string;
  /** The last action, such as `DEPLOY`. */
  readonly action: string;
  /** The result of the last action, such as `SUCCESS`. */
  readonly result: string;
  /** The time of the last action, as an ISO 8601 time. */
  readonly date: string | undefined;
}

/** Returns the verdict of a proof that runs as a lifecycle job. */
export function qoveryVerdictOf(cluster: string, proof: Proof, image: string, { jobs, statuses }: QoveryJobs): Verdict {
  const { namespace } = proof.account;
  const common = proofNames(cluster, proof);
  const name = qoveryJobName(proof);
  const job = jobs.find((candidate) => candidate.name === name);
  const declare = `Run \`cdktf deploy '${cluster}-verification'\`, then deploy the environment of ${namespace} in Qovery.`;
  if (!job) return { ...common, state: "not-run", fix: declare };
  const status = statuses.find(({ id }) => id === job.id);
  const deploy = `Deploy the environment of ${namespace} in Qovery.`;
  if (!status || status.deployed === "NEVER_DEPLOYED") return { ...common, state: "not-run", fix: deploy };
  if (!isDeclared(job, proof, image)) return { ...common, state: "outdated", fix: declare };
  if (job.serviceAccount !== proof.runAs)
    return {
      ...common,
      state: "not-proven",
      cause: `the job ${name} runs as the service account ${job.serviceAccount}. Expected: ${proof.runAs}`,
      fix: `Set \`security.service_account_name\` of the job to ${proof.runAs}, then deploy the environment of ${namespace} in Qovery.`,
    };
  const { deployed, action, result, date } = status;
  const since = date === undefined ? {} : { since: new Date(date).toISOString() };
  switch (result) {
    case "SUCCESS":
      if (deployed !== "UP_TO_DATE") return { ...common, state: "outdated", fix: deploy };
      if (/^(DEPLOY|RESTART)$/.test(action)) return { ...common, state: "proven", ...since };
      return { ...common, state: "not-run", cause: `the last action is ${action}`, fix: deploy };
    case "ERROR":
      return {
        ...common,
        state: "not-proven",
        ...since,
        cause: `the last deployment of the job ${name} failed`,
        fix: `Open the log of the job ${name} in the Qovery console: the end of the log has the code, the cause and the fix.`,
      };
    case "QUEUED":
    case "ONGOING":
    case "EXECUTING":
      return { ...common, state: "running" };
    default:
      return { ...common, state: "not-run", cause: `the last deployment is ${result}`, fix: deploy };
  }
}

/** Whether a job has the image and the arguments of the proof. */
function isDeclared(job: QoveryJob, proof: Proof, image: string): boolean {
  const { name, tag } = qoveryImage(image);
  return JSON.stringify([job.image, ...job.args]) === JSON.stringify([`${name}:${tag}`, ...argumentsOnQovery(proof)]);
}
