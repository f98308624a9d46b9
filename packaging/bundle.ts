import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { PackagingError } from "./packaging-error";
import { trim } from "./trim";

const ROOT = join(__dirname, "..");

/** The package that the bundle's `--version` gives the SDK's version of. */
const SDK = join(ROOT, "node_modules", "@aws-sdk", "client-sts", "package.json");

/** The verifier for any Node of at least 22, as one file of JavaScript. */
export function bundleWhole(): Promise<string> {
  return bundle("main.ts");
}

/** The name by which the first part of the executable's bundle requires the second. */
export const AWS_PART = "./aws.cjs";

/**
 * The verifier in two parts, so that a run that does not get as far as AWS does not load the SDK: the command line with
 * the offline checks, and what calls AWS.
 */
export async function bundleParts(): Promise<{ readonly main: string; readonly aws: string }> {
  const apart: BuildOptions["plugins"] = [
    {
      name: "aws-part",
      setup: ({ onResolve }) => onResolve({ filter: /^\.\/aws$/ }, () => ({ path: AWS_PART, external: true })),
    },
  ];
  return { main: await bundle("main.ts", apart), aws: await bundle("aws.ts") };
}

/** The same sources give the same bytes. @throws PackagingError */
async function bundle(entry: string, plugins: BuildOptions["plugins"] = []): Promise<string> {
  const sdk = JSON.parse(readFileSync(SDK, "utf8")).version;
  try {
    const { outputFiles } = await build({
      entryPoints: [join(ROOT, "verifier", entry)],
      absWorkingDir: ROOT,
      write: false,
      bundle: true,
      platform: "node",
      target: "node22",
      format: "cjs",
      minify: true,
      // ASCII is read faster than UTF-8 and takes half the memory.
      charset: "ascii",
      // The SDK's ES modules: a third less code and memory than its CommonJS ones.
      mainFields: ["module", "main"],
      // A code cache holds no dynamic imports: they become requires.
      supported: { "dynamic-import": false },
      legalComments: "none",
      define: { VERIFIER_COMMIT: JSON.stringify(commit()), VERIFIER_SDK: JSON.stringify(sdk) },
      plugins: [...plugins, trim],
      logLevel: "silent",
    });
    return outputFiles?.[0]?.text ?? "";
  } catch (error) {
    throw new PackagingError(`the bundle cannot be made: ${(error as Error).message}`);
  }
}

/** The commit that is packaged: VERIFIER_COMMIT where there is no repository, as in a container's build. */
function commit(): string {
  if (process.env.VERIFIER_COMMIT) return process.env.VERIFIER_COMMIT;
  const { status, stdout } = spawnSync("git", ["rev-parse", "--short=12", "HEAD"], { cwd: ROOT, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "unknown";
}
