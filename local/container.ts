import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
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
  /** `options` are those of `docker run`, which podman shares. */
  run(
    options: readonly string[],
    tag: string,
    args: readonly string[],
  ): { status: number | null; stdout: string; stderr: string };
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

function started(program: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", cwd: ROOT });
  return { status, stdout, stderr };
}

const docker: ContainerTool = {
  name: "docker",
  build: (tag) => void must("docker", "build", "--quiet", "--tag", tag, "."),
  run: (options, tag, args) => started("docker", ["run", "--rm", "--network", "host", ...options, tag, ...args]),
  size: (tag) => gzipSync(spawnSync("docker", ["save", tag], { maxBuffer: MOST_OUTPUT }).stdout).length,
};

const offline: ContainerTool = {
  name: OFFLINE,
  build: (tag) => void must(OFFLINE, "build", ".", tag),
  run: (options, tag, args) => started(OFFLINE, ["run", ...options, tag, ...args]),
  size: (tag) => Number(must(OFFLINE, "size", tag)),
};
