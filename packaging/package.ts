import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { version } from "../package.json";
import { bundleVerifier } from "./bundle";
import { buildExecutable, makeCodeCache } from "./executable";
import { thirdPartyNotices } from "./notices";
import { PackagingError, run } from "./packaging-error";
import type { Architecture } from "./runtime";
import { DIST, EXECUTABLES, ownArchitecture, sourcesHash, stampOf } from "./verifier-command";

/**
 * Packages the verifier: verifier.cjs, the bundle for any Node, and on Linux THIRD-PARTY-NOTICES, the licence texts, and
 * an executable for each architecture. An
 * executable for another architecture has no code cache, because V8 cannot make that cache here.
 * @param dist the folder of the results. @default dist/
 * @returns the paths of the results
 * @throws PackagingError
 */
export async function packageVerifier(architectures: readonly Architecture[], dist = DIST): Promise<string[]> {
  return inWorkFolder(dist, async (folder) => {
    const hash = sourcesHash();
    const bundle = join(folder, "verifier.cjs");
    const { code, packages } = await bundleVerifier();
    writeFileSync(bundle, code);
    checkVersion([process.execPath, bundle]);
    const notices = join(folder, "THIRD-PARTY-NOTICES");
    const own = ownArchitecture();
    if (own) writeFileSync(notices, thirdPartyNotices(packages));
    const results = own ? [bundle, notices] : [bundle];
    for (const architecture of own ? architectures : []) {
      const cache = architecture === own ? await makeCodeCache(bundle, folder) : undefined;
      const executable = buildExecutable({ architecture, bundle, notices, cache, folder });
      if (architecture === own) checkVersion([executable]);
      const named = join(folder, EXECUTABLES[architecture]);
      renameSync(executable, named);
      results.push(named);
    }
    for (const result of results) writeFileSync(stampOf(result), hash);
    return results;
  });
}

/** Makes files in a separate folder and moves them at the end, so that `dist` never holds half a verifier. */
export async function inWorkFolder(dist: string, make: (folder: string) => Promise<string[]>): Promise<string[]> {
  mkdirSync(dist, { recursive: true });
  const folder = mkdtempSync(join(dist, ".work-"));
  try {
    const results = (await make(folder)).map((path) => basename(path));
    for (const name of results) {
      renameSync(join(folder, name), join(dist, name));
      if (existsSync(stampOf(join(folder, name)))) renameSync(stampOf(join(folder, name)), stampOf(join(dist, name)));
    }
    return results.map((name) => join(dist, name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a packaged verifier once. @throws PackagingError if it does not print this version */
export function checkVersion(command: readonly string[]): void {
  const printed = run([...command, "--version"], "the packaged verifier does not run");
  if (!printed.startsWith(`verifier ${version} `)) {
    throw new PackagingError(`the packaged verifier prints "${printed.trim()}" instead of version ${version}`);
  }
}
