import { join } from "node:path";
import { LocalAws } from "../local/aws";
import { runPod } from "../local/pod";
import { createRoles } from "../local/roles";
import { samplePod, sampleProject } from "../local/sample";
import { PackagingError } from "./packaging-error";

const WARM_UP = join(__dirname, "warm-up.js");

/**
 * Proves access once on the embedded AWS, and keeps V8's code cache of that run: what a pod will call is compiled already.
 * @param node the Node that the executable will be made of: V8 takes a cache of its own version alone
 * @param folder holds the wrapped parts of the bundle; their caches are written beside them
 * @throws PackagingError where access is not proven
 */
export async function warmUp(node: string, folder: string): Promise<void> {
  const project = sampleProject();
  const aws = await LocalAws.start({ project });
  try {
    await createRoles(
      aws,
      project.clusters.flatMap(({ roles }) => roles),
    );
    const { exitCode, stdout, stderr } = await runPod(samplePod(aws), [], { command: [node, WARM_UP, folder] });
    if (exitCode !== 0) throw new PackagingError(`the run that warms the code cache failed:\n${stdout}${stderr}`);
  } finally {
    await aws.stop();
  }
}
