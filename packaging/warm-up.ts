import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { samplePod, startSampleAws } from "../local/sample";
import { runPod } from "../local/simulated-pod";
import { bundleLoader, bundleParts } from "./bundle";
import type { Parts } from "./executable";
import { PackagingError } from "./packaging-error";
import { type Architecture, nodeRuntime } from "./runtime";

const WARM_RUN = join(__dirname, "warm-run.js");

/**
 * Makes the bundle in parts, each with V8's code cache of a run that proves access on the embedded AWS: what a pod will
 * call is compiled already.
 * @param architecture this machine's: V8 takes a cache of its own version and architecture alone
 * @throws PackagingError where access is not proven
 */
export async function warmParts(architecture: Architecture, folder: string): Promise<Parts> {
  const parts = { loader: join(folder, "loader.js"), folder: join(folder, "parts") };
  mkdirSync(parts.folder);
  writeFileSync(parts.loader, await bundleLoader());
  for (const [name, text] of await bundleParts()) writeFileSync(join(parts.folder, name), wrapped(text));
  await warmUp(nodeRuntime(architecture), parts.folder);
  return parts;
}

/** A script as a function of what CommonJS gives to a module. No line is added, so that positions stay right. */
function wrapped(script: string): string {
  return `(function(exports,require,module){${script}\n})`;
}

async function warmUp(node: string, folder: string): Promise<void> {
  const aws = await startSampleAws();
  try {
    const { exitCode, stdout, stderr } = await runPod(samplePod(aws), [node, WARM_RUN, folder]);
    if (exitCode !== 0) throw new PackagingError(`the run that warms the code cache failed:\n${stdout}${stderr}`);
  } finally {
    await aws.stop();
  }
}
