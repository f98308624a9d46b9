import { spawnSync } from "node:child_process";
import { containerTool } from "../packaging/container";
import { command, main } from "./lib/command";

export const image = command({
  name: "image",
  summary: "Builds the verifier's image with Docker, Podman or buildah.",
  options: {
    tag: { type: "string", default: "qovery-irsa-verifier:local", description: "the image's name" },
    arch: {
      type: "string",
      choices: ["x64", "arm64"],
      multiple: true,
      description: "the architecture; more than one adds -x64 and -arm64 to the tag (default: this machine's)",
    },
  },
  environment: { CONTAINER_TOOL: "another program to build with (docs/testing.md)" },
  examples: ["npm run image", "npm run image -- --tag ghcr.io/acme/qovery-irsa-verifier:1.0.0 --arch x64 --arch arm64"],
  async run({ values: { tag, arch } }) {
    const tool = containerTool({ runs: false });
    if (!tool)
      throw new Error("no tool builds images here; install Docker (with its daemon running), Podman or buildah");
    const git = spawnSync("git", ["rev-parse", "--short=12", "HEAD"], { encoding: "utf8" });
    const commit = git.status === 0 ? { commit: git.stdout.trim() } : {};
    if (arch.length === 0) tool.build({ tag, ...commit });
    for (const architecture of arch)
      tool.build({ tag: arch.length > 1 ? `${tag}-${architecture}` : tag, architecture, ...commit });
    process.stdout.write(arch.length > 1 ? arch.map((name) => `${tag}-${name}\n`).join("") : `${tag}\n`);
    return 0;
  },
});

if (require.main === module) main(image);
