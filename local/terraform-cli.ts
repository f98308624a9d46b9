import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:https";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { acceptedPackages, type ProviderPackage } from "./provider-mirror";

/** How Terraform is run here. */
export interface TerraformCli {
  /** Variables for Terraform's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the providers come from, for the user to read. */
  readonly providers: string;
}

/** How long the registry can take to answer before a mirror is used. Milliseconds. */
const PATIENCE = 3000;

/** Returns the program that `cdktf` and the demo run: TERRAFORM_BINARY_NAME, else terraform, else tofu. */
export function terraformBinary(): string {
  const chosen = process.env.TERRAFORM_BINARY_NAME;
  if (chosen) return chosen;
  return spawnSync("terraform", ["version"], { stdio: "ignore" }).error ? "tofu" : "terraform";
}

/**
 * Decides where `terraform init` gets the providers: as the user's Terraform CLI configuration says; without one, from
 * the registry; and if the registry cannot be reached, from a protected mirror in a system folder.
 * Source: https://developer.hashicorp.com/terraform/cli/config/config-file
 * @param folder where the run can write
 */
export async function terraformCli(folder: string): Promise<TerraformCli> {
  const binary = terraformBinary();
  // Neither Terraform nor cdktf then asks HashiCorp's servers for a newer version.
  const environment = { CHECKPOINT_DISABLE: "1", TERRAFORM_BINARY_NAME: binary };
  const user = userConfiguration(binary);
  if (user) return { environment: { ...environment, TF_CLI_CONFIG_FILE: user }, providers: `as ${user} says` };
  const host = binary.endsWith("tofu") ? "registry.opentofu.org" : "registry.terraform.io";
  const packages = await packagesToLink(host);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "terraform.tfrc");
  if (packages.length > 0) {
    writeFileSync(file, mirrorConfiguration(linkedMirror(packages, folder), packages));
    const list = packages.map(({ name, mirror }) => `${name.split("/").slice(1, 4).join(" ")} from ${mirror}`);
    const providers = `${list.join(", ")} (${host} cannot be reached)`;
    return { environment: { ...environment, TF_CLI_CONFIG_FILE: file }, providers };
  }
  writeFileSync(file, cacheConfiguration());
  return {
    environment: {
      ...environment,
      TF_CLI_CONFIG_FILE: file,
      // A synthesized stack has no lock file yet, and Terraform uses its cache without one only when told to.
      TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: "true",
    },
    providers: `from ${host}`,
  };
}

/** Returns the user's CLI configuration. TF_CLI_CONFIG_FILE wins if its file exists. */
function userConfiguration(binary: string): string | undefined {
  const named = process.env.TF_CLI_CONFIG_FILE;
  const home = binary.endsWith("tofu") ? [".tofurc", ".terraformrc"] : [".terraformrc"];
  return [...(named ? [named] : []), ...home.map((name) => join(homedir(), name))].find((file) => existsSync(file));
}

/** The packages for each registry: the registry is asked, and a package hashed, once in a process. */
const found = new Map<string, Promise<ProviderPackage[]>>();

function packagesToLink(host: string): Promise<ProviderPackage[]> {
  const packages = found.get(host) ?? isReachable(host).then((reachable) => (reachable ? [] : acceptedPackages(host)));
  found.set(host, packages);
  return packages;
}

/** Reports whether a registry answers with its service discovery document. */
function isReachable(host: string): Promise<boolean> {
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

/** Returns a mirror in the run's folder that contains the accepted packages and no other, as links. */
function linkedMirror(packages: readonly ProviderPackage[], folder: string): string {
  const linked = join(folder, "providers");
  rmSync(linked, { recursive: true, force: true });
  for (const { mirror, name } of packages) {
    mkdirSync(dirname(join(linked, name)), { recursive: true });
    symlinkSync(join(mirror, name), join(linked, name));
  }
  return linked;
}

function mirrorConfiguration(mirror: string, packages: readonly ProviderPackage[]): string {
  const list = JSON.stringify(packages.map(({ name }) => name.split("/").slice(0, 3).join("/")));
  return `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirror)}
    include = ${list}
  }
  direct {
    exclude = ${list}
  }
}
`;
}

/** Without a mirror, each provider is downloaded once, and not for each stack and run. */
function cacheConfiguration(): string {
  const cache = join(__dirname, "..", ".local", "terraform-plugins");
  mkdirSync(cache, { recursive: true });
  return `plugin_cache_dir = ${JSON.stringify(cache)}\n`;
}
