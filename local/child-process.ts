import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

/** A program that has ended. */
export interface Ended {
  /** 3 if a signal ended the program. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output and standard error in the order in which they were written. */
  readonly output: string;
}

export interface RunOptions {
  /** The complete environment: the program gets no other variable of this process. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly cwd?: string;
  /** Ends the program and the programs that it started. */
  readonly signal?: AbortSignal | undefined;
}

/** How long a stopped group can clean up before it is killed. Milliseconds. */
const GRACE = 20_000;

/**
 * Runs a program to its end in a separate process group, so that a signal ends the whole group.
 * @throws Error if the program does not start
 */
export async function runProgram(command: readonly string[], { env, cwd, signal }: RunOptions): Promise<Ended> {
  const [program = "", ...args] = command;
  signal?.throwIfAborted();
  const child = spawn(program, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const text = { stdout: "", stderr: "", output: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
      text.output += chunk;
    });
  }
  const { pid } = child;
  let stopped: Promise<void> | undefined;
  const stop = () => {
    if (pid) stopped = stopGroup(pid);
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const [exitCode] = await once(child, "close");
    return { exitCode: exitCode ?? 3, ...text };
  } finally {
    signal?.removeEventListener("abort", stop);
    await stopped;
  }
}

/** Asks a process group to end, and resolves when no process of the group is left. */
async function stopGroup(group: number): Promise<void> {
  const end = Date.now() + GRACE;
  signalGroup(group, "SIGINT");
  while (isRunning(group)) {
    if (Date.now() > end) signalGroup(group, "SIGKILL");
    await setTimeout(50);
  }
}

function signalGroup(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, name);
  } catch {
    return false;
  }
}

/** A group of zombies counts as ended: in a container without an init process nobody reaps them. */
function isRunning(group: number): boolean {
  if (!signalGroup(group, 0)) return false;
  if (process.platform !== "linux") return true;
  return readdirSync("/proc").some((pid) => /^\d+$/.test(pid) && isAlive(pid, group));
}

function isAlive(pid: string, group: number): boolean {
  try {
    // PID (NAME) STATE PARENT GROUP …; the name can contain spaces and parentheses.
    const [state, , ofGroup] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return Number(ofGroup) === group && state !== "Z";
  } catch {
    return false;
  }
}
