import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { PackagingError } from "./packaging-error";

const ROOT = join(__dirname, "..");

/** The package whose version `verifier --version` shows as the SDK's version. */
const SDK = join(ROOT, "node_modules", "@aws-sdk", "client-sts", "package.json");

export interface Bundle {
  /** JavaScript for Node 22 or later. The same sources give the same bytes. */
  readonly code: string;
  /** The folders of the npm packages whose code the bundle holds, sorted. */
  readonly packages: readonly string[];
}

/** Bundles the verifier. @throws PackagingError */
export async function bundleVerifier(): Promise<Bundle> {
  const sdk = JSON.parse(readFileSync(SDK, "utf8")).version;
  try {
    const { outputFiles, metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: ["verifier/main.ts"],
      write: false,
      bundle: true,
      metafile: true,
      platform: "node",
      target: "node22",
      format: "cjs",
      minify: true,
      charset: "ascii",
      legalComments: "none",
      // The SDK's ES modules need a third less code and memory than its CommonJS modules.
      mainFields: ["module", "main"],
      // A script with a code cache cannot import; esbuild turns imports into requires.
      supported: { "dynamic-import": false },
      define: { VERIFIER_COMMIT: JSON.stringify(commit()), VERIFIER_SDK: JSON.stringify(sdk) },
      plugins: [standIns],
      logLevel: "silent",
    });
    const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
    const packages = inputs.map(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? PACKAGE.exec(path)?.[0] : undefined,
    );
    const folders = new Set(packages.filter((path) => path !== undefined).map((path) => join(ROOT, path)));
    return { code: outputFiles[0]?.text ?? "", packages: [...folders].toSorted() };
  } catch (error) {
    throw new PackagingError(`esbuild cannot bundle the verifier: ${(error as Error).message}`);
  }
}

/** The folder of an npm package in the path of a module. */
const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

/** The SDK's modules that the verifier replaces, each with its replacement. */
const STAND_INS: Readonly<Record<string, string>> = {
  // The verifier passes credentials to each client. Without this module, no client can fall back to another identity.
  "@aws-sdk/credential-provider-node":
    'export const defaultProvider = () => async () => { throw new Error("the verifier has no default credential chain"); };',
  // verifier/aws/http.ts sends the requests.
  "@smithy/node-http-handler":
    "export const streamCollector = undefined; export class NodeHttpHandler { static create(handler) { return handler; } }",
};

const standIns: Plugin = {
  name: "stand-ins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@(aws-sdk|smithy)\// }, ({ path }) =>
      path in STAND_INS ? { path, namespace: "stand-in" } : undefined,
    );
    onLoad({ filter: /./, namespace: "stand-in" }, ({ path }) => ({ contents: STAND_INS[path] ?? "" }));
  },
};

/** The packaged commit. VERIFIER_COMMIT names it where the repository is missing, as in the image's build. */
function commit(): string {
  if (process.env.VERIFIER_COMMIT) return process.env.VERIFIER_COMMIT;
  const { status, stdout } = spawnSync("git", ["rev-parse", "--short=12", "HEAD"], { cwd: ROOT, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "unknown";
}
