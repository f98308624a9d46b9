import { mkdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import type { Project, S3State } from "../config/project";
import { counted } from "../config/quote";
import { LocalAws } from "../local/aws";
import { type CdktfRun, CommandFailed, cdktf } from "../local/cdktf";
import { unprotectedCopy } from "../local/config-copy";
import { accessProofs, mistakes, neighbourProofs } from "../local/demo-proofs";
import { filesWithSecrets, textsWithSecrets } from "../local/leaks";
import { Progress } from "../local/progress";
import { type Proof, ProofFailed, prove } from "../local/prove";
import { withTrustPolicy } from "../local/roles";
import { annotatedServiceAccounts } from "../local/service-accounts";
import { type StoredState, storedStates } from "../local/state-bucket";
import { terraformCli } from "../local/terraform-cli";
import { packageVerifier } from "../packaging/package";
import { ownArchitecture, verifierCommand, verifierIsPackaged } from "../packaging/verifier-command";
import { command, main } from "./lib/command";
import { loadedProject } from "./lib/configuration";
import { Stopped } from "./lib/errors";
import { takeLock } from "./lib/lock";
import { demonstrateQovery } from "./lib/qovery-demo";

const ROOT = join(__dirname, "..");
const FOLDER = join(ROOT, ".local", "demo");
const LOG = join(FOLDER, "cdktf.log");

/** Lines of a failed command's output that the error message shows. */
const SHOWN_LINES = 40;

/** What the steps of the demo share. */
interface Demo {
  readonly project: Project;
  readonly state: S3State;
  /** Path of irsa.yaml. */
  readonly config: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export const demo = command({
  name: "demo",
  summary:
    "Deploys the configuration to an embedded AWS with the real Terraform, and proves access and isolation. Needs no AWS account.",
  options: {},
  environment: {
    IRSA_CONFIG: "path of the configuration (default: irsa.yaml), with state.backend: s3; the bucket need not exist",
    TERRAFORM_BINARY_NAME: "terraform or tofu (default: terraform, else tofu)",
    TF_CLI_CONFIG_FILE: "your Terraform CLI configuration, for example with a provider mirror",
  },
  examples: ["npm run demo", "IRSA_CONFIG=test/examples/create/irsa.yaml npm run demo"],
  stoppable: true,
  async run({ signal }) {
    const release = takeLock(join(ROOT, ".local", "demo.lock"), "demo");
    try {
      await runDemo(signal);
      return 0;
    } catch (error) {
      if (!signal.aborted) throw explained(error);
      rmSync(FOLDER, { recursive: true, force: true });
      throw new Stopped("nothing is left running");
    } finally {
      release();
    }
  },
});

async function runDemo(signal: AbortSignal): Promise<void> {
  const config = process.env.IRSA_CONFIG || join(ROOT, "irsa.yaml");
  const project = loadedProject(config);
  const { state } = project;
  if (state.backend !== "s3") {
    throw new Error(
      `${config} state.backend: ${state.backend} is not supported by the demo, which keeps its state in the embedded AWS; use s3`,
    );
  }
  const progress = new Progress((text) => process.stdout.write(text), signal);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });

  await progress.step("check the configuration", async () => {
    const roles = project.clusters.flatMap((cluster) => cluster.roles).length;
    return `${counted(project.clusters.length, "cluster")}, ${counted(roles, "role")}: no errors`;
  });
  if (!verifierIsPackaged()) {
    await progress.step("package the verifier", async () => {
      const own = ownArchitecture();
      return (await packageVerifier(own ? [own] : [])).map((path) => relative(ROOT, path)).join(", ");
    });
  }
  let aws: LocalAws | undefined;
  try {
    await progress.step("start the embedded AWS", async () => {
      aws = await LocalAws.start({ project });
      return `${aws.endpoint}, with the OIDC providers that Qovery creates and the bucket of the state`;
    });
    if (aws) await onAws({ project, state, config, progress, signal }, aws);
  } finally {
    await aws?.stop();
  }
  process.stdout.write(
    `\n${progress.table()}\n\nProven: the declared service accounts have access, and their neighbours have none.\n`,
  );
  process.stdout.write(`The output of the commands is in ${relative(process.cwd(), LOG)}\n`);
}

