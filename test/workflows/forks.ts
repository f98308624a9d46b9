/** A workflow of GitHub Actions, as YAML gives it. */
export interface Workflow {
  readonly on: unknown;
  readonly permissions?: unknown;
  readonly env?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

export interface Job {
  readonly if?: string;
  readonly permissions?: unknown;
  readonly steps?: readonly Step[];
  readonly [key: string]: unknown;
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** Events that the code of a fork cannot start with access: pushes and schedules are the repository's own. */
const TRIGGERS = ["pull_request", "push", "schedule", "workflow_dispatch"];

/** The condition that holds only for pull requests from the repository itself. */
const OWN_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository";

/** Returns how a workflow can give a fork a secret or a write token. */
export function forkProblems({ on, permissions, jobs, ...rest }: Workflow): string[] {
  const triggers = typeof on === "string" ? [on] : Array.isArray(on) ? on : Object.keys(on as object);
  const problems = triggers
    .filter((trigger) => !TRIGGERS.includes(trigger))
    .map((trigger) => `${trigger} runs with secrets on events that a fork can cause`);
  if (JSON.stringify(permissions) !== "{}") problems.push("the workflow has permissions for every job");
  if (mentionsSecrets(rest)) problems.push("the workflow gives every job a secret");
  if (!triggers.includes("pull_request")) return problems;
  for (const [name, job] of Object.entries(jobs)) {
    // Another alternative would let the condition hold for a fork.
    if (job.if?.includes(OWN_REPOSITORY) && !job.if.includes("||")) continue;
    if (writes(job.permissions)) problems.push(`${name} gives a fork a write token`);
    if (mentionsSecrets(job)) problems.push(`${name} gives a fork a secret`);
    if (job.environment !== undefined) problems.push(`${name} gives a fork an environment`);
  }
  return problems;
}

function writes(permissions: unknown): boolean {
  if (permissions === undefined) return false;
  if (typeof permissions === "string") return permissions !== "read-all";
  return Object.values(permissions as object).includes("write");
}

/** Whether `secrets` is a context or a key, as in `secrets: inherit`. */
function mentionsSecrets(value: unknown): boolean {
  return /\bsecrets\b/.test(JSON.stringify(value));
}
