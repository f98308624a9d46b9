import { join } from "node:path";
import { loadProject } from "../../config/load";
import { formatProblem } from "../../config/problems";
import type { Project, Role } from "../../config/project";
import { counted } from "../../config/quote";
import type { LocalAws } from "../../local/aws";
import { type CdktfRun, CommandFailed, cdktf } from "../../local/cdktf";
import type { Progress } from "../../local/progress";
import { ProofFailed } from "../../local/prove";
import { createDeclared } from "../../local/qovery/declared";
import { qoveryCopy } from "../../local/qovery/demo-configuration";
import { EmbeddedQovery } from "../../local/qovery/embedded-qovery";
import type { Deployment } from "../../local/qovery/engine";
import { withTrustPolicy } from "../../local/roles";
import type { AnnotatedServiceAccount } from "../../local/service-accounts";

export interface QoveryDemo {
  readonly project: Project;
  /** Path of irsa.yaml. */
  readonly config: string;
  readonly aws: LocalAws;
  readonly run: CdktfRun;
  readonly accounts: readonly AnnotatedServiceAccount[];
  readonly verifier: readonly string[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** The role whose trust policy is broken, and the cluster and namespace that it is for. */
  readonly role: Role;
}

/** Runs the verification of a cluster on an embedded Qovery, and shows that a broken trust policy fails the deployment. */
export async function demonstrateQovery(demo: QoveryDemo): Promise<void> {
  const { aws, role, run, progress, verifier, signal } = demo;
  const folder = join(run.folder, "qovery");
  const config = qoveryCopy(demo.config, demo.project, join(folder, "configuration"));
  const { project, problems } = loadProject(config);
  const cluster = project?.clusters.find(({ name }) => name === role.cluster);
  const namespace = cluster?.serviceAccounts.find(({ roleArn }) => roleArn === role.arn)?.namespace ?? "";
  const environment = cluster?.qovery?.environments[namespace];
  if (!project || !environment) {
    throw new Error(["the configuration for Qovery has errors:", ...problems.map(formatProblem)].join("\n"));
  }
  const qovery = await EmbeddedQovery.start({ project, aws, verifier });
  try {
    qovery.engine.addAccounts(demo.accounts);
    const onQovery = { ...run, config, folder, terraform: { ...run.terraform, ...qovery.environment } };
    // A new deployment stage is the last one: the service accounts come before the proofs.
    const createsAccounts = demo.accounts.some((account) => account.cluster === role.cluster && account.environmentId);
    const stacks = [...(createsAccounts ? ["service-accounts"] : []), "verification"].map(
      (stack) => `${role.cluster}-${stack}`,
    );
    await progress.step(`declare ${stacks.join(" ")} on an embedded Qovery`, () => declare(stacks, onQovery, qovery));
    await progress.step(`Qovery deploys ${namespace}`, async () => {
      const deployment = await qovery.engine.deploy(environment, signal);
      if (!deployment.succeeded) throw deploymentFailed(deployment);
      return ["the verification proves access and isolation:", ...outcomes(deployment)].join("\n");
    });
    await progress.step(`Qovery deploys ${namespace} with a broken trust policy`, async () => {
      const broken = JSON.stringify(role.trustPolicy).replaceAll(namespace, "z00000000-other");
      const deploy = () => qovery.engine.deploy(environment, signal);
      const found = failure(await withTrustPolicy(aws, role, JSON.parse(broken), deploy));
      if (!/^ *cause: QV301 /m.test(found)) throw new ProofFailed(`expected QV301, found ${found || "no failure"}`);
      return `the deployment fails, with the cause and the fix:\n${found}`;
    });
  } finally {
    await qovery.stop();
  }
}

/** Returns the error of a deployment whose proofs must succeed. A failure without a verdict is not the user's mistake. */
function deploymentFailed(deployment: Deployment): Error {
  const found = failure(deployment);
  const message = `the deployment on the embedded Qovery failed:\n${found}`;
  if (/^ *cause: QV\d+ /m.test(found)) return new ProofFailed(message);
  return new Error(`${message}\n\nThe verifier reached no verdict. Report this as a defect of qovery-irsa.`);
}

/** Declares stacks with the real provider, or from the synthesized JSON if Terraform cannot get the provider. */
async function declare(stacks: readonly string[], run: CdktfRun, qovery: EmbeddedQovery): Promise<string> {
  try {
    for (const stack of stacks) await cdktf(["deploy", stack, "--auto-approve", "--skip-provider-lock"], run);
    return "Terraform created the services and jobs with the provider qovery/qovery";
  } catch (error) {
    if (!(error instanceof CommandFailed) || !isWithoutProvider(error.message)) throw error;
  }
  const outdir = join(run.folder, "cdktf.out");
  const { QOVERY_API_TOKEN: token = "" } = qovery.environment;
  let count = 0;
  for (const stack of stacks) count += await createDeclared(outdir, stack, qovery.endpoint, token);
  return `${counted(count, "resource")}, created from the synthesized JSON without Terraform: Terraform cannot get the provider qovery/qovery here`;
}

function isWithoutProvider(output: string): boolean {
  return /qovery\/qovery/.test(output) && /(Could not|Failed to).*provider|could not connect to/is.test(output);
}

function outcomes({ services }: Deployment): string[] {
  return services.map(({ stage, service, succeeded }) => `${stage}: ${service} ${succeeded ? "succeeded" : "failed"}`);
}

/** Returns the end of each failed job's log, from the verdict on: the cause and the fix follow the verdict. */
function failure({ services }: Deployment): string {
  const logs = services.filter(({ succeeded }) => !succeeded).map(({ log }) => log.trimEnd().split("\n"));
  return logs.flatMap(fromVerdict).join("\n");
}

/** Returns the lines from the last verdict on, or all lines if no line is a verdict. */
function fromVerdict(lines: readonly string[]): readonly string[] {
  const verdict = lines.findLastIndex((line) => line.startsWith("× "));
  return verdict < 0 ? lines : lines.slice(verdict);
}
