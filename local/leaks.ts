import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The files below a folder, links not followed, that hold one of the secrets. */
export function filesWithSecrets(folder: string, secrets: Iterable<string>): string[] {
  const needles = [...secrets].map((secret) => Buffer.from(secret));
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => {
      const bytes = readFileSync(file);
      return needles.some((needle) => bytes.includes(needle));
    });
}