async function onAws({ project, state, config, progress, signal }: Demo, aws: LocalAws): Promise<void> {
  const terraform = await terraformCli(FOLDER);
  const run: Omit<CdktfRun, "aws"> = {
    terraform: terraform.environment,
    folder: FOLDER,
    config,
    signal,
  };
  const stacks = project.clusters.map((cluster) => `${cluster.name}-iam`);
  /** Runs cdktf on the stacks of each account, with an administrator of the account. */
  const inEachAccount = async (command: "deploy" | "destroy", from = config) => {
    let output = "";
    for (const [accountId, environment] of aws.environments) {
      const own = project.clusters
        .filter((cluster) => cluster.accountId === accountId)
        .map(({ name }) => `${name}-iam`);
      const options = ["--auto-approve", "--skip-provider-lock"];
      output += await cdktf([command, ...own, ...options], { ...run, config: from, aws: environment });
    }
    return output;
  };
  const deploy = () => inEachAccount("deploy");
  const verifier = verifierCommand();

  await progress.step(`cdktf deploy ${stacks.join(" ")}`, async () => {
    const added = [...(await deploy()).matchAll(/Apply complete! Resources: (?:\d+ imported, )?(\d+) added/g)];
    const resources = added.reduce((sum, [, count]) => sum + Number(count), 0);
    const keys = (await storedStates(state, aws)).map(({ key }) => `s3://${state.bucket}/${key}`);
    return [
      `Terraform providers: ${terraform.providers}`,
      `Terraform created ${counted(resources, "resource")}; the state is in:`,
      ...keys,
    ].join("\n");
  });

  const accounts = annotatedServiceAccounts(join(FOLDER, "cdktf.out"), project.clusters);
  const proveAll = async (proofs: readonly Proof[], noun: string, result: string) => {
    const lines: string[] = [];
    for (const proof of proofs) lines.push(await prove(proof, verifier, signal));
    return [`${counted(lines.length, noun)}: ${result}`, ...lines].join("\n");
  };
  await progress.step("prove access in every declared pod", () =>
    proveAll(accessProofs(project, aws, accounts), "pod", "proven"),
  );
  await progress.step("prove that their neighbours have no access", () =>
    proveAll(neighbourProofs(project, aws), "neighbour", "denied by STS"),
  );

  const { role, mistakes: classic } = mistakes(project, aws);
  for (const { title, trust, proof } of classic) {
    const provenMistake = () => prove(proof, verifier, signal);
    await progress.step(`mistake: ${title}`, () =>
      trust ? withTrustPolicy(aws, role, trust, provenMistake) : provenMistake(),
    );
  }

  const asAdministrator = { ...run, aws: aws.environment };
  await demonstrateQovery({ project, config, aws, run: asAdministrator, accounts, verifier, progress, signal, role });

  await progress.step("deploy again", async () => {
    const output = await deploy();
    const unchanged = output.match(/No changes\. /g)?.length ?? 0;
    if (unchanged !== stacks.length)
      throw new CommandFailed(`${output}\nthe second deploy is expected to change nothing`);
    return `no changes in ${counted(unchanged, "stack")}`;
  });
  const states = await storedStates(state, aws);
  await progress.step("destroy", async () => {
    const folder = join(FOLDER, "unprotected");
    const copy = unprotectedCopy(config, folder);
    await inEachAccount("destroy", copy);
    rmSync(folder, { recursive: true, force: true });
    return "all resources are deleted (an OIDC provider only with deletionProtection: false)";
  });
  await progress.step("search the files and the output for tokens and keys", async () =>
    noSecrets([...states, ...(await storedStates(state, aws))], aws, progress.shown),
  );
}

/** Searches the states, the logs, the synthesized stacks and the demo's output for every key and token of this run. */
function noSecrets(states: readonly StoredState[], aws: LocalAws, shown: string): string {
  const texts = [
    ...states.map(({ key, body }) => ({ name: key, text: body })),
    { name: "the demo's output", text: shown },
  ];
  const found = [...filesWithSecrets(FOLDER, aws.secrets), ...textsWithSecrets(texts, aws.secrets)];
  if (found.length > 0) throw new ProofFailed(`keys or tokens of this run are in: ${found.join(", ")}`);
  return `none of the ${aws.secrets.size} tokens and keys of this run is in ${counted(states.length, "state")}, the logs, the stacks or this output`;
}

/** Adds to an error of a step what to do next. */
function explained(error: unknown): unknown {
  if (error instanceof ProofFailed) {
    return new Error(`${error.message}\n\nThe proof failed. The log is ${LOG}. Fix the cause, then run: npm run demo`);
  }
  if (!(error instanceof CommandFailed)) return error;
  const tail = error.message.trimEnd().split("\n").slice(-SHOWN_LINES).join("\n");
  const provider = /registry|Failed to query available provider/.test(error.message)
    ? "Terraform could not get the AWS provider. Without internet access, create a provider mirror (terraform providers mirror) and name it in a Terraform CLI configuration file (TF_CLI_CONFIG_FILE). "
    : "";
  return new Error(
    `${tail}\n\nThe command above failed. ${provider}The complete output is in ${LOG}. Fix the cause, then run: npm run demo`,
  );
}

if (require.main === module) main(demo);
