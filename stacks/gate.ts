import type { Proof } from "./proof";

// The expressions by which Terraform names Jobs, and turns a failed Job into an error with the verifier's words. A list
// comes from `kubernetes_resources`, in which an absent attribute can be null: every access to one stands inside try().

/** The label that all objects of the verification carry. */
export const MANAGED_BY = { "app.kubernetes.io/managed-by": "qovery-irsa" };

/** The label with the hash of a proof's inputs. */
export const INPUTS_LABEL = "qovery-irsa/inputs";

/** References to the lists of one namespace, each a `data.kubernetes_resources.….objects`. */
export interface Lists {
  /** The service accounts before the apply. */
  readonly accounts: string;
  /** The verification's Jobs before the apply. */
  readonly jobs: string;
  /** The verification's Jobs and their Pods, and the namespace's warnings, after the Jobs ended. */
  readonly finished: string;
  readonly pods: string;
  readonly warnings: string;
}

/** `<kind>_<namespace>_<service account>` as a Terraform name, which cannot hold a dot. */
export function gateName({ kind, account }: Proof): string {
  return `${kind}_${account.namespace}_${account.name.replaceAll(".", "__")}`;
}

function conditions(job: string): string {
  return `try([for condition in ${job}.status.conditions : condition.type if condition.status == "True"], [])`;
}

const FAILED = `length(setintersection(${conditions("job")}, ["Failed", "FailureTarget"])) > 0`;
const COMPLETE = `length(setintersection(${conditions("job")}, ["Complete", "SuccessCriteriaMet"])) > 0`;

/** Returns the values that the gates of a namespace share, by the name of their local. */
export function namespaceLocals(namespace: string, lists: Lists): Record<string, string> {
  const inputs = `try(job.metadata.labels["${INPUTS_LABEL}"], "")`;
  const owner = `try([for owner in pod.metadata.ownerReferences : owner.name if owner.kind == "Job"][0], "")`;
  const status = "pod.status.containerStatuses[0].state";
  // The Pod of a Job has the Job's name and five characters more.
  const subject = `(try(event.involvedObject.kind, "") == "Pod" ? replace(event.involvedObject.name, "/-[a-z0-9]{5}$/", "") : event.involvedObject.name)`;
  return {
    [`accounts_${namespace}`]: `\${[for account in ${lists.accounts} : account.metadata.name]}`,
    [`failed_${namespace}`]: `\${{for job in ${lists.jobs} : ${inputs} => job.metadata.name... if ${FAILED}}}`,
    [`kept_${namespace}`]: `\${{for job in ${lists.jobs} : ${inputs} => job.metadata.name... if !(${FAILED})}}`,
    [`proven_${namespace}`]: `\${[for job in ${lists.finished} : job.metadata.name if ${COMPLETE} && !(${FAILED})]}`,
    [`verdicts_${namespace}`]: `\${{for pod in ${lists.pods} : ${owner} => trimspace(try(coalesce(${status}.terminated.message), ""))...}}`,
    [`waiting_${namespace}`]: `\${{for pod in ${lists.pods} : ${owner} => try("\${${status}.waiting.reason}: \${${status}.waiting.message}", "")...}}`,
    [`warnings_${namespace}`]: `\${{for event in ${lists.warnings} : ${subject} => try("\${event.reason}: \${event.message}", "")...}}`,
    [`endings_${namespace}`]: `\${{for job in ${lists.finished} : job.metadata.name => try([for condition in job.status.conditions : "\${condition.reason}: \${condition.message}" if condition.type == "Failed"][0], "")}}`,
  };
}

/**
 * Returns the expression of a Job's name. A Job that did not fail keeps its name. The name of a failed Job leads to
 * another name, so that the proof runs again.
 */
export function jobName(proof: Proof, inputs: string): string {
  const { namespace } = proof.account;
  const first = `irsa-${proof.name}-${inputs.slice(0, 8)}`;
  const next = `"irsa-${proof.name}-\${substr(sha256(join(" ", sort(local.failed_${namespace}["${inputs}"]))), 0, 8)}"`;
  return `\${try(sort(local.kept_${namespace}["${inputs}"])[0], ${next}, "${first}")}`;
}

/** Returns the precondition of an access proof's Job: the service account exists. */
export function accountExists({ account }: Proof, cluster: string) {
  const { namespace, name } = account;
  return {
    condition: `\${contains(local.accounts_${namespace}, "${name}")}`,
    errorMessage: `The service account ${name} does not exist in the namespace ${namespace}. Run \`cdktf deploy '${cluster}-service-accounts'\`, then deploy again.`,
  };
}

/** Returns the precondition of a proof's output, as Terraform's JSON. The message is the verifier's own, or the event that stopped the pod. */
export function provenBy(proof: Proof) {
  const { namespace, name, roleName } = proof.account;
  const job = `local.job_${gateName(proof)}`;
  const firstOf = (local: string) => `compact(local.${local}_${namespace}[${job}])[0]`;
  const cause = `try(${[
    firstOf("verdicts"),
    firstOf("waiting"),
    `reverse(compact(local.warnings_${namespace}[${job}]))[0]`,
    `coalesce(local.endings_${namespace}[${job}])`,
    `"the Job \${${job}} has no result"`,
  ].join(", ")})`;
  const claim =
    proof.kind === "access"
      ? `The service account ${name} of the namespace ${namespace} does not have access as the role ${roleName}.`
      : `It is not proven that only the declared service accounts of the namespace ${namespace} can assume the role ${roleName}.`;
  return {
    condition: `\${contains(local.proven_${namespace}, ${job})}`,
    error_message: `${claim}\n\${${cause}}`,
  };
}
