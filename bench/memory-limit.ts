import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Candidate } from "./measure";

/** Where a memory cgroup can be made, and the names of its limits, in bytes. Swap is kept out: a pod has none. */
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

/** How often a limit must be passed to count as enough. */
const RUNS = 3;

/**
 * The smallest memory limit under which a command still ends well: of a cgroup of its own, to the megabyte.
 * @returns bytes, or the reason why it cannot be measured here
 */
export async function smallestLimit(candidate: Candidate): Promise<number | string> {
  const hierarchy = HIERARCHIES.find(({ root, marker }) => existsSync(join(root, marker)));
  if (!hierarchy) return "no memory cgroups here";
  const group = join(hierarchy.root, `qovery-irsa-bench-${process.pid}`);
  try {
    mkdirSync(group);
  } catch {
    return "making a memory cgroup needs root";
  }
  try {
    const passes = async (megabytes: number): Promise<boolean> => {
      const limit = String(megabytes * MB);
      const [swap, value = limit] = hierarchy.swap;
      // The kernel keeps memory + swap at least as large as memory: which of the two goes first depends on the change.
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
  const child = spawn("sh", ["-c", inGroup, group, ...command], { env, stdio: "ignore" });
  const [code] = await once(child, "exit");
  return code === 0;
}
