import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../package.json";
import { bundleWhole } from "./bundle";
import { makeExecutable } from "./executable";
import { PackagingError, run } from "./packaging-error";
import type { Architecture } from "./runtime";
import { warmParts } from "./warm-up";

const DIST = join(__dirname, "..", "dist");

/** The name of an architecture's executable in dist/. */
export const EXECUTABLES: Readonly<Record<Architecture, string>> = { x64: "verifier", arm64: "verifier-arm64" };

/** The architecture of the executable that runs here, or undefined on systems that none can be made on. */
export function ownArchitecture(): Architecture | undefined {
  const known = process.platform === "linux" && process.arch in EXECUTABLES;
  return known ? (process.arch as Architecture) : undefined;
}

/**
 * Packages the verifier: the bundle for any Node, dist/verifier.cjs, and an executable for each architecture.
 * @returns the paths of what was made
 * @throws PackagingError
 */
export async function packageVerifier(architectures: readonly Architecture[]): Promise<string[]> {
  return inWorkFolder(async (folder) => {
    const bundle = join(folder, "verifier.cjs");
    writeFileSync(bundle, await bundleWhole());
    prove([process.execPath, bundle]);
    const made = [bundle];
    if (ownArchitecture()) {
      for (const architecture of architectures) made.push(await executable(architecture, bundle, folder));
    }
    return made;
  });
}

/**
 * An executable that runs here is given a code cache; that of another architecture compiles at each start, since only
 * V8 for that architecture could make its cache.
 */
async function executable(architecture: Architecture, bundle: string, folder: string): Promise<string> {
  const native = architecture === ownArchitecture();
  const path = makeExecutable({
    architecture,
    bundle,
    folder,
    ...(native ? { parts: await warmParts(architecture, folder) } : {}),
  });
  if (native) prove([path]);
  const named = join(folder, EXECUTABLES[architecture]);
  renameSync(path, named);
  return named;
}

/** Makes files in a folder of their own and moves them at the end, so that dist/ never holds half a verifier. */
export async function inWorkFolder(make: (folder: string) => Promise<string[]>): Promise<string[]> {
  mkdirSync(DIST, { recursive: true });
  const folder = mkdtempSync(join(DIST, ".work-"));
  try {
    const made = await make(folder);
    return made.map((path) => {
      const final = join(DIST, path.slice(folder.length + 1));
      renameSync(path, final);
      return final;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What was packaged must run and say its version. */
export function prove(command: readonly string[]): void {
  const said = run([...command, "--version"], "what was packaged does not run");
  if (!said.startsWith(`verifier ${version} `)) throw new PackagingError(`what was packaged says "${said.trim()}"`);
}
