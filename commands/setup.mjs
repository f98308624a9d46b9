// Prepares the machine for an npm script: reports everything that the machine lacks, then installs the rest.
//
//   node commands/setup.mjs [npm] [python] [awscli] [parliament] [zizmor] [actionlint] [helm] [terraform] [providers] [verifier] [verifier-arm64]
//
// This script runs before the npm packages are installed, so it is JavaScript and imports only node: modules.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const wanted = new Set(process.argv.slice(2));

/** How often an installation that uses the network is tried. */
const ATTEMPTS = 3;

/** The oldest versions that work, as [major, minor]. State locking in S3 is stable since Terraform 1.11, and OpenTofu supports ephemeral resources since 1.11. */
const OLDEST = { node: [20, 9], runtime: [22, 0], python: [3, 10], terraform: [1, 11] };

const older = (version, [major, minor]) => {
  const [a = 0, b = 0] = version.split(".").map(Number);
  return a < major || (a === major && b < minor);
};

/** Returns the output of a program, or undefined if the program is missing or fails. */
function output(program, ...args) {
  const run = spawnSync(program, args, { encoding: "utf8", env: { ...process.env, CHECKPOINT_DISABLE: "1" } });
  return run.status === 0 ? run.stdout.trim() : undefined;
}

function nodeProblem() {
  // On linux-x64, npm scripts run the Node 22 of the npm packages; elsewhere they run the machine's Node.
  const oldest = process.platform === "linux" && process.arch === "x64" ? OLDEST.node : OLDEST.runtime;
  if (!older(process.versions.node, oldest)) return undefined;
  return `Node.js ${oldest.join(".")} or later: found ${process.versions.node}; get Node.js 22 at https://nodejs.org/en/download or with nvm (nvm install 22)`;
}

function pythonProblem() {
  const found = output("python3", "-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])");
  const how =
    "get it at https://www.python.org/downloads or from your system (Debian and Ubuntu: apt-get install python3 python3-venv)";
  if (found === undefined) {
    return output("python3", "--version") === undefined
      ? `Python ${OLDEST.python.join(".")} or later with venv, for the embedded AWS: python3 is not on PATH; ${how}`
      : `Python's venv module, for the embedded AWS: python3 has no venv; ${how}`;
  }
  return older(found, OLDEST.python)
    ? `Python ${OLDEST.python.join(".")} or later, for the embedded AWS: found ${found}; ${how}`
    : undefined;
}

function terraformProblem() {
  const how =
    "get it at https://developer.hashicorp.com/terraform/install, or OpenTofu at https://opentofu.org/docs/intro/install";
  const chosen = process.env.TERRAFORM_BINARY_NAME;
  const candidates = chosen ? [chosen] : ["terraform", "tofu"];
  for (const name of candidates) {
    const version = /v(\d+\.\d+\.\d+)/.exec(output(name, "version") ?? "")?.[1];
    if (version === undefined) continue;
    return older(version, OLDEST.terraform)
      ? `Terraform or OpenTofu ${OLDEST.terraform.join(".")} or later: found ${name} ${version}; ${how}`
      : undefined;
  }
  return `Terraform ${OLDEST.terraform.join(".")} or later: ${candidates.join(" or ")} is not on PATH; ${how}`;
}

/** Whether node_modules holds what package-lock.json says. npm records in node_modules/.package-lock.json what it installed. */
function packagesAreCurrent() {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return false;
  try {
    const have = JSON.parse(readFileSync(installed, "utf8")).packages;
    const want = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
    return Object.entries(want).every(
      ([path, { version, optional }]) => path === "" || optional || have[path]?.version === version,
    );
  } catch {
    return false;
  }
}

