import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { samplePod, startSampleAws } from "../local/sample";
import { runPod } from "../local/simulated-pod";
import { PackagingError, run } from "./packaging-error";
import { type Architecture, nodeRuntime } from "./runtime";

const LOADER = join(__dirname, "loader.js");
const POSTJECT = join(__dirname, "..", "node_modules", "postject", "dist", "cli.js");
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

/** Node's options in an executable: SIGUSR1 does not open the debugger, and V8 starts one worker thread. */
export const NODE_FLAGS = ["--disable-sigusr1", "--v8-pool-size=1"];

export interface ExecutableOptions {
  readonly architecture: Architecture;
  /** The path of the bundle. */
  readonly bundle: string;
  /** The path of the licence texts. */
  readonly notices: string;
  /**
   * The path of V8's code cache of the bundle, made on the same architecture.
   * @default - none: V8 compiles the bundle at each start
   */
  readonly cache?: string | undefined;
  /** The folder to write to. */
  readonly folder: string;
}

/**
 * Builds an executable: a copy of Node that holds the bundle.
 * Source: https://nodejs.org/docs/latest-v22.x/api/single-executable-applications.html
 * @returns the path of the executable
 * @throws PackagingError
 */
export function buildExecutable({ architecture, bundle, notices, cache, folder }: ExecutableOptions): string {
  const [config, blob] = [join(folder, "sea.json"), join(folder, "sea.blob")];
  const settings = {
    main: LOADER,
    assets: { bundle, notices, ...(cache ? { cache } : {}) },
    output: blob,
    disableExperimentalSEAWarning: true,
    execArgv: NODE_FLAGS,
    // NODE_OPTIONS of the pod must not change the verifier.
    execArgvExtension: "none",
  };
  writeFileSync(config, JSON.stringify(settings));
  const node = nodeRuntime(process.arch as Architecture);
  run([node, "--experimental-sea-config", config], "Node cannot write the executable's content");
  const executable = join(folder, `verifier-${architecture}`);
  copyFileSync(nodeRuntime(architecture), executable);
  chmodSync(executable, 0o755);
  strip(executable, architecture);
  const inject = [process.execPath, POSTJECT, executable, "NODE_SEA_BLOB", blob, "--sentinel-fuse", FUSE];
  run(inject, "postject cannot write the bundle into the executable");
  if (!readFileSync(executable).includes(`${FUSE}:1`)) throw new PackagingError("the executable has no bundle");
  return executable;
}

/**
 * Writes V8's code cache of a bundle. The cache holds every function that a proof of access calls: the bundle runs once
 * in a simulated pod on the embedded AWS.
 * @returns the path of the cache, for this machine's architecture and the packaged Node
 * @throws PackagingError if access is not proven
 */
export async function makeCodeCache(bundle: string, folder: string): Promise<string> {
  const cache = join(folder, "verifier.cache");
  const aws = await startSampleAws();
  try {
    const command = [nodeRuntime(process.arch as Architecture), LOADER, bundle, cache];
    const { exitCode, stdout, stderr } = await runPod(samplePod(aws), command);
    if (exitCode !== 0) throw new PackagingError(`the run that makes the code cache failed:\n${stdout}${stderr}`);
  } finally {
    await aws.stop();
  }
  return cache;
}

/** Removes the symbols: a seventh of the file. */
function strip(executable: string, architecture: Architecture): void {
  const cross = { x64: "x86_64-linux-gnu-strip", arm64: "aarch64-linux-gnu-strip" }[architecture];
  const tools = architecture === process.arch ? ["strip"] : [cross, "llvm-strip"];
  if (tools.some((tool) => spawnSync(tool, [executable]).status === 0)) return;
  process.stderr.write(
    `package: ${tools.join(" or ")} is not on PATH, so ${architecture}'s executable is 18 MB larger; install binutils\n`,
  );
}
