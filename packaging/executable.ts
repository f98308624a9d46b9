import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PackagingError, run } from "./packaging-error";
import { type Architecture, nodeRuntime } from "./runtime";
import { ignoreEndingVariables } from "./variables";

// One executable file: a copy of Node with the bundle put into it and, where it runs here, V8's code cache of it.
// Source: https://nodejs.org/docs/latest-v22.x/api/single-executable-applications.html

const POSTJECT = join(__dirname, "..", "node_modules", "postject", "dist", "cli.js");
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

/** The bundle in parts that are loaded when they are reached. */
export interface Parts {
  /** The script that loads them. */
  readonly loader: string;
  /** The folder of their scripts and code caches. */
  readonly folder: string;
}

export interface ExecutableOptions {
  readonly architecture: Architecture;
  /** The path of the whole bundle, which is the main script where there are no parts. */
  readonly bundle: string;
  /** @default - none: the whole bundle is compiled at each start */
  readonly parts?: Parts;
  /** A folder to work in. */
  readonly folder: string;
}

/** Node's flags: no signal opens a debugger, by which a token could be read, and no threads that a short run has no use for. */
export const NODE_FLAGS = ["--disable-sigusr1", "--v8-pool-size=1"];

/**
 * V8's flags at the start: it keeps the hashes of Node's snapshot instead of computing them anew, and takes memory for a
 * whole run at once instead of collecting garbage on the way. The loader takes them back (parts.js).
 */
export const V8_FLAGS = ["--no-rehash-snapshot", "--min-semi-space-size=4"];

/**
 * Makes an executable.
 * @returns its path
 * @throws PackagingError
 */
export function makeExecutable({ architecture, bundle, parts, folder }: ExecutableOptions): string {
  const blob = join(folder, "sea.blob");
  const config = join(folder, "sea.json");
  const settings = {
    ...(parts
      ? {
          main: parts.loader,
          useCodeCache: true,
          assets: Object.fromEntries(readdirSync(parts.folder).map((file) => [file, join(parts.folder, file)])),
        }
      : { main: bundle }),
    output: blob,
    disableExperimentalSEAWarning: true,
    execArgv: [...NODE_FLAGS, ...(parts ? V8_FLAGS : [])],
    // NODE_OPTIONS of the pod would otherwise change, or break, the verifier.
    execArgvExtension: "none",
  };
  writeFileSync(config, JSON.stringify(settings));
  // A blob is of the version of the Node that makes it and, without a code cache, of no architecture.
  run(
    // With the flags of the start, for which V8 will take the loader's code cache.
    [nodeRuntime(process.arch as Architecture), ...(parts ? V8_FLAGS : []), "--experimental-sea-config", config],
    "Node could not make the executable's blob",
  );
  const executable = join(folder, `verifier-${architecture}`);
  copyFileSync(nodeRuntime(architecture), executable);
  chmodSync(executable, 0o755);
  strip(executable, architecture);
  ignoreEndingVariables(executable);
  // As a process of its own: it writes of every symbol that strip has removed.
  run(
    [process.execPath, POSTJECT, executable, "NODE_SEA_BLOB", blob, "--sentinel-fuse", FUSE],
    "the blob cannot be put into the executable",
  );
  if (!readFileSync(executable).includes(`${FUSE}:1`)) throw new PackagingError("the executable did not take its blob");
  return executable;
}

/** Symbols are a seventh of the file and of no use in a pod. */
function strip(executable: string, architecture: Architecture): void {
  const tools =
    architecture === process.arch
      ? ["strip"]
      : [architecture === "arm64" ? "aarch64-linux-gnu-strip" : "x86_64-linux-gnu-strip", "llvm-strip"];
  for (const tool of tools) if (spawnSync(tool, [executable]).status === 0) return;
  process.stderr.write(
    `package: ${tools.join(" or ")} (binutils) is not on PATH: ${architecture}'s executable stays 18 MB larger\n`,
  );
}
