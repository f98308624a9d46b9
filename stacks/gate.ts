import { createAccount, INPUTS_LABEL, type Proof, REPEATED_WARNING, ROLE_ANNOTATION } from "../config/proofs";
import { literal } from "./literal";

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
  /** The verification's Jobs, after all Jobs ended. */
  readonly ended: string;
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
  // SuccessCriteriaMet is true a moment before Complete.
  const succeeded = `length(setintersection(${conditions}, ["Complete", "SuccessCriteriaMet"])) > 0`;
  const ending = `try([for condition in job.status.conditions : "\${condition.reason}: \${condition.message}" if condition.type == "Failed"][0], "")`;
  const inputs = `try(job.metadata.labels["${INPUTS_LABEL}"], "")`;
  const owner = `try([for owner in pod.metadata.ownerReferences : owner.name if owner.kind == "Job"][0], "")`;
  const state = "pod.status.containerStatuses[0].state";
  // A Pod has a reason if its node ended the Pod.
  const evicted = `"\${pod.status.reason}: \${pod.status.message}"`;
  const about = "event.involvedObject";
  const warning = `"\${event.reason}: \${event.message}"`;
  // The Pod of a Job has the Job's name and six more characters.
  const job = `(try(${about}.kind, "") == "Pod" ? replace(${about}.name, "/-[a-z0-9]{5}$/", "") : ${about}.name)`;
  return {
    [`roles_${namespace}`]: `\${{for account in ${lists.accounts} : account.metadata.name => try(account.metadata.annotations["${ROLE_ANNOTATION}"], "")}}`,
    [`failed_${namespace}`]: `\${{for job in ${lists.open} : ${inputs} => job.metadata.name... if ${failed}}}`,
    [`kept_${namespace}`]: `\${{for job in concat(${lists.open}, ${lists.retries}) : ${inputs} => job.metadata.name... if !(${failed})}}`,
    [`proven_${namespace}`]: `\${[for job in ${lists.ended} : "\${job.metadata.name} \${${inputs}}" if ${succeeded} && !(${failed})]}`,
    [`endings_${namespace}`]: `\${{for job in ${lists.ended} : job.metadata.name => ${ending}}}`,
    [`verdicts_${namespace}`]: `\${{for pod in ${lists.pods} : ${owner} => trimspace(try(coalesce(${state}.terminated.message), ${evicted}, "\${${state}.terminated.reason} (exit code \${${state}.terminated.exitCode})", ""))...}}`,
    [`waiting_${namespace}`]: `\${{for pod in ${lists.pods} : ${owner} => try("\${${state}.waiting.reason}: \${${state}.waiting.message}", "")...}}`,
    [`warnings_${namespace}`]: `\${{for event in ${lists.warnings} : ${job} => try(${warning}, "")... if !can(regex("${REPEATED_WARNING}", ${warning}))}}`,
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
 * Returns the expressions of a proof's Job. A Job that did not fail keeps its name. The names of failed Jobs lead to
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
    condition: `\${contains(keys(local.roles_${namespace}), "${name}")}`,
    errorMessage: literal(
      `The service account ${name} does not exist in the namespace ${namespace}. ${createAccount(account, cluster)}, then deploy again.`,
    ),
  };
}

/** The expressions about the annotation of a service account with its role. */
function annotation({ account }: Proof, cluster: string) {
  const { namespace, name, roleArn } = account;
  const role = `lookup(local.roles_${namespace}, "${name}", "")`;
  const expected = `Expected: ${roleArn}. ${createAccount(account, cluster)}, then deploy again.`;
  return {
    isRight: `${role} == ${quoted(roleArn)}`,
    problem: `join(" ", ["The annotation ${ROLE_ANNOTATION} of the service account is", "'\${${role}}'.", ${quoted(expected)}])`,
  };
}

/** Returns a text as a quoted string of an expression. */
function quoted(text: string): string {
  return literal(JSON.stringify(text));
}

/**
 * Returns the precondition of a proof's output, as Terraform's JSON: the list of ended Jobs holds the proof's Job as
 * successful, with these inputs. A Job that is missing from the list proves nothing, nor does a Job that proved access
 * before the service account got another role. The message is the verifier's own, or what stopped the Pod.
 */
export function provenBy(proof: Proof, inputs: string, cluster: string) {
  const { namespace, name, roleName } = proof.account;
  const isAccess = proof.kind === "access";
  const { isRight, problem } = annotation(proof, cluster);
  const job = `local.job_${gateName(proof)}`;
  const firstOf = (local: string) => `compact(local.${local}_${namespace}[${job}])[0]`;
  const cause = `try(${[
    firstOf("verdicts"),
    firstOf("waiting"),
    ...(isAccess ? [`coalesce(${isRight} ? "" : ${problem})`] : []),
    `reverse(compact(local.warnings_${namespace}[${job}]))[0]`,
    `coalesce(local.endings_${namespace}[${job}])`,
    `"The Job \${${job}} \${contains(keys(local.endings_${namespace}), ${job}) ? "has no result yet" : "was deleted before its result was read"}. Deploy again to repeat the proof."`,
  ].join(", ")})`;
  const claim = isAccess
    ? `The service account ${name} of the namespace ${namespace} does not have access as the role ${roleName}.`
    : `It is not proven that only the declared service accounts of the namespace ${namespace} can assume the role ${roleName}.`;
  const proven = `local.proven_${namespace}`;
  // With a filter instead of "&&", the condition is unknown until the Job ended.
  const valid = isAccess ? `[for proven in ${proven} : proven if ${isRight}]` : proven;
  return {
    condition: `\${contains(${valid}, "\${${job}} ${inputs}")}`,
    error_message: `${claim}\n\${${cause}}`,
  };
}
