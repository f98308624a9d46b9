import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Project, StateBackend } from "../config/project";
import type { Ended } from "../local/child-process";
import { terraformBinary } from "../local/terraform-cli";
import { command, main } from "./lib/command";
import { loadedProject } from "./lib/configuration";
import { tokenError } from "./lib/hcp-api";
import { takeLock } from "./lib/lock";
import { ADOPTED, adopt, heldLock, orphans } from "./lib/recovery";
import { clusterOf, outputFolder, type SynthesizedStack, selectStacks, synthesizeStacks } from "./lib/stacks";
import { INIT, runTerraform } from "./lib/terraform";

export const STACKS = {
  value: "[STACK]…",
  description: "stacks, or patterns such as '*-iam' (default: all stacks except bootstrap and hcp-workspaces)",
} as const;

export const TERRAFORM_VARIABLES = {
  IRSA_CONFIG: "path of the configuration (default: irsa.yaml)",
  CDKTF_OUTDIR: "folder of the synthesized stacks (default: cdktf.out)",
  TERRAFORM_BINARY_NAME: "terraform or tofu (default: terraform, else tofu)",
} as const;

export const deploy = command({
  name: "deploy",
  summary: "Synthesizes the stacks and applies them with Terraform, one after the other in the order of dependencies.",
  options: {
    "auto-approve": { type: "boolean", description: "apply without asking for approval" },
    adopt: {
      type: "boolean",
      description: "import roles and OIDC providers that exist in AWS but not in the state, after an interrupted apply",
    },
  },
  arguments: STACKS,
  environment: TERRAFORM_VARIABLES,
  examples: [
    "npm run deploy -- '*-iam'",
    "npm run deploy -- production-iam --auto-approve",
    "npm run deploy -- production-iam --adopt",
  ],
  stoppable: true,
  async run({ values, positionals, signal }) {
    const project = loadedProject();
    return inOrder("deploy", project, positionals, (stack) =>
      applyStack(project, stack, { approved: values["auto-approve"], adopts: values.adopt, signal }),
    );
  },
});

/** Runs work on stacks one after the other. Stops at the first exit code that is not 0, and returns the exit code. */
export async function inOrder(
  name: "deploy" | "destroy",
  project: Project,
  patterns: readonly string[],
  work: (stack: SynthesizedStack) => Promise<Ended>,
): Promise<number> {
  const outdir = outputFolder();
  const release = takeLock(join(outdir, "lock"), "deployment");
  try {
    const selected = selectStacks(synthesizeStacks(project, outdir), patterns);
    if (name === "destroy") selected.reverse();
    for (const [index, stack] of selected.entries()) {
      process.stderr.write(`\n== ${name} ${stack.name} (${index + 1} of ${selected.length})\n`);
      const result = await work(stack);
      if (result.exitCode === 0) continue;
      process.stderr.write(failure(name, project.state, stack, result, selected.slice(index + 1)));
      return result.exitCode;
    }
    return 0;
  } finally {
    release();
  }
}

interface ApplyOptions {
  readonly approved: boolean;
  readonly adopts: boolean;
  readonly signal: AbortSignal;
}

async function applyStack(project: Project, stack: SynthesizedStack, options: ApplyOptions): Promise<Ended> {
  const { approved, adopts, signal } = options;
  rmSync(join(stack.folder, ADOPTED), { force: true });
  const apply = ["apply", ...(approved ? ["-input=false", "-auto-approve"] : [])];
  const initialized = await runTerraform(stack, INIT, { signal });
  if (initialized.exitCode !== 0) return initialized;
  const applied = await runTerraform(stack, apply, { signal });
  const found = applied.exitCode === 0 ? [] : orphans(applied.stderr, stack, clusterOf(project, stack.name));
  if (found.length === 0) return applied;
  const names = found.map(({ id }) => id).join(", ");
  if (!adopts) {
    process.stderr.write(
      `\nThese objects exist in AWS, but not in the state of ${stack.name}: ${names}. If an earlier deployment of this stack created them, adopt them: npm run deploy -- ${stack.name} --adopt\n`,
    );
    return applied;
  }
  process.stderr.write(`\nImporting into the state of ${stack.name}: ${names}\n`);
  adopt(found, stack);
  try {
    return await runTerraform(stack, apply, { signal });
  } finally {
    rmSync(join(stack.folder, ADOPTED), { force: true });
  }
}

/** Returns what failed, what was left out, and the command to run next. */
function failure(
  name: "deploy" | "destroy",
  state: StateBackend,
  stack: SynthesizedStack,
  { exitCode, killedBy, stderr }: Ended,
  rest: readonly SynthesizedStack[],
): string {
  const lines = [
    `${name} ${stack.name}: ${terraformBinary()} ${killedBy ? `was ended by ${killedBy}` : `exited with ${exitCode}`}`,
  ];
  const lock = heldLock(stderr);
  const denied = state.backend === "cloud" ? tokenError(state, stderr) : undefined;
  if (lock) {
    lines.push(
      `The state of ${stack.name} is locked by ${lock.who} since ${lock.created}. Wait until that run ends. If that run was interrupted, remove its lock:`,
      `  ${terraformBinary()} -chdir=${stack.folder} force-unlock ${lock.id}`,
    );
  } else if (denied) lines.push(`${denied.message}.`);
  else if (killedBy)
    lines.push(`The apply was interrupted. Run the command again; docs/recovery.md describes what can remain.`);
  if (rest.length > 0) lines.push(`Not run: ${rest.map((other) => other.name).join(" ")}`);
  return `\n${lines.join("\n")}\n`;
}

if (require.main === module) main(deploy);
