import { spawnSync } from "node:child_process";

/** A failed step of the packaging. The message says what to do. */
export class PackagingError extends Error {}

/**
 * Runs a program.
 * @returns its standard output
 * @throws PackagingError with its standard error if it fails
 */
export function run(command: readonly string[], failure: string): string {
  const [program = "", ...args] = command;
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new PackagingError(`${failure}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}
