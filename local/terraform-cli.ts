import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { arch, homedir, platform } from "node:os";
import { join } from "node:path";

/** Where add-on software and its mirrors are usually put. Terraform itself looks in none of these. */
const PLACES = [
  "/opt",
  "/srv",
  "/mnt",
  "/usr/local",
  "/usr/local/lib",
  "/usr/lib",
  "/usr/share",
  "/var/lib",
  "/var/cache",
  homedir(),
];

/** How many folders deep below a place a mirror may lie. */
const DEPTH = 2;

/** The program that `cdktf` and the demo run: TERRAFORM_BINARY_NAME, else terraform, else OpenTofu's tofu. */
export function terraformBinary(): string {
  const chosen = process.env.TERRAFORM_BINARY_NAME;
  if (chosen) return chosen;
  return spawnSync("terraform", ["version"], { stdio: "ignore" }).error ? "tofu" : "terraform";
}

/**
 * What Terraform needs in its environment so that `terraform init` finds the providers: nothing where the user has a CLI
 * configuration; otherwise one of this run's own, with a filesystem mirror where the machine has one for the provider
 * and the registry for the others. Source: https://developer.hashicorp.com/terraform/cli/config/config-file
 * @param folder where the run may write
 */
export function terraformEnvironment(folder: string): Record<string, string> {
  const binary = terraformBinary();
  // Neither Terraform nor cdktf then asks HashiCorp's servers for a newer version of itself.
  const environment: Record<string, string> = { CHECKPOINT_DISABLE: "1", TERRAFORM_BINARY_NAME: binary };
  const own = ownConfiguration();
  if (own) return { ...environment, TF_CLI_CONFIG_FILE: own };
  const host = binary.endsWith("tofu") ? "registry.opentofu.org" : "registry.terraform.io";
  const mirror = findMirror(host);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "terraform.tfrc");
  writeFileSync(file, mirror ? mirrorConfiguration(mirror) : cacheConfiguration());
  environment.TF_CLI_CONFIG_FILE = file;
  // A synthesized stack has no lock file yet, and Terraform uses its cache without one only when told to.
  if (!mirror) environment.TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE = "true";
  return environment;
}

/** The user's CLI configuration. TF_CLI_CONFIG_FILE wins; one that names no existing file is not followed. */
function ownConfiguration(): string | undefined {
  const named = process.env.TF_CLI_CONFIG_FILE;
  const candidates = [...(named ? [named] : []), join(homedir(), ".tofurc"), join(homedir(), ".terraformrc")];
  return candidates.find(
    (file) => existsSync(file) && (!file.endsWith(".tofurc") || terraformBinary().endsWith("tofu")),
  );
}

interface Mirror {
  readonly path: string;
  /** `registry.terraform.io/hashicorp/aws` … */
  readonly providers: readonly string[];
}

/** A folder that holds a tree of providers for this platform, as `terraform providers mirror` lays it out. */
function findMirror(host: string): Mirror | undefined {
  let level = PLACES.filter(isTrusted);
  for (let depth = 0; depth <= DEPTH; depth++) {
    for (const path of level) {
      const providers = providersIn(path, host);
      if (providers.length > 0) return { path, providers };
    }
    level = level.flatMap((path) => folders(path).map((name) => join(path, name))).filter(isTrusted);
  }
  return undefined;
}

/** A provider is a program: none is taken from a folder that somebody else could have written to. */
function isTrusted(path: string): boolean {
  try {
    const { uid, mode } = statSync(path);
    return (uid === 0 || uid === process.getuid?.()) && (mode & 0o002) === 0;
  } catch {
    return false;
  }
}

function providersIn(path: string, host: string): string[] {
  const target = `${platform()}_${arch() === "x64" ? "amd64" : arch()}`;
  const root = join(path, host);
  return folders(root).flatMap((namespace) =>
    folders(join(root, namespace))
      .filter((type) => holds(join(root, namespace, type), target))
      .map((type) => `${host}/${namespace}/${type}`),
  );
}

function holds(provider: string, target: string): boolean {
  const packed = entries(provider).some((entry) => entry.name.endsWith(`_${target}.zip`));
  return packed || folders(provider).some((version) => existsSync(join(provider, version, target)));
}

const folders = (path: string) =>
  entries(path)
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

function entries(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

function mirrorConfiguration({ path, providers }: Mirror): string {
  const list = JSON.stringify(providers);
  return `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(path)}
    include = ${list}
  }
  direct {
    exclude = ${list}
  }
}
`;
}

/** Without a mirror each provider is downloaded once, not once a stack and run. */
function cacheConfiguration(): string {
  const cache = join(__dirname, "..", ".local", "terraform-plugins");
  mkdirSync(cache, { recursive: true });
  return `plugin_cache_dir = ${JSON.stringify(cache)}\n`;
}
