import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Takes a lock that only one process can hold. A lock whose process has ended is taken over.
 * @param file where the lock is kept
 * @param holder what holds the lock, such as "demo"
 * @returns releases the lock
 * @throws Error if a running process holds the lock
 */
export function takeLock(file: string, holder: string): () => void {
  mkdirSync(dirname(file), { recursive: true });
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const pid = holderOf(file);
      if (pid !== undefined && isRunning(pid)) {
        throw new Error(
          `another ${holder} runs in this checkout (process ${pid}); wait until it ends. If process ${pid} is not a ${holder}, delete ${file}`,
        );
      }
      rmSync(file, { force: true });
    }
  }
}

function holderOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8")) || undefined;
  } catch {
    // The other process released the lock in the meantime.
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
