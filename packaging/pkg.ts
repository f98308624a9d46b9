import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sea from "@yao-pkg/pkg/lib-es5/sea";
import { bundleVerifier } from "./bundle";
import { NODE_FLAGS } from "./executable";
import { checkVersion, inWorkFolder } from "./package";
import { PackagingError } from "./packaging-error";
import { nodeRuntime } from "./runtime";
import { DIST, ownArchitecture } from "./verifier-command";

/**
 * Packages the verifier with pkg, for this machine's architecture: dist/verifier-pkg. pkg's command cannot be used: the
 * command downloads Node from nodejs.org, and cannot set `execArgvExtension`. See
 * docs/adr/0001-how-the-verifier-is-packaged.md.
 * @throws PackagingError
 */
export async function packageWithPkg(): Promise<string[]> {
  const architecture = ownArchitecture();
  if (!architecture) throw new PackagingError("pkg's executable can be built on Linux only; use dist/verifier.cjs");
  return inWorkFolder(DIST, async (folder) => {
    const bundle = join(folder, "verifier.cjs");
    writeFileSync(bundle, (await bundleVerifier()).code);
    const output = join(folder, "verifier-pkg");
    const seaConfig = {
      disableExperimentalSEAWarning: true,
      useSnapshot: false,
      useCodeCache: true,
      execArgv: NODE_FLAGS,
      execArgvExtension: "none",
    };
    await sea(bundle, {
      nodePath: nodeRuntime(architecture),
      seaConfig,
      targets: [{ nodeRange: "node22", platform: "linux", arch: architecture, output }],
    });
    chmodSync(output, 0o755);
    checkVersion([output]);
    return [output];
  });
}
