import { packageWithPkg } from "../packaging/pkg";

// npm run package:pkg: dist/verifier-pkg, the verifier as the maintained fork of pkg makes it.

packageWithPkg().then(
  (paths) => process.stdout.write(`${paths.join("\n")}\n`),
  (error: unknown) => {
    process.stderr.write(`package:pkg: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
