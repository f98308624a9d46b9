import { chmodSync, copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sea from "@yao-pkg/pkg/lib-es5/sea";
import { bundleWhole } from "./bundle";
import { NODE_FLAGS } from "./executable";
import { inWorkFolder, ownArchitecture, prove } from "./package";
import { PackagingError } from "./packaging-error";
import { nodeRuntime } from "./runtime";
import { ignoreEndingVariables } from "./variables";

/**
 * The same verifier made by pkg, for this machine's architecture: dist/verifier-pkg. pkg's function is called and not its
 * command: the command downloads Node from nodejs.org, and has no option for what keeps NODE_OPTIONS out.
 * docs/adr/0001-how-the-verifier-is-packaged.md compares the two.
 * @throws PackagingError
 */
export async function packageWithPkg(): Promise<string[]> {
  const architecture = ownArchitecture();
  if (!architecture) throw new PackagingError("pkg's executable is made on Linux alone");
  return inWorkFolder(async (folder) => {
    const bundle = join(folder, "verifier.cjs");
    writeFileSync(bundle, await bundleWhole());
    const node = join(folder, "node");
    copyFileSync(nodeRuntime(architecture), node);
    ignoreEndingVariables(node);
    const output = join(folder, "verifier-pkg");
    const seaConfig = {
      disableExperimentalSEAWarning: true,
      useSnapshot: false,
      useCodeCache: true,
      execArgv: NODE_FLAGS,
      execArgvExtension: "none",
    };
    await sea(bundle, {
      nodePath: node,
      seaConfig,
      targets: [{ nodeRange: "node22", platform: "linux", arch: architecture, output }],
    });
    chmodSync(output, 0o755);
    prove([output]);
    return [output];
  });
}
