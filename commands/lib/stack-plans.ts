import type { SynthesizedStack } from "./stacks";
import { INIT, runTerraform } from "./terraform";

/** The plan of one stack. */
export interface StackPlan {
  readonly stack: string;
  /** `waits`: Terraform can plan the stack only after another stack of the cluster created the service accounts. */
  readonly result: "no changes" | "changes" | "failed" | "waits";
  readonly import: number;
  readonly add: number;
  readonly change: number;
  readonly destroy: number;
  /** Names of the resources of roles that the plan destroys or replaces. */
  readonly lostRoles: readonly string[];
  /** The run in HCP Terraform. */
  readonly url?: string;
  /** What Terraform printed, without colours. */
  readonly output: string;
}

/** Returns the plan of a stack. The plan changes nothing and takes no lock, so that a read-only role is enough. */
export async function planStack(stack: SynthesizedStack, signal: AbortSignal): Promise<StackPlan> {
  const init = await runTerraform(stack, INIT, { signal, output: "capture" });
  if (init.exitCode !== 0) return parsePlan(stack.name, 1, init.stderr || init.stdout);
  const args = ["plan", "-input=false", "-no-color", "-lock=false", "-detailed-exitcode"];
  const { exitCode, stdout, stderr } = await runTerraform(stack, args, { signal, output: "capture" });
  return parsePlan(stack.name, exitCode, `${stdout}${stderr}`);
}

/** Returns a plan from what Terraform printed. @param code of `terraform plan -detailed-exitcode` */
export function parsePlan(stack: string, code: number, printed: string): StackPlan {
  const output = printed.trim();
  const total = /^Plan: .*$/m.exec(output)?.[0] ?? "";
  const count = (verb: string) => Number(new RegExp(`(\\d+) to ${verb}`).exec(total)?.[1] ?? 0);
  const url = /^https:\/\/\S+\/runs\/run-\w+$/m.exec(output)?.[0];
  return {
    stack,
    result: code === 0 ? "no changes" : code === 2 ? "changes" : "failed",
    import: count("import"),
    add: count("add"),
    change: count("change"),
    destroy: count("destroy"),
    lostRoles: lostRolesIn(output),
    ...(url === undefined ? {} : { url }),
    output,
  };
}

/**
 * Returns the plans, in which a verification stack waits that failed only because its service accounts do not exist, if
 * another plan creates service accounts of the cluster.
 */
export function withWaiting(plans: readonly StackPlan[]): StackPlan[] {
  const creating = new Set(plans.filter(({ add }) => add > 0).map(({ stack }) => stack));
  return plans.map((plan) => {
    const [, cluster] = /^(.*)-verification$/.exec(plan.stack) ?? [];
    if (plan.result !== "failed" || !creating.has(`${cluster}-service-accounts`)) return plan;
    const errors = [...plan.output.matchAll(/^\W*Error: (.*)$/gm)].map(([, title]) => title);
    const waits = errors.length > 0 && errors.every((title) => title === "Resource precondition failed");
    return waits ? { ...plan, result: "waits" } : plan;
  });
}

/** Returns the names of the roles that a plan destroys or replaces. Terraform always shows the attribute `name`. */
function lostRolesIn(output: string): string[] {
  const lost = /^ {2}# aws_iam_role\.(\S+) (?:will be destroyed|must be replaced|is tainted, so must be replaced)/gm;
  return [...output.matchAll(lost)].map(({ index, 1: address = "" }) => {
    const block = output.slice(index, output.indexOf("\n    }", index));
    return /^ {6}[-+~ ] name += "([^"]+)"/m.exec(block)?.[1] ?? address;
  });
}

/** Does work on every member of a list, a few at a time. Returns the results in the order of the list. */
export async function inParallel<T, R>(
  list: readonly T[],
  atATime: number,
  work: (member: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const entries = list.entries();
  const worker = async () => {
    for (const [index, member] of entries) results[index] = await work(member);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return results;
}
