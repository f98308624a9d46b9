import { packageWithPkg } from "../packaging/pkg";
import { command, main } from "./lib/command";

export const packagePkg = command({
  name: "package:pkg",
  summary: "Packages the verifier with the maintained fork of pkg, as dist/verifier-pkg.",
  options: {},
  examples: ["npm run package:pkg"],
  async run() {
    for (const path of await packageWithPkg()) process.stdout.write(`${path}\n`);
    return 0;
  },
});

if (require.main === module) main(packagePkg);
