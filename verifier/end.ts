import { isResolving } from "./checks/network";

/** The argument that makes the verifier end at once; its exit code follows. */
const END = "--end";

/**
 * Ends the process. process.exit waits for a look-up of a name, which takes up to half a minute if no name server
 * responds. Then another process replaces this one and ends at once.
 */
export function end(code: number): void {
  if (code !== 0 && isResolving()) {
    const script = process.getBuiltinModule("node:sea").isSea() ? [] : process.argv.slice(1, 2);
    try {
      process.execve?.(process.execPath, [process.execPath, ...script, END, String(code)], {});
    } catch {
      // Not permitted: the process ends when the look-up ends.
    }
  }
  process.exit(code);
}

/** Returns the exit code that the arguments ask for. Never 0, which means "proven". */
export function toldToEnd([, , argument, code]: readonly string[]): number | undefined {
  return argument === END && (code === "1" || code === "3") ? Number(code) : undefined;
}
