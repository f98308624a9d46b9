import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout } from "node:timers/promises";
import execa from "execa";

/** A program that has ended. */
export interface Ended {
  /** As a shell reports it: 128 and the number of the signal if a signal ended the program. */
  readonly exitCode: number;
  /** The signal that ended the program. */
  readonly killedBy?: NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output and standard error in the order in which they were written. */
  readonly output: string;
}

export interface RunOptions {
  /** The complete environment: the program gets no other variable of this process. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly cwd?: string;
  /** Stops the program. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How the program is stopped. `end` ends the program and the programs that it started. `interrupt` sends one SIGINT to
   * the program, and waits until the program ends.
   * @default "end"
   */
  readonly stop?: "end" | "interrupt";
  /**
   * Whether the program reads this process's standard input and writes to its standard output and standard error. Only
   * the standard error is returned as well.
   * @default false
   */
  readonly shown?: boolean;
}

/** How long a stopped group can clean up before it is killed. Milliseconds. */
const GRACE = 20_000;

/**
 * Runs a program to its end in a separate process group: Ctrl-C in a terminal reaches this process only, and a signal
 * can end the whole group. A program that a signal ends leaves no other process of its group running.
 * @throws Error with the property `code` if the program does not start
 */
export async function runProgram([program = "", ...args]: readonly string[], options: RunOptions): Promise<Ended> {
  const { env, cwd, signal, stop = "end", shown = false } = options;
  signal?.throwIfAborted();
  const child = execa(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env,
    extendEnv: false,
    stdio: [shown ? "inherit" : "ignore", shown ? "inherit" : "pipe", "pipe"],
    detached: true,
    all: true,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  if (shown) child.stderr?.pipe(process.stderr, { end: false });
  const { pid } = child;
  let stopped: Promise<void> | undefined;
  const onAbort = () => {
    if (stop === "interrupt") child.kill("SIGINT");
    else if (pid) stopped = stopGroup(pid);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  if (pid) child.once("exit", (_, killedBy) => void (killedBy && !stopped && signalGroup(pid, "SIGKILL")));
  try {
    const ended = await child;
    const killedBy = ended.signal as NodeJS.Signals | undefined;
    if (killedBy === undefined && ended.exitCode === undefined) throw ended;
    return {
      exitCode: killedBy === undefined ? ended.exitCode : 128 + constants.signals[killedBy],
      ...(killedBy === undefined ? {} : { killedBy }),
      stdout: ended.stdout ?? "",
      stderr: ended.stderr,
      output: ended.all ?? "",
    };
  } finally {
    signal?.removeEventListener("abort", onAbort);
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