function installPackages() {
  if (packagesAreCurrent()) return;
  console.error("setup: installing the npm packages of package-lock.json (about a minute)");
  const npm = process.env.npm_execpath;
  const [program, first] = npm ? [process.execPath, [npm]] : ["npm", []];
  const args = [...first, "ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const advice = "in a restricted network, set the registry: npm config set registry URL";
  run({ name: "npm ci", program, args, advice, attempts: ATTEMPTS });
}

const imports = (module) => ["python3", "-c", `import ${module}`];

/** Python programs, each in a separate virtual environment, and a command of the environment that shows that the program works. */
const VENVS = {
  python: { check: imports("moto"), requirements: "local/requirements.txt", what: "the embedded AWS (moto)" },
  awscli: { check: imports("awscli"), requirements: "bench/requirements.txt", what: "the AWS CLI of the comparisons" },
  parliament: {
    check: imports("parliament"),
    requirements: "test/iam/requirements.txt",
    what: "parliament, a policy linter for the tests",
  },
  zizmor: {
    check: ["zizmor", "--version"],
    requirements: "test/workflows/requirements.txt",
    what: "zizmor, a workflow linter for the tests",
  },
};

function installVenv(name) {
  const { check, requirements, what } = VENVS[name];
  const [program, ...args] = check;
  const venv = join(root, ".local", name);
  const stamp = join(venv, "installed");
  const hash = createHash("sha256")
    .update(readFileSync(join(root, requirements)))
    .digest("hex");
  const current = existsSync(stamp) && readFileSync(stamp, "utf8") === hash;
  // A virtual environment breaks when the Python that created it is removed.
  if (current && output(join(venv, "bin", program), ...args) !== undefined) return;
  console.error(`setup: installing ${what} into .local/${name}`);
  const undo = () => rmSync(venv, { recursive: true, force: true });
  undo();
  run({
    name: "python3 -m venv",
    program: "python3",
    args: ["-m", "venv", venv],
    advice: "install Python's venv module (Debian and Ubuntu: apt-get install python3-venv)",
    undo,
  });
  const flags = ["--disable-pip-version-check", "--require-hashes"];
  const quiet = process.stderr.isTTY ? [] : ["--quiet"];
  run({
    name: `pip install -r ${requirements}`,
    program: join(venv, "bin", "python3"),
    args: ["-m", "pip", "install", ...quiet, ...flags, "--requirement", requirements],
    advice: "in a restricted network, set the index: pip config set global.index-url URL",
    attempts: ATTEMPTS,
    undo,
  });
  writeFileSync(stamp, hash);
}

/** Whether Go is installed, with which a program of the tests is built. Reports the program if Go is missing. */
function goInstalls(what) {
  if (output("go", "version") !== undefined) return true;
  console.error(`setup: ${what} is not installed, because go is not on PATH; its test is skipped`);
  return false;
}

/** Installs the workflow linter of the tests where Go is installed. */
function installActionlint() {
  const version = "v1.7.12";
  const folder = join(root, ".local", "actionlint", "bin");
  if (output(join(folder, "actionlint"), "-version")?.split("\n")[0] === version) return;
  if (!goInstalls("actionlint")) return;
  console.error("setup: installing actionlint, a workflow linter for the tests, into .local/actionlint");
  run({
    name: "go install",
    program: "go",
    args: ["install", `github.com/rhysd/actionlint/cmd/actionlint@${version}`],
    env: { GOBIN: folder },
    advice: "in a restricted network, set the module proxy: go env -w GOPROXY=URL",
    attempts: ATTEMPTS,
  });
}

/** Installs Helm for the tests on a cluster where Go is installed, unless Terraform has the helm provider. */
function installHelm() {
  const { KUBECONFIG, KUBEBUILDER_ASSETS, POD_RUNNER, CLUSTER_PROVIDERS_MIRROR } = process.env;
  if (!POD_RUNNER || !(KUBECONFIG || KUBEBUILDER_ASSETS) || CLUSTER_PROVIDERS_MIRROR) return;
  const folder = join(root, ".local", "helm", "bin");
  if (existsSync(join(folder, "helm"))) return;
  if (!goInstalls("Helm")) return;
  console.error("setup: installing Helm into .local/helm; this takes minutes");
  const options = { env: { ...process.env, GOBIN: folder, CGO_ENABLED: "0" }, stdio: ["ignore", 2, 2] };
  const { status } = spawnSync("go", ["install", "helm.sh/helm/v3/cmd/helm@v3.18.4"], options);
  if (status !== 0) console.error("setup: Helm is not installed, because go install failed; its test is skipped");
}

/** Runs another npm script with the Node of the npm packages. */
function runScript(name, ...flags) {
  const pinned = join(root, "node_modules", ".bin", "node");
  const program = existsSync(pinned) ? pinned : process.execPath;
  const args = ["--import", "tsx", `commands/${name}.ts`, ...flags];
  run({ name: `npm run ${name}`, program, args, advice: `correct the cause above, then run: npm run ${name}` });
}

/** Runs an installer. The output goes to standard error, because a script's standard output is for its result. */
function run({ name, program, args, env = {}, advice, attempts = 1, undo = () => {} }) {
  for (let attempt = 1; ; attempt++) {
    const options = { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", 2, 2] };
    const { status, error, signal } = spawnSync(program, args, options);
    if (status === 0) return;
    if (signal === null && attempt < attempts) {
      console.error(`setup: ${name} failed; attempt ${attempt + 1} of ${attempts}`);
      continue;
    }
    undo();
    console.error(`setup: ${name} failed${error ? ` (${error.message})` : ""}; ${advice}`);
    process.exit(1);
  }
}

const problems = [
  nodeProblem(),
  Object.keys(VENVS).some((name) => wanted.has(name)) ? pythonProblem() : undefined,
  wanted.has("terraform") ? terraformProblem() : undefined,
].filter(Boolean);
if (problems.length > 0) {
  console.error("qovery-irsa needs these programs, which you must install:");
  for (const problem of problems) console.error(`  ${problem}`);
  process.exit(1);
}
if (wanted.has("npm")) installPackages();
for (const name of Object.keys(VENVS)) if (wanted.has(name)) installVenv(name);
if (wanted.has("actionlint")) installActionlint();
if (wanted.has("helm")) installHelm();
if (wanted.has("providers")) runScript("providers");
if (wanted.has("verifier")) runScript("package", "--if-stale");
if (wanted.has("verifier-arm64")) runScript("package", "--if-stale", "--arch", "arm64");
