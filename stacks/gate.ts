import { INPUTS_LABEL, type Proof } from "../config/proofs";

// The expressions by which Terraform names Jobs, and turns a failed Job into an error with the verifier's words. A list
// comes from `kubernetes_resources`, in which an absent attribute can be null: every access to one stands inside try().

/** The label of a Job that runs a failed proof again. */
export const ATTEMPT_LABEL = "qovery-irsa/attempt";

/** The value of the attempt label on a Job that runs a failed proof again. */
export const RETRY = "retry";

/** References to the lists of one namespace, each a `data.kubernetes_resources.….objects`. */
export interface Lists {
  /** Every service account, before the apply. */
  readonly accounts: string;
  /** The verification's Jobs that did not succeed, before the apply. */
  readonly open: string;
  /** The verification's Jobs that ran a proof again, before the apply. */
  readonly retries: string;
  /** The verification's Jobs that did not succeed, after all Jobs ended. */
  readonly unproven: string;
  /** The verification's Pods that did not succeed, after all Jobs ended. */
  readonly pods: string;
  /** The warnings of the namespace, after all Jobs ended. */
  readonly warnings: string;
}

/** `<kind>_<namespace>_<service account>` as a Terraform name, which cannot hold a dot. */
export function gateName({ kind, account }: Proof): string {
  return `${kind}_${account.namespace}_${account.name.replaceAll(".", "__")}`;
}

/** Returns the values that the gates of a namespace share, by the name of their local. */
export function namespaceLocals(namespace: string, lists: Lists): Record<string, string> {
  const conditions = `try([for condition in job.status.conditions : condition.type if condition.status == "True"], [])`;
  const failed = `length(setintersection(${conditions}, ["Failed", "FailureTarget"])) > 0`;
  // The API server counts a success a moment after this condition.
  const succeeded = `contains(${conditions}, "SuccessCriteriaMet")`;
  const ending = `try([for condition in job.status.conditions : "\${condition.reason}: \${condition.message}" if condition.type == "Failed"][0], "")`;
  const inputs = `try(job.metadata.labels["${INPUTS_LABEL}"], "")`;
  const owner = `try([for owner in pod.metadata.ownerReferences : owner.name if owner.kind == "Job"][0], "")`;
  const state = "pod.status.containerStatuses[0].state";
  const about = "event.involvedObject";
  // The Pod of a Job has the Job's name and six more characters.
  const job = `(try(${about}.kind, "") == "Pod" ? replace(${about}.name, "/-[a-z0-9]{5}$/", "") : ${about}.name)`;
  return {
    [`accounts_${namespace}`]: `\${[for account in ${lists.accounts} : account.metadata.name]}`,
    [`failed_${namespace}`]: `\${{for job in ${lists.open} : ${inputs} => job.metadata.name... if ${failed}}}`,
    [`kept_${namespace}`]: `\${{for job in concat(${lists.open}, ${lists.retries}) : ${inputs} => job.metadata.name... if !(${failed})}}`,
    [`unproven_${namespace}`]: `\${{for job in ${lists.unproven} : job.metadata.name => ${ending} if !${succeeded}}}`,
    [`verdicts_${namespace}`]: `\${{for pod in ${lists.pods} : ${owner} => trimspace(try(coalesce(${state}.terminated.message), "\${${state}.terminated.reason} (exit code \${${state}.terminated.exitCode})", ""))...}}`,
    [`waiting_${namespace}`]: `\${{for pod in ${lists.pods} : ${owner} => try("\${${state}.waiting.reason}: \${${state}.waiting.message}", "")...}}`,
    [`warnings_${namespace}`]: `\${{for event in ${lists.warnings} : ${job} => try("\${event.reason}: \${event.message}", "")...}}`,
  };
}

/** The expressions of a proof's Job. */
export interface JobExpressions {
  /** The Job's name. */
  readonly name: string;
  /** The value of the Job's attempt label. */
  readonly attempt: string;
}

/**
 * Returns the expressions of a proof's Job. A Job that did not fail keeps its name. The name of a failed Job leads to
 * another name, so that the proof runs again.
 */
export function jobExpressions(proof: Proof, inputs: string): JobExpressions {
  const { namespace } = proof.account;
  const first = `irsa-${proof.name}-${inputs.slice(0, 8)}`;
  const next = `"irsa-${proof.name}-\${substr(sha256(join(" ", sort(local.failed_${namespace}["${inputs}"]))), 0, 8)}"`;
  return {
    name: `\${try(sort(local.kept_${namespace}["${inputs}"])[0], ${next}, "${first}")}`,
    attempt: `\${local.job_${gateName(proof)} == "${first}" ? "first" : "${RETRY}"}`,
  };
}

/** Returns the precondition of an access proof's Job: the service account exists. */
export function accountExists({ account }: Proof, cluster: string) {
  const { namespace, name } = account;
  return {
    condition: `\${contains(local.accounts_${namespace}, "${name}")}`,
    errorMessage: `The service account ${name} does not exist in the namespace ${namespace}. Run \`cdktf deploy '${cluster}-service-accounts'\`, then deploy again.`,
  };
}

/**
 * Returns the precondition of a proof's output, as Terraform's JSON. The Job's resource waits until the Job has ended, so
 * a Job succeeded if it is not in the list of those that did not. The message is the verifier's own, or the event that
 * stopped the pod.
 */
export function provenBy(proof: Proof) {
  const { namespace, name, roleName } = proof.account;
  const job = `local.job_${gateName(proof)}`;
  const firstOf = (local: string) => `compact(local.${local}_${namespace}[${job}])[0]`;
  const cause = `try(${[
    firstOf("verdicts"),
    firstOf("waiting"),
    `reverse(compact(local.warnings_${namespace}[${job}]))[0]`,
    `coalesce(local.unproven_${namespace}[${job}])`,
    `"the Job \${${job}} has no result"`,
  ].join(", ")})`;
  const claim =
    proof.kind === "access"
      ? `The service account ${name} of the namespace ${namespace} does not have access as the role ${roleName}.`
      : `It is not proven that only the declared service accounts of the namespace ${namespace} can assume the role ${roleName}.`;
  return {
    condition: `\${!contains(keys(local.unproven_${namespace}), ${job})}`,
    error_message: `${claim}\n\${${cause}}`,
  };
}
