import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PackagingError, run } from "./packaging-error";

const ROOT = join(__dirname, "..");
const ATTEMPTS = 3;

export type Architecture = "x64" | "arm64";

/**
 * Returns the path of the `node` that an executable is a copy of: the npm package node-linux-<architecture>, whose
 * version and hash package-lock.json pins. npm installs the package of this machine; the package of another architecture
 * is downloaded to .local/.
 * @throws PackagingError if the download fails or has another hash
 */
export function nodeRuntime(architecture: Architecture): string {
  const name = `node-linux-${architecture}`;
  const installed = join(ROOT, "node_modules", name, "bin", "node");
  if (existsSync(installed)) return installed;
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  const { version, integrity } = lock.packages[`node_modules/${name}`];
  const folder = join(ROOT, ".local", `${name}-${version}`);
  if (!existsSync(folder)) download(`${name}@${version}`, integrity, folder);
  return join(folder, "package", "bin", "node");
}

/** Returns the path of Node's licence, which also covers the libraries in Node. */
export function nodeLicense(): string {
  return join(nodeRuntime(process.arch as Architecture), "..", "..", "LICENSE");
}

function download(name: string, integrity: string, folder: string): void {
  process.stderr.write(`package: downloading ${name} from the npm registry (about 50 MB)\n`);
  mkdirSync(join(ROOT, ".local"), { recursive: true });
  const partial = mkdtempSync(join(ROOT, ".local", ".download-"));
  try {
    const archive = join(partial, pack(name, partial));
    const [algorithm = "", expected] = integrity.split(/-(.*)/);
    const hash = createHash(algorithm).update(readFileSync(archive)).digest("base64");
    if (hash !== expected) {
      throw new PackagingError(`${name} has the hash ${algorithm}-${hash}; package-lock.json expects ${integrity}`);
    }
    run(["tar", "-xzf", archive, "-C", partial, "package/bin/node"], `tar cannot unpack ${name}`);
    rmSync(archive);
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Downloads a package. @returns the archive's name in the folder */
function pack(name: string, folder: string): string {
  const npm = process.env.npm_execpath;
  const [program, first] = npm ? [process.execPath, [npm]] : ["npm", []];
  const args = [...first, "pack", name, "--silent", "--pack-destination", folder];
  for (let attempt = 1; ; attempt++) {
    const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8", cwd: folder });
    if (status === 0) return stdout.trim().split("\n").at(-1) ?? "";
    if (attempt === ATTEMPTS) {
      const cause = error?.message ?? stderr.trim();
      throw new PackagingError(`npm pack ${name} failed ${ATTEMPTS} times: ${cause}; check access to the npm registry`);
    }
  }
}
