import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PackagingError } from "./packaging-error";

const ROOT = join(__dirname, "..");

export type Architecture = "x64" | "arm64";

/**
 * The Node that an executable is made of: an npm package's, pinned with its hash by package-lock.json. npm installs the
 * one of this machine; another architecture's is fetched from the registry for a cross-build.
 * @returns the path of the `node` executable
 * @throws PackagingError where it cannot be fetched, or is not what package-lock.json says
 */
export function nodeRuntime(architecture: Architecture): string {
  const name = `node-linux-${architecture}`;
  const installed = join(ROOT, "node_modules", name, "bin", "node");
  if (existsSync(installed)) return installed;
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  const { version, integrity } = lock.packages[`node_modules/${name}`];
  const folder = join(ROOT, ".local", `${name}-${version}`);
  if (!existsSync(folder)) fetchPackage(`${name}@${version}`, integrity, folder);
  return join(folder, "package", "bin", "node");
}

function fetchPackage(name: string, integrity: string, folder: string): void {
  mkdirSync(join(ROOT, ".local"), { recursive: true });
  const partial = mkdtempSync(join(ROOT, ".local", ".fetch-"));
  try {
    const npm = process.env.npm_execpath;
    const [program, first] = npm ? [process.execPath, [npm]] : ["npm", []];
    const pack = spawnSync(program, [...first, "pack", name, "--silent", "--pack-destination", partial], {
      encoding: "utf8",
      cwd: partial,
    });
    if (pack.status !== 0) {
      throw new PackagingError(
        `npm pack ${name} failed: ${pack.error?.message ?? pack.stderr.trim()}; check the npm registry`,
      );
    }
    const archive = join(partial, pack.stdout.trim().split("\n").at(-1) ?? "");
    const [algorithm = "", expected] = integrity.split(/-(.*)/);
    const hash = createHash(algorithm).update(readFileSync(archive)).digest("base64");
    if (hash !== expected)
      throw new PackagingError(`${name} is not the package of package-lock.json: ${algorithm}-${hash}`);
    const tar = spawnSync("tar", ["-xzf", archive, "-C", partial, "package/bin/node"], { encoding: "utf8" });
    if (tar.status !== 0)
      throw new PackagingError(`tar cannot unpack ${name}: ${tar.error?.message ?? tar.stderr.trim()}`);
    rmSync(archive);
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
