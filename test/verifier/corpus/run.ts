import { spawn } from "node:child_process";
import { verifierCommand } from "../../../packaging/verifier-command";
import type { Report } from "../../../verifier/report/report";
import type { Fault } from "./fault";
import { inSituation, type Situation, type World } from "./world";

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Of the whole process, its start included. Milliseconds. */
  readonly wallMs: number;
}

/** Runs the verifier with arguments in a situation. */
export type Runner = (args: readonly string[], situation: Situation, fault: Fault) => Promise<Ended>;

/** The packaged verifier as a process. */
export const asProcess: Runner = (args, { env, called }, fault) => {
  const verifier = [...verifierCommand(), ...args];
  const command = fault.closedOutput ? ["bash", "--norc", "-c", 'exec "$0" "$@" >&-', ...verifier] : verifier;
  return run(command, env, { signal: fault.signal, when: called });
};

/** Runs a command until it ends. */
export function run(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  stop?: { readonly signal: NodeJS.Signals | undefined; readonly when: Promise<void> },
): Promise<Ended> {
  const [program = "", ...args] = command;
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    if (stop?.signal) void stop.when.then(() => child.kill(stop.signal));
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", reject);
    child.on("close", (exitCode) =>
      resolve({
        exitCode,
        stdout: Buffer.concat(stdout).toString("utf8"),
        stderr: Buffer.concat(stderr).toString("utf8"),
        wallMs: performance.now() - started,
      }),
    );
  });
}

export interface Outcome extends Ended {
  /** Undefined where standard output was closed. */
  readonly report: Report | undefined;
  /** The longest that the verifier may take by what it was told, in milliseconds. */
  readonly limitMs: number;
}

const TIMEOUT = 10_000;

/** Makes a fault real, runs the verifier in it, and reads its report. @throws SyntaxError where that is not JSON */
export async function runFault(world: World, fault: Fault, runner: Runner = asProcess): Promise<Outcome> {
  const timeoutMs = fault.timeoutMs ?? TIMEOUT;
  const wait = fault.waitMs === undefined ? [] : ["--wait", `${fault.waitMs}ms`];
  const args = [...(fault.flags ?? []), "--timeout", `${timeoutMs}ms`, ...wait, "-o", "json"];
  const ended = await inSituation(world, fault, true, (situation) => runner(args, situation, fault));
  const report = ended.stdout === "" ? undefined : (JSON.parse(ended.stdout) as Report);
  return { ...ended, report, limitMs: Math.max(timeoutMs, fault.waitMs ?? 0) };
}

/** Works through a list a few at a time: a fault waits more than it computes. */
export async function severalAtOnce<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
