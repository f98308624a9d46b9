import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type BuildOptions, build, type OutputFile, type Plugin, type TransformOptions, transform } from "esbuild";
import { PackagingError } from "./packaging-error";
import { trim } from "./trim";

const ROOT = join(__dirname, "..");

/** The package that the bundle's `--version` gives the SDK's version of. */
const SDK = join(ROOT, "node_modules", "@aws-sdk", "client-sts", "package.json");

/** The verifier for any Node of at least 22, as one file of JavaScript. */
export async function bundleWhole(): Promise<string> {
  const [whole] = await bundle(["verifier/main.ts"], { ...NO_DYNAMIC_IMPORTS, format: "cjs" });
  return whole?.text ?? "";
}

/**
 * The verifier as scripts that are loaded when they are reached and require each other as `./NAME`: a run that does not get
 * as far as AWS loads main.js alone, and S3's part (buckets.js) is loaded while STS (calls.js) is awaited.
 * @returns script's name → its text
 */
export async function bundleParts(): Promise<ReadonlyMap<string, string>> {
  const [main] = await bundle(["verifier/main.ts"], { ...NO_DYNAMIC_IMPORTS, format: "cjs" }, apart);
  const scripts = new Map([["main.js", main?.text ?? ""]]);
  const splitting = { format: "esm", splitting: true, outdir: ROOT, chunkNames: "[hash]" } as const;
  for (const { path, text } of await bundle(["verifier/aws/calls.ts", "verifier/aws/buckets.ts"], splitting, apart)) {
    // Only ES modules can be split; the executable runs CommonJS.
    scripts.set(basename(path), (await transform(text, { ...OUTPUT, ...NO_DYNAMIC_IMPORTS, format: "cjs" })).code);
  }
  return reached(scripts);
}

/** The scripts that the first of the parts leads to; the SDK has more, for browsers. */
function reached(scripts: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const visit = (name: string) => {
    const text = scripts.get(name);
    if (text === undefined || found.has(name)) return;
    found.set(name, text);
    for (const [, required = ""] of text.matchAll(/\brequire\("\.\/([^"]+)"\)/g)) visit(required);
  };
  visit("main.js");
  return found;
}

/** The main script of an executable that holds the parts. */
export async function bundleLoader(): Promise<string> {
  const [loader] = await bundle(["packaging/loader.js"], { format: "cjs" });
  return loader?.text ?? "";
}

/** Keeps the dynamic import of a part as it is: esbuild would keep all of the SDK that a part of its own could call. */
const apart: Plugin = {
  name: "apart",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\/(?:aws\/calls|buckets)$/ }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path: `./${basename(path)}.js`, external: true } : undefined,
    ),
};

/** A code cache holds no dynamic imports: they become requires. */
const NO_DYNAMIC_IMPORTS = { supported: { "dynamic-import": false } };

/** The same sources give the same bytes. */
const OUTPUT = {
  platform: "node",
  target: "node22",
  minify: true,
  // ASCII is read faster than UTF-8 and takes half the memory.
  charset: "ascii",
  legalComments: "none",
} as const satisfies TransformOptions;

/** @throws PackagingError */
async function bundle(
  entries: readonly string[],
  options: BuildOptions,
  ...plugins: Plugin[]
): Promise<readonly OutputFile[]> {
  const sdk = JSON.parse(readFileSync(SDK, "utf8")).version;
  try {
    const { outputFiles = [] } = await build({
      ...OUTPUT,
      entryPoints: entries.map((entry) => join(ROOT, entry)),
      absWorkingDir: ROOT,
      write: false,
      bundle: true,
      // The SDK's ES modules: a third less code and memory than its CommonJS ones.
      mainFields: ["module", "main"],
      define: { VERIFIER_COMMIT: JSON.stringify(commit()), VERIFIER_SDK: JSON.stringify(sdk) },
      plugins: [...plugins, trim],
      logLevel: "silent",
      ...options,
    });
    return outputFiles;
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
