import { parseArgs } from "node:util";
import { EXECUTABLES, ownArchitecture, packageVerifier } from "../packaging/package";
import type { Architecture } from "../packaging/runtime";
import { verifierIsPackaged } from "../packaging/verifier-command";

// npm run package [-- --arch x64|arm64] [-- --if-stale]: dist/verifier for linux-x64 and dist/verifier-arm64 for
// linux-arm64, each one file that needs no Node, and dist/verifier.cjs, the same for any Node.

const ALL = Object.keys(EXECUTABLES) as Architecture[];

async function main(): Promise<void> {
  const { arch, "if-stale": ifStale } = parseArgs({
    options: { arch: { type: "string", multiple: true }, "if-stale": { type: "boolean" } },
  }).values;
  const unknown = arch?.find((name) => !(name in EXECUTABLES));
  if (unknown !== undefined) throw new Error(`--arch ${unknown}: expected ${ALL.join(" or ")}`);
  if (ifStale && verifierIsPackaged()) return;
  for (const path of await packageVerifier((arch as Architecture[] | undefined) ?? ALL)) {
    process.stdout.write(`${path}\n`);
  }
  if (!ownArchitecture()) {
    process.stderr.write("package: executables are made on Linux alone; run the bundle with Node 22\n");
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`package: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
