import { join } from "node:path";
import { packageVerifier } from "../packaging/package";
import { DIST, EXECUTABLES, isCurrent, ownArchitecture } from "../packaging/verifier-command";
import { command, main } from "./lib/command";

export const packageCommand = command({
  name: "package",
  summary: "Packages the verifier: an executable for Linux, and dist/verifier.cjs for Node.js on any platform.",
  options: {
    arch: {
      type: "string",
      choices: ["x64", "arm64"],
      multiple: true,
      description: "the architecture of an executable (default: this machine's)",
    },
    "if-stale": { type: "boolean", description: "package only what is missing or older than its sources" },
  },
  examples: ["npm run package", "npm run package -- --arch x64 --arch arm64"],
  async run({ values }) {
    const own = ownArchitecture();
    const wanted = values.arch.length > 0 ? values.arch : own ? [own] : [];
    const stale = wanted.filter((architecture) => !isCurrent(join(DIST, EXECUTABLES[architecture])));
    if (values["if-stale"] && stale.length === 0 && isCurrent(join(DIST, "verifier.cjs"))) return 0;
    for (const path of await packageVerifier(values["if-stale"] ? stale : wanted)) process.stdout.write(`${path}\n`);
    if (!own)
      process.stderr.write("package: executables can be built on Linux only; run dist/verifier.cjs with Node 22\n");
    return 0;
  },
});

if (require.main === module) main(packageCommand);
