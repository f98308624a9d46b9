import { spawn } from "node:child_process";
import type { Result } from "./fake-aws";

/** Runs a command, and gives what it ended with; -1 where a signal ended it. */
export function spawned(command: readonly string[], env: Record<string, string>, cwd?: string): Promise<Result> {
  const [program = "", ...args] = command;
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"], ...(cwd ? { cwd } : {}) });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk) => stdout.push(chunk));
    child.stderr.on("data", (chunk) => stderr.push(chunk));
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({
        code: code ?? -1,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
        took: performance.now() - started,
      }),
    );
  });
}
