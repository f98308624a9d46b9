import { isResolving } from "./checks/network";

/** The argument by which the verifier is told to do nothing but end; followed by what with. */
const END = "--end";

/**
 * Ends the process. process.exit waits for a name that is still being looked up, which takes half a minute where the name
 * server does not answer: this process is then replaced by one that has nothing to wait for.
 */
export function end(code: number): void {
  if (code !== 0 && isResolving()) {
    const script = process.getBuiltinModule("node:sea").isSea() ? [] : process.argv.slice(1, 2);
    try {
      process.execve?.(process.execPath, [process.execPath, ...script, END, String(code)], {});
    } catch {
      // Not allowed here: it ends later.
    }
  }
  process.exit(code);
}

/** What this process was told to end with. Never 0: that is a proof. */
export function toldToEnd([, , argument, code]: readonly string[]): number | undefined {
  return argument === END && (code === "1" || code === "3") ? Number(code) : undefined;
}
