import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "../local/child-process";
import type { Candidate } from "./measure";

/** The cgroup hierarchies, with the files of the limits in bytes. The limits exclude swap, because a pod has none. */
const HIERARCHIES = [
  { root: "/sys/fs/cgroup", marker: "cgroup.controllers", memory: "memory.max", swap: ["memory.swap.max", "0"] },
  {
    root: "/sys/fs/cgroup/memory",
    marker: "memory.limit_in_bytes",
    memory: "memory.limit_in_bytes",
    swap: ["memory.memsw.limit_in_bytes"],
  },
] as const;

const MB = 1_000_000;

/** The number of runs that must pass under a limit. */
const RUNS = 3;

/**
 * Returns the smallest memory limit of a cgroup in which a command still exits with 0, in bytes and to the megabyte, or
 * the reason why the limit cannot be measured here.
 */
export async function smallestLimit(candidate: Candidate): Promise<number | string> {
  const hierarchy = HIERARCHIES.find(({ root, marker }) => existsSync(join(root, marker)));
  if (!hierarchy) return "this system has no memory cgroups";
  const group = join(hierarchy.root, `qovery-irsa-bench-${process.pid}`);
  try {
    mkdirSync(group);
  } catch {
    return "creating a memory cgroup needs root";
  }
  try {
    const passes = async (megabytes: number): Promise<boolean> => {
      const limit = String(megabytes * MB);
      const [swap, value = limit] = hierarchy.swap;
      // The kernel refuses a limit of memory and swap below the limit of memory, so the order depends on the change.
      for (const [file, bytes] of [
        [hierarchy.memory, limit],
        [swap, value],
        [hierarchy.memory, limit],
      ] as const) {
        try {
          writeFileSync(join(group, file), bytes);
        } catch {}
      }
      for (let run = 0; run < RUNS; run++) if (!(await runsWithin(group, candidate))) return false;
      return true;
    };
    let [fails, enough] = [1, 128];
    if (!(await passes(enough))) return `fails even at ${enough} MB`;
    while (enough - fails > 1) {
      const middle = Math.floor((fails + enough) / 2);
      if (await passes(middle)) enough = middle;
      else fails = middle;
    }
    return enough * MB;
  } finally {
    rmdirSync(group);
  }
}

async function runsWithin(group: string, { command, env, before }: Candidate): Promise<boolean> {
  before?.();
  const inGroup = 'echo $$ > "$0/cgroup.procs" && exec "$@"';
  const { exitCode } = await runProgram(["sh", "-c", inGroup, group, ...command], { env });
  return exitCode === 0;
}
