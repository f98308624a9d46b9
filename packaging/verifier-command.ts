import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Architecture } from "./runtime";

const ROOT = join(__dirname, "..");

/** The folder of the packaged verifier. */
export const DIST = join(ROOT, "dist");

/** The name of each architecture's executable. */
export const EXECUTABLES: Readonly<Record<Architecture, string>> = { x64: "verifier", arm64: "verifier-arm64" };

/** Returns this machine's architecture, or undefined on systems without an executable. */
export function ownArchitecture(): Architecture | undefined {
  const known = process.platform === "linux" && process.arch in EXECUTABLES;
  return known ? (process.arch as Architecture) : undefined;
}

/**
 * Returns the command of the packaged verifier, or of the bundle under Node on systems without an executable. The
 * environment variable VERIFIER names another build, such as pkg's.
 */
export function verifierCommand(): readonly string[] {
  if (process.env.VERIFIER) return [resolve(process.env.VERIFIER)];
  const own = ownArchitecture();
  return own ? [join(DIST, EXECUTABLES[own])] : [process.execPath, join(DIST, "verifier.cjs")];
}

/** Returns whether the packaged verifier exists and was made from the current sources. */
export function verifierIsPackaged(): boolean {
  return isCurrent(verifierCommand().at(-1) ?? "");
}

/** Returns whether a file of the packaging exists and was made from the current sources. A build that VERIFIER names always is. */
export function isCurrent(path: string): boolean {
  if (!existsSync(path)) return false;
  if (process.env.VERIFIER) return true;
  return existsSync(stampOf(path)) && readFileSync(stampOf(path), "utf8") === sourcesHash();
}

/** Returns the path of the file that holds the hash of the sources of a packaged file. */
export const stampOf = (path: string) => `${path}.sources`;

/** Returns the hash of everything that the packaged verifier is made from, the commit aside. */
export function sourcesHash(): string {
  const hash = createHash("sha256");
  const folders = ["verifier", "iam", "packaging"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  );
  for (const path of [...folders.sort(), "package-lock.json"]) {
    const file = join(ROOT, path);
    if (statSync(file).isFile()) hash.update(`${path}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}
