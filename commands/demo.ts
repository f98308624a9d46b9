import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout } from "node:timers/promises";
import { IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { loadProject } from "../config/load";
import { formatProblem } from "../config/problems";
import type { Project, S3State } from "../config/project";
import type { PolicyDocument } from "../iam/policy-types";
import { clientConfig, LocalAws } from "../local/aws";
import { type CdktfRun, CommandFailed, cdktf } from "../local/cdktf";
import { unprotectedCopy } from "../local/config-copy";
import { filesWithSecrets, textsWithSecrets } from "../local/leaks";
import { Progress } from "../local/progress";
import { accessProofs, mistakes, neighbourProofs, ProofFailed, prove } from "../local/proofs";
import { synthesizedServiceAccounts } from "../local/service-accounts";
import { ownArchitecture, packageVerifier } from "../packaging/package";
import { verifierCommand, verifierIsPackaged } from "../packaging/verifier-command";
import { STOPPED, stopSignal } from "./stop-signal";

// npm run demo: from YAML to a proven role on an embedded AWS, with real Terraform and the real AWS provider.

const ROOT = join(__dirname, "..");
const FOLDER = join(ROOT, ".local", "demo");
const LOG = join(FOLDER, "cdktf.log");

/** A reason to end that needs no more words than its own. */
class Stop extends Error {}

async function demo(signal: AbortSignal): Promise<void> {
  const progress = new Progress((text) => process.stdout.write(text), signal);
  const config = process.env.IRSA_CONFIG || join(ROOT, "irsa.yaml");
  const { project, state } = checked(config);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });

  await progress.step("check the configuration", async () => {
    const roles = project.clusters.flatMap((cluster) => cluster.roles).length;
    return `${project.clusters.length} clusters, ${roles} roles: no errors`;
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
      return `${aws.endpoint}, with what Qovery's engine and you would have made: OIDC providers, the state's bucket`;
    });
    if (aws) await onAws(project, state, aws, config, progress, signal);
  } finally {
    await aws?.stop();
  }
  process.stdout.write(
    `\n${progress.table()}\n\nProven: the declared service accounts have access, their neighbours have none.\n`,
  );
  process.stdout.write(`What the commands printed is in ${relative(process.cwd(), LOG)}\n`);
}

async function onAws(
  project: Project,
  state: S3State,
  aws: LocalAws,
  config: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const run: CdktfRun = { aws: aws.environment, folder: FOLDER, config, signal };
  const stacks = project.clusters.map((cluster) => `${cluster.name}-iam`);
  const deploy = () => cdktf(["deploy", ...stacks, "--auto-approve", "--skip-provider-lock"], run);

  await progress.step(`cdktf deploy ${stacks.join(" ")}`, async () => {
    const output = await deploy();
    const added = [...output.matchAll(/Apply complete! Resources: (?:\d+ imported, )?(\d+) added/g)].map((match) =>
      Number(match[1]),
    );
    const keys = (await stateObjects(state, aws)).map(({ key }) => `s3://${state.bucket}/${key}`);
    return [
      `${added.reduce((sum, count) => sum + count, 0)} resources made by Terraform, state kept in the bucket:`,
      ...keys,
    ].join("\n");
  });

  const accounts = synthesizedServiceAccounts(
    join(FOLDER, "cdktf.out"),
    project.clusters.map((cluster) => cluster.name),
  );
  await progress.step("prove access in every declared pod", async () => {
    const lines: string[] = [];
    for (const proof of accessProofs(project, aws, accounts)) lines.push(await prove(proof, verifierCommand(), signal));
    return [`${lines.length} pods: proven`, ...lines].join("\n");
  });
  await progress.step("prove that their neighbours have none", async () => {
    const lines: string[] = [];
    for (const proof of neighbourProofs(project, aws)) lines.push(await prove(proof, verifierCommand(), signal));
    return [`${lines.length} neighbours: denied by STS`, ...lines].join("\n");
  });

  const classic = mistakes(project, aws);
  for (const mistake of classic.mistakes) {
    await progress.step(`mistake: ${mistake.title}`, async () => {
      if (mistake.trust) await setTrust(aws, classic.role.name, mistake.trust);
      try {
        return await prove(mistake.proof, verifierCommand(), signal);
      } finally {
        if (mistake.trust) await setTrust(aws, classic.role.name, classic.role.trustPolicy);
      }
    });
  }

  await progress.step("deploy again", async () => {
    const output = await deploy();
    const unchanged = output.match(/No changes\. /g)?.length ?? 0;
    if (unchanged !== stacks.length) throw new CommandFailed(`${output}\na second deploy must change nothing`);
    return `no changes in ${unchanged} stacks`;
  });
  const states = await stateObjects(state, aws);
  await progress.step("destroy", async () => {
    const folder = join(FOLDER, "unprotected");
    const copy = unprotectedCopy(config, folder);
    await cdktf(["destroy", ...stacks, "--auto-approve", "--skip-provider-lock"], { ...run, config: copy });
    rmSync(folder, { recursive: true, force: true });
    return "every resource is gone (a created OIDC provider only after deletionProtection: false)";
  });
  await progress.step("look for tokens and keys in what is left", async () =>
    noSecrets([...states, ...(await stateObjects(state, aws))], aws, progress.shown),
  );
}

