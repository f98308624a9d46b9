import { spawnSync } from "node:child_process";

/** A step of the packaging that failed; the message says what to do. */
export class PackagingError extends Error {}

/**
 * Runs a program of the packaging.
 * @returns what it wrote to standard output
 * @throws PackagingError where it fails
 */
export function run(command: readonly string[], failure: string, env: NodeJS.ProcessEnv = process.env): string {
  const [program = "", ...args] = command;
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8", env });
  if (status !== 0) throw new PackagingError(`${failure}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}
