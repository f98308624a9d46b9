import { createHash } from "node:crypto";
import { createReadStream, lstatSync, readdirSync } from "node:fs";
import { arch, platform } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";

/** A provider package in a filesystem mirror. */
export interface ProviderPackage {
  /** The mirror's folder, such as `/opt/mirror`. */
  readonly mirror: string;
  /** `registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64` */
  readonly name: string;
}

/** Which mirrors are accepted. A provider is a program, so its origin matters. */
export interface MirrorRules {
  /** Folders in which a mirror is searched. */
  readonly places: readonly string[];
  /** The user who must own every folder and file, by user id. */
  readonly owner: number;
  /** The folder down from which every folder must satisfy the rules. */
  readonly top: string;
  /** Terraform's `h1:` hash of each accepted package, by the package's name. */
  readonly hashes: Readonly<Record<string, string>>;
}

/** How many folders deep below a place a mirror can be. */
const DEPTH = 2;

/**
 * System folders, and the packages that HashiCorp released. The hashes are those that `terraform providers lock` writes;
 * a platform without a confirmed hash is not in the list.
 */
export const SYSTEM_MIRRORS: MirrorRules = {
  places: ["/opt", "/usr/local", "/usr/share", "/var/lib"],
  owner: 0,
  top: "/",
  hashes: {
    "registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64": "h1:edXOJWE4ORX8Fm+dpVpICzMZJat4AX0VRCAy/xkcOc0=",
    "registry.terraform.io/hashicorp/aws/5.100.0/darwin_arm64": "h1:Ijt7pOlB7Tr7maGQIqtsLFbl7pSMIj06TVdkoSBcYOw=",
  },
};

/**
 * Returns the provider packages for this platform that are found in a mirror and satisfy the rules: every folder from
 * the top down and every file of the package belongs to the owner, nobody else can write to it, none is a symbolic link,
 * and the package has the expected hash. Packages must be unpacked.
 * @param host of the registry, such as registry.terraform.io
 */
export async function acceptedPackages(host: string, rules: MirrorRules = SYSTEM_MIRRORS): Promise<ProviderPackage[]> {
  const names = Object.keys(rules.hashes).filter(
    (name) => name.startsWith(`${host}/`) && name.endsWith(`/${thisPlatform()}`),
  );
  const found: ProviderPackage[] = [];
  for (const name of names) {
    for (const mirror of foldersBelow(rules.places, DEPTH)) {
      const folder = join(mirror, name);
      if (isProtected(folder, rules) && (await packageHash(folder)) === rules.hashes[name]) {
        found.push({ mirror, name });
        break;
      }
    }
  }
  return found;
}

/** Returns the platform as Terraform names it, such as `linux_amd64`. */
export function thisPlatform(): string {
  return `${platform()}_${arch() === "x64" ? "amd64" : arch()}`;
}

/**
 * Returns Terraform's hash of an unpacked package, such as `h1:edXO…=`.
 * Source: https://pkg.go.dev/golang.org/x/mod/sumdb/dirhash#Hash1
 */
export async function packageHash(folder: string): Promise<string> {
  const names = files(folder).map((file) => relative(folder, file).split(sep).join("/"));
  const summary = createHash("sha256");
  // Go sorts by bytes.
  for (const name of names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    const hash = createHash("sha256");
    await pipeline(createReadStream(join(folder, name)), hash);
    summary.update(`${hash.digest("hex")}  ${name}\n`);
  }
  return `h1:${summary.digest("base64")}`;
}

function isProtected(folder: string, { owner, top }: MirrorRules): boolean {
  const isSafe = (path: string, kind: "isDirectory" | "isFile") => {
    const stats = lstatSync(path);
    return stats[kind]() && stats.uid === owner && (stats.mode & 0o022) === 0;
  };
  try {
    for (let level = folder; ; level = dirname(level)) {
      if (!isSafe(level, "isDirectory")) return false;
      if (level === top) break;
      if (level === dirname(level)) return false;
    }
    return entriesOf(folder).every(([path, isFolder]) => isSafe(path, isFolder ? "isDirectory" : "isFile"));
  } catch {
    // A folder that does not exist, or that this user cannot read, contains no accepted package.
    return false;
  }
}

/** Returns the folders and all folders below them, down to a depth. Symbolic links are not followed. */
function foldersBelow(folders: readonly string[], depth: number): string[] {
  if (depth < 0) return [];
  return folders.flatMap((folder) => [folder, ...foldersBelow(subfolders(folder), depth - 1)]);
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [join(folder, entry.name)] : [],
    );
  } catch {
    return [];
  }
}

function entriesOf(folder: string): [path: string, isFolder: boolean][] {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).map((entry) => [
    join(entry.parentPath, entry.name),
    entry.isDirectory(),
  ]);
}

function files(folder: string): string[] {
  return entriesOf(folder).flatMap(([path, isFolder]) => (isFolder ? [] : [path]));
}
