import { ownArchitecture, packageVerifier } from "../packaging/package";
import { verifierIsPackaged } from "../packaging/verifier-command";
import { command, main } from "./lib/command";

export const packageCommand = command({
  name: "package",
  summary: "Packages the verifier: one executable for each Linux architecture, and dist/verifier.cjs for any Node.",
  options: {
    arch: {
      type: "string",
      choices: ["x64", "arm64"],
      multiple: true,
      description: "the architecture of the executable (default: both)",
    },
    "if-stale": { type: "boolean", description: "do nothing if the packaged verifier is as new as its sources" },
  },
  examples: ["npm run package", "npm run package -- --arch x64"],
  async run({ values }) {
    if (values["if-stale"] && verifierIsPackaged()) return 0;
    const architectures = values.arch.length > 0 ? values.arch : (["x64", "arm64"] as const);
    for (const path of await packageVerifier(architectures)) process.stdout.write(`${path}\n`);
    if (!ownArchitecture()) {
      process.stderr.write("package: executables can be built on Linux only; run dist/verifier.cjs with Node 22\n");
    }
    return 0;
  },
});

if (require.main === module) main(packageCommand);
