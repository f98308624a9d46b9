import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Project, StateBackend } from "../config/project";
import { TERRAFORM_VARIABLES } from "./deploy";
import { command, main } from "./lib/command";
import { loadedProject } from "./lib/configuration";
import { Stopped, UsageError } from "./lib/errors";
import { HcpApi, tokenError } from "./lib/hcp-api";
import { planByUpload } from "./lib/hcp-plan";
import { planComment } from "./lib/plan-comment";
import { differenceFrom, projectAt } from "./lib/revision";
import { inParallel, planStack, type StackPlan, withWaiting } from "./lib/stack-plans";
import { type SynthesizedStack, selectStacks, synthesizeStacks } from "./lib/stacks";

/** Plans that run together: each one needs a process of every provider. */
const AT_A_TIME = 2;

export const plan = command({
  name: "plan",
  summary:
    "Plans the stacks with Terraform, and writes one comment for a pull request: the change in access, and the plans.",
  options: {
    stack: { type: "string", value: "STACK", multiple: true, description: "a stack, or a pattern such as '*-iam'" },
    against: {
      type: "string",
      value: "REVISION",
      description: "compare access with a Git revision, such as origin/main",
    },
    changed: { type: "boolean", description: "only the stacks that differ from the revision; needs --against" },
    comment: { type: "string", value: "FILE", description: "write the comment to a file, as Markdown" },
    output: { type: "string", short: "o", choices: ["text", "json"], default: "text", description: "output format" },
  },
  environment: TERRAFORM_VARIABLES,
  examples: [
    "npm run plan",
    "npm run plan -- --stack '*-iam' --against origin/main --changed --comment comment.md",
    "npm run --silent plan -- -o json",
  ],
  stoppable: true,
  async run({ values, signal }) {
    const { against } = values;
    if (values.changed && against === undefined) throw new UsageError("--changed needs --against REVISION");
    const project = loadedProject();
    const difference = against === undefined ? undefined : differenceFrom(against, project);
    const selected = selectStacks(synthesizeStacks(project), values.stack);
    const stacks =
      values.changed && against !== undefined ? changedStacks(selected, projectAt(against).project) : selected;
    const plans = await planAll(stacks, await planner(project.state, signal), signal);
    if (signal.aborted) throw new Stopped("nothing was changed");
    const { changes, note } = difference ?? {};
    if (values.comment !== undefined) {
      const text = planComment({
        changes,
        ...(note === undefined ? {} : { note }),
        plans,
        complete: runLink(),
        checkCommand: `npm run check -- --against ${against}`,
      });
      mkdirSync(dirname(values.comment), { recursive: true });
      writeFileSync(values.comment, text);
    }
    if (values.output === "json") process.stdout.write(`${JSON.stringify({ changes, note, plans }, null, 2)}\n`);
    else for (const { stack, output } of plans) process.stdout.write(`\n== ${stack}\n${output}\n`);
    return plans.some(({ result }) => result === "failed") ? 1 : 0;
  },
});

type Planner = (stack: SynthesizedStack) => Promise<StackPlan>;

/** Returns what plans a stack: Terraform, or HCP Terraform after an upload. */
export async function planner(state: StateBackend, signal: AbortSignal): Promise<Planner> {
  if (state.backend !== "cloud") return (stack) => planStack(stack, signal);
  if (state.workflow === "vcs") {
    // Terraform would upload the parents of the stack's folder, because the workspace has a working directory.
    throw new Error(
      "with state.workflow: vcs, HCP Terraform plans the pull request; for the difference in access, run npm run check -- --against REVISION",
    );
  }
  if (state.workflow === "api") {
    const api = await HcpApi.connect(state, signal);
    return (stack) => planByUpload(api, state, stack);
  }
  return async (stack) => {
    const result = await planStack(stack, signal);
    const problem = result.result === "failed" ? tokenError(state, result.output) : undefined;
    if (problem) throw problem;
    return result;
  };
}

async function planAll(stacks: readonly SynthesizedStack[], work: Planner, signal: AbortSignal): Promise<StackPlan[]> {
  let done = 0;
  const plans = await inParallel(stacks, AT_A_TIME, async (stack) => {
    if (signal.aborted) return undefined;
    const result = await work(stack);
    process.stderr.write(`[${++done}/${stacks.length}] ${stack.name}: ${result.result}\n`);
    return result;
  });
  return withWaiting(plans.filter((result) => result !== undefined));
}

/** Returns the stacks that are new, or whose synthesized JSON differs from the one of an earlier configuration. */
function changedStacks(stacks: readonly SynthesizedStack[], before: Project | undefined): SynthesizedStack[] {
  if (!before) return [...stacks];
  const folder = mkdtempSync(join(tmpdir(), "plan-"));
  try {
    const text = (stack: SynthesizedStack) => readFileSync(join(stack.folder, "cdk.tf.json"), "utf8");
    const old = new Map(synthesizeStacks(before, folder).map((stack) => [stack.name, text(stack)]));
    return stacks.filter((stack) => old.get(stack.name) !== text(stack));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns where the complete plans are: the workflow run, if this is one of GitHub's. */
function runLink(): string {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = process.env;
  if (!GITHUB_SERVER_URL || !GITHUB_REPOSITORY || !GITHUB_RUN_ID) return "the output of npm run plan";
  return `[the output of the workflow run](${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID})`;
}

if (require.main === module) main(plan);
