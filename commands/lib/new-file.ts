import { linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file whole or not at all.
 * @throws Error if the file exists
 */
export function writeNewFile(path: string, text: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true });
  // Hidden: the configuration ignores such a file.
  const complete = join(folder, `.${basename(path)}.${process.pid}`);
  try {
    writeFileSync(complete, text, { flag: "wx" });
    // A rename would replace a file that was created meanwhile.
    linkSync(complete, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw new Error(`${path} exists, and is not overwritten`);
    throw error;
  } finally {
    rmSync(complete, { force: true });
  }
}
