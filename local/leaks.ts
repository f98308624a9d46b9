import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Returns the files below a folder that contain one of the secrets. Symbolic links are not followed. */
export function filesWithSecrets(folder: string, secrets: Iterable<string>): string[] {
  const needles = [...secrets].map((secret) => Buffer.from(secret));
  return files(folder).filter((file) => {
    const bytes = readFileSync(file);
    return needles.some((needle) => bytes.includes(needle));
  });
}

/** Returns the names of the texts that contain one of the secrets. */
export function textsWithSecrets(
  texts: readonly { name: string; text: string }[],
  secrets: Iterable<string>,
): string[] {
  const needles = [...secrets];
  return texts.filter(({ text }) => needles.some((secret) => text.includes(secret))).map(({ name }) => name);
}

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return files(path);
    return entry.isFile() ? [path] : [];
  });
}
