import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const ROOT = join(__dirname, "..");

/** The tag of the verifier's image where it is built to be tested or measured. */
export const IMAGE = "qovery-irsa-verifier:local";

/** A builder of images that has no daemon and needs no registry, for machines that can reach none. */
const OFFLINE = join(ROOT, "..", "shared", "bin", "container");

/** What builds and runs images here. */
export interface ContainerTool {
  readonly name: string;
  /** @throws Error where the image does not build */
  build(tag: string): void;
  /**
   * What runs an image, on this machine's network. `options` are those of `docker run`, which podman shares, each apart
   * from its value.
   */
  command(options: readonly string[], tag: string, args: readonly string[]): readonly string[];
  /** Writes an image with its layers and configuration as `docker save` does. @throws Error where there is no such image */
  save(tag: string, archive: string): void;
  /** Bytes of the image as a registry would hold it. */
  size(tag: string): number;
}

/** Docker where its daemon answers, else the offline builder, else undefined. */
export function containerTool(): ContainerTool | undefined {
  if (spawnSync("docker", ["info"], { stdio: "ignore", timeout: 10_000 }).status === 0) return docker;
  return existsSync(OFFLINE) ? offline : undefined;
}

/** @returns bytes, or why it is not known */
export function imageSize(): number | string {
  const tool = containerTool();
  if (!tool) return "not built here (no Docker)";
  tool.build(IMAGE);
  return tool.size(IMAGE);
}

const MOST_OUTPUT = 1 << 30;

function must(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    cwd: ROOT,
    maxBuffer: MOST_OUTPUT,
  });
  if (status !== 0) throw new Error(`${program} ${args[0]} failed: ${error?.message ?? stderr.slice(-2000)}`);
  return stdout;
}

/** Where the offline builder keeps its images. */
function storage(): string[] {
  const home = process.env.CONTAINER_HOME ?? join(homedir(), ".cache", "irsa-containers");
  return ["--root", join(home, "root"), "--runroot", join(home, "run"), "--storage-driver", "overlay"];
}

const docker: ContainerTool = {
  name: "docker",
  build: (tag) => void must("docker", "build", "--quiet", "--tag", tag, "."),
  command: (options, tag, args) => {
    const network = options.includes("--network") ? [] : ["--network", "host"];
    return ["docker", "run", "--rm", ...network, ...options, tag, ...args];
  },
  save: (tag, archive) => {
    // A build need not leave its base behind.
    if (spawnSync("docker", ["image", "inspect", tag], { stdio: "ignore" }).status !== 0) must("docker", "pull", tag);
    must("docker", "save", "--output", archive, tag);
  },
  size: (tag) => gzipSync(spawnSync("docker", ["save", tag], { maxBuffer: MOST_OUTPUT }).stdout).length,
};

const offline: ContainerTool = {
  name: OFFLINE,
  build: (tag) => void must(OFFLINE, "build", ".", tag),
  command: (options, tag, args) => {
    // It always takes the network that it finds itself in: for none, one without a way out.
    const none = options.findIndex((option, index) => option === "none" && options[index - 1] === "--network");
    if (none < 0) return [OFFLINE, "run", ...options, tag, ...args];
    return ["unshare", "--net", OFFLINE, "run", ...options.toSpliced(none - 1, 2), tag, ...args];
  },
  save: (tag, archive) => void must("buildah", ...storage(), "push", tag, `docker-archive:${archive}:${tag}`),
  size: (tag) => Number(must(OFFLINE, "size", tag)),
};
