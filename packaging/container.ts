import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { gzipSync } from "node:zlib";
import { PackagingError, run } from "./packaging-error";
import type { Architecture } from "./runtime";

// Builds and runs the verifier's image with what this machine has: the program that CONTAINER_TOOL names, Docker,
// Podman or buildah, in this order.

const ROOT = join(__dirname, "..");
const MAXIMUM_IMAGE = 1 << 30;
const PLATFORMS: Readonly<Record<Architecture, string>> = { x64: "linux/amd64", arm64: "linux/arm64" };

export interface Build {
  readonly tag: string;
  /** @default - this machine's */
  readonly architecture?: Architecture;
  /** The commit that the verifier and the image name. @default "unknown" */
  readonly commit?: string;
}

export interface ContainerTool {
  readonly name: string;
  /** Builds the Dockerfile. @throws PackagingError */
  build(build: Build): void;
  /** Returns the command that runs an image on this machine's network. `options` are options of `docker run`. */
  command(options: readonly string[], tag: string, args: readonly string[]): readonly string[];
  /** Returns the compressed size of an image in bytes. @throws PackagingError */
  size(tag: string): number;
}

/** Returns the first tool that works here, or undefined. buildah is returned only if images are not run. */
export function containerTool({ runs = true } = {}): ContainerTool | undefined {
  const named = process.env.CONTAINER_TOOL;
  if (named) return otherTool(named);
  if (works("docker")) return dockerLike("docker");
  if (works("podman")) return dockerLike("podman");
  return !runs && works("buildah") ? buildah : undefined;
}

const works = (program: string) => spawnSync(program, ["info"], { stdio: "ignore", timeout: 10_000 }).status === 0;

function dockerLike(program: "docker" | "podman"): ContainerTool {
  return {
    name: program,
    build: (build) => must(program, "build", ...buildArguments(build)),
    command: (options, tag, args) => {
      const network = options.includes("--network") ? [] : ["--network", "host"];
      return [program, "run", "--rm", ...network, ...options, tag, ...args];
    },
    size: (tag) => {
      const { status, stdout, stderr } = spawnSync(program, ["save", tag], { maxBuffer: MAXIMUM_IMAGE });
      if (status !== 0) throw new PackagingError(`${program} save ${tag} failed: ${stderr}`);
      return gzipSync(stdout).length;
    },
  };
}

const buildah: ContainerTool = {
  name: "buildah",
  build: (build) => must("buildah", "build", ...buildArguments(build)),
  command: onlyBuilds,
  size: onlyBuilds,
};

function onlyBuilds(): never {
  throw new PackagingError("buildah only builds images; install Docker or Podman");
}

function buildArguments({ tag, architecture, commit = "unknown" }: Build): string[] {
  const platform = architecture ? ["--platform", PLATFORMS[architecture]] : [];
  return [...platform, "--build-arg", `COMMIT=${commit}`, "--tag", tag, ROOT];
}

/**
 * A program that understands `build CONTEXT TAG`, `run [options] TAG [arguments]` and `size TAG` (prints bytes). It builds
 * for this machine's architecture, and `run` uses the network of the calling process.
 */
function otherTool(program: string): ContainerTool {
  return {
    name: program,
    build: ({ tag, architecture = process.arch as Architecture }) => {
      if (architecture !== process.arch) throw new PackagingError(`${program} cannot build for ${architecture}`);
      must(program, "build", ROOT, tag);
    },
    command: (options, tag, args) => {
      const none = options.findIndex((option, index) => option === "none" && options[index - 1] === "--network");
      if (none < 0) return [program, "run", ...options, tag, ...args];
      return ["unshare", "--net", program, "run", ...options.toSpliced(none - 1, 2), tag, ...args];
    },
    size: (tag) => Number(run([program, "size", tag], `${program} cannot measure ${tag}`)),
  };
}

function must(program: string, ...args: string[]): void {
  // npm scripts have the Node of the npm packages on PATH, which another program must not use.
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.startsWith(ROOT));
  const env = { ...process.env, PATH: path.join(delimiter) };
  const { status, error } = spawnSync(program, args, { stdio: ["ignore", 2, 2], env });
  if (status !== 0) throw new PackagingError(`${program} ${args[0]} failed${error ? `: ${error.message}` : ""}`);
}