function checked(config: string): { project: Project; state: S3State } {
  const { problems, project } = loadProject(config);
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
  if (!project) throw new Stop("the configuration has errors; mend them and run the demo again");
  if (project.state.backend !== "s3") {
    throw new Stop(
      `the demo keeps its state in the embedded AWS; it needs state.backend s3 in ${config}, found ${project.state.backend}`,
    );
  }
  return { project, state: project.state };
}

async function stateObjects(state: S3State, aws: LocalAws): Promise<{ key: string; body: string }[]> {
  const s3 = new S3Client({ ...clientConfig(aws.environment), region: state.region, forcePathStyle: true });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: state.bucket }));
  const objects = Contents.map(async ({ Key = "" }) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: state.bucket, Key }));
    return { key: Key, body: (await Body?.transformToString()) ?? "" };
  });
  return Promise.all(objects);
}

/** The run knows every key and token that it used: none may be in a state, a log, a synthesized stack or its own output. */
function noSecrets(states: readonly { key: string; body: string }[], aws: LocalAws, shown: string): string {
  const texts = [
    ...states.map(({ key, body }) => ({ name: key, text: body })),
    { name: "the demo's output", text: shown },
  ];
  const found = [...filesWithSecrets(FOLDER, aws.secrets), ...textsWithSecrets(texts, aws.secrets)];
  if (found.length > 0) throw new ProofFailed(`keys or tokens of this run are in: ${found.join(", ")}`);
  return `none of the run's ${aws.secrets.size} tokens and keys in ${states.length} states, the logs, the stacks and this output`;
}

async function setTrust(aws: LocalAws, role: string, policy: PolicyDocument): Promise<void> {
  const iam = new IAMClient(clientConfig(aws.environment));
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: role, PolicyDocument: JSON.stringify(policy) }));
  iam.destroy();
}

/** What to do about a step that failed; its output comes first. */
function advice(error: unknown): string {
  if (error instanceof CommandFailed) {
    const tail = error.message.trimEnd().split("\n").slice(-40).join("\n");
    const provider = /registry|Failed to query available provider/.test(error.message)
      ? "Terraform could not get the AWS provider: behind a firewall, lay out a filesystem mirror (terraform providers mirror) and name it in a Terraform CLI configuration file (TF_CLI_CONFIG_FILE).\n"
      : "";
    return `${tail}\n\nThe command above failed. ${provider}Its whole output is in ${LOG}; after mending run: npm run demo`;
  }
  if (error instanceof ProofFailed)
    return `${error.message}\n\nThe proof failed. The log is ${LOG}; after mending run: npm run demo`;
  return error instanceof Error ? error.message : String(error);
}

const signal = stopSignal();
demo(signal).catch(async (error: unknown) => {
  // A program that was run synchronously has died of the same Ctrl-C before this process could hear of it.
  await setTimeout(50);
  process.exitCode = signal.aborted ? STOPPED : 1;
  process.stderr.write(signal.aborted ? "\ndemo: stopped; nothing is left running\n" : `\ndemo: ${advice(error)}\n`);
  if (existsSync(FOLDER) && signal.aborted) rmSync(FOLDER, { recursive: true, force: true });
});
