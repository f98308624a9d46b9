import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { Agent, get } from "node:https";
import { dirname, join } from "node:path";
import { runProgram } from "./child-process";
import { acceptedPackages, type ProviderPackage, thisPlatform } from "./provider-mirror";

// The AWS provider in .local/, in the layout of a filesystem mirror: `terraform init` then needs no network.

const LOCAL = join(__dirname, "..", ".local");
const VERSION = "5.100.0";

/** How long the registry can take to answer before a mirror is used. Milliseconds. */
const PATIENCE = 3000;

export interface Providers {
  /** The folder to name as `filesystem_mirror`. */
  readonly mirror: string;
  /** Where the providers come from, for the user to read. */
  readonly origin: string;
}

export interface Sources {
  readonly isReachable?: (host: string) => Promise<boolean>;
  readonly packages?: (host: string) => Promise<ProviderPackage[]>;
  /** @default .local/ */
  readonly folder?: string;
}

/**
 * Prepares the provider if it is missing: from the registry, and if the registry cannot be reached, from a protected
 * mirror in a system folder.
 * @param host the registry, such as registry.terraform.io
 * @param terraform the program that downloads the provider
 * @throws Error if neither has the provider
 */
export async function prepareProviders(host: string, terraform: string, sources: Sources = {}): Promise<Providers> {
  const { isReachable = answers, packages = acceptedPackages, folder = LOCAL } = sources;
  const mirror = join(folder, "terraform-providers", host);
  const note = join(mirror, "origin");
  const provider = join(mirror, host, "hashicorp", "aws", VERSION, thisPlatform());
  if (existsSync(provider) && existsSync(note)) return { mirror, origin: readFileSync(note, "utf8") };
  mkdirSync(folder, { recursive: true });
  const partial = mkdtempSync(join(folder, ".providers-"));
  try {
    const origin = (await isReachable(host))
      ? await download(host, terraform, partial)
      : link(await packages(host), host, partial);
    writeFileSync(join(partial, "origin"), origin);
    rmSync(mirror, { recursive: true, force: true });
    mkdirSync(dirname(mirror), { recursive: true });
    renameSync(partial, mirror);
    return { mirror, origin };
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Downloads the provider: Terraform's plugin cache has the layout of a mirror. */
async function download(host: string, terraform: string, folder: string): Promise<string> {
  const configuration = mkdtempSync(`${folder}-init`);
  try {
    const aws = { source: `${host}/hashicorp/aws`, version: VERSION };
    const stack = { terraform: { required_providers: { aws } } };
    writeFileSync(join(configuration, "main.tf.json"), JSON.stringify(stack));
    // Without a CLI configuration, Terraform would run a provider from any of its implied mirrors without a check.
    const cli = join(configuration, "cli.tfrc");
    writeFileSync(cli, "provider_installation {\n  direct {}\n}\n");
    const env = { ...process.env, TF_CLI_CONFIG_FILE: cli, TF_PLUGIN_CACHE_DIR: folder, CHECKPOINT_DISABLE: "1" };
    const { exitCode, output } = await runProgram([terraform, "init", "-input=false", "-no-color"], {
      env,
      cwd: configuration,
    });
    if (exitCode !== 0)
      throw new Error(`${terraform} cannot download hashicorp/aws ${VERSION} from ${host}:\n${output}`);
    return `from ${host}`;
  } finally {
    rmSync(configuration, { recursive: true, force: true });
  }
}

/** Links the accepted packages, and no other, into a folder. */
function link(packages: readonly ProviderPackage[], host: string, folder: string): string {
  if (packages.length === 0) {
    throw new Error(
      `${host} cannot be reached, and no protected mirror has hashicorp/aws ${VERSION}; allow access to the registry, or name a mirror in a Terraform CLI configuration (TF_CLI_CONFIG_FILE)`,
    );
  }
  for (const { mirror, name } of packages) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    symlinkSync(join(mirror, name), join(folder, name));
  }
  const list = packages.map(({ name, mirror }) => `${name.split("/").slice(1, 4).join(" ")} from ${mirror}`);
  return `${list.join(", ")} (${host} cannot be reached)`;
}

/** Returns whether a registry answers with its service discovery document. */
function answers(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    // `proxyEnv` is newer than @types/node 22; a Node without it ignores the option.
    const agent = new Agent({ proxyEnv: process.env } as object);
    const signal = AbortSignal.timeout(PATIENCE);
    const request = get(`https://${host}/.well-known/terraform.json`, { agent, signal }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("error", () => resolve(false));
  });
}
