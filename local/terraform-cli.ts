import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { prepareProviders } from "./terraform-providers";

/** How Terraform is run here. */
export interface TerraformCli {
  /** Variables for Terraform's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the providers come from, for the user to read. */
  readonly providers: string;
}

/** The program on PATH, looked up once: every run of Terraform asks for its name. */
let installed: string | undefined;

/** Returns the program that `cdktf` and the demo run: TERRAFORM_BINARY_NAME, else terraform, else tofu. */
export function terraformBinary(): string {
  const chosen = process.env.TERRAFORM_BINARY_NAME;
  if (chosen) return chosen;
  installed ??= spawnSync("terraform", ["version"], { stdio: "ignore" }).error ? "tofu" : "terraform";
  return installed;
}

/**
 * Decides where `terraform init` gets the AWS provider: as the user's Terraform CLI configuration says; without one, from
 * the provider that `prepareProviders` puts into .local/.
 * Source: https://developer.hashicorp.com/terraform/cli/config/config-file
 * @param folder where the run can write
 */
export async function terraformCli(folder: string): Promise<TerraformCli> {
  const binary = terraformBinary();
  // Neither Terraform nor cdktf then asks HashiCorp's servers for a newer version.
  const environment = { CHECKPOINT_DISABLE: "1", TERRAFORM_BINARY_NAME: binary };
  const user = userConfiguration(binary);
  if (user) return { environment: { ...environment, TF_CLI_CONFIG_FILE: user }, providers: `from ${user}` };
  const host = binary.endsWith("tofu") ? "registry.opentofu.org" : "registry.terraform.io";
  const { mirror, origin } = await prepareProviders(host, binary);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "terraform.tfrc");
  writeFileSync(file, mirrorConfiguration(mirror, `${host}/hashicorp/aws`));
  return { environment: { ...environment, TF_CLI_CONFIG_FILE: file }, providers: origin };
}

/**
 * Writes a CLI configuration with which Terraform gets every provider from a mirror.
 * @param folder where to write the file
 * @returns the file's path, for TF_CLI_CONFIG_FILE
 */
export function mirrorOnly(folder: string, mirror: string): string {
  const file = join(folder, "terraform.tfrc");
  const path = JSON.stringify(mirror);
  writeFileSync(file, `provider_installation {\n  filesystem_mirror {\n    path = ${path}\n  }\n}\n`);
  return file;
}

/** Returns the user's CLI configuration. TF_CLI_CONFIG_FILE wins if its file exists. */
function userConfiguration(binary: string): string | undefined {
  const named = process.env.TF_CLI_CONFIG_FILE;
  const home = binary.endsWith("tofu") ? [".tofurc", ".terraformrc"] : [".terraformrc"];
  return [...(named ? [named] : []), ...home.map((name) => join(homedir(), name))].find((file) => existsSync(file));
}

function mirrorConfiguration(mirror: string, provider: string): string {
  return `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirror)}
    include = [${JSON.stringify(provider)}]
  }
  direct {
    exclude = [${JSON.stringify(provider)}]
  }
}
`;
}
