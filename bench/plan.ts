import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../local/child-process";
import { sampleProject, startSampleAws } from "../local/sample";
import { terraformBinary, terraformCli } from "../local/terraform-cli";
import { type Candidate, inTurn, ratios, spread } from "./measure";
import { formatSpread, markdownTable, writeResult } from "./results";
import { synthesize } from "./synthesize";

const ROUNDS = 5;
const ROLES = 200;
const POLICY = "AmazonS3ReadOnlyAccess";

/** The wall time of a plan without changes, as a ratio to the module. */
const BUDGET = { wallRatio: 0.5 };

/** The last version of terraform-aws-iam that accepts version 5 of the AWS provider. */
const MODULE = { version: "5.60.0", path: "modules/iam-role-for-service-accounts-eks" };

/**
 * Measures `terraform plan` of the same roles in turn: this project's stack, and the IRSA module of terraform-aws-iam, each
 * with and without the exclusive sets of policies. Measures the first plan and the plan after the deployment, writes
 * bench/results.json and prints a table.
 * @throws Error if Terraform fails
 */
export async function benchPlan(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bench-plan-"));
  const aws = await startSampleAws();
  try {
    const { environment } = await terraformCli(folder);
    const env = { ...process.env, ...environment, ...aws.environment };
    const stacks = [
      ["with exclusive sets", await synthesized(folder, "with", true)],
      ["without exclusive sets", await synthesized(folder, "without", false)],
      [`terraform-aws-iam ${MODULE.version} with exclusive sets`, moduleStack(folder, "module-with", true)],
      [`terraform-aws-iam ${MODULE.version}`, moduleStack(folder, "module", false)],
    ] as const;
    for (const [, stack] of stacks) await terraform(stack, env, "init", "-input=false");
    const candidates = stacks.map(
      ([name, stack]): Candidate => ({
        name,
        command: [terraformBinary(), `-chdir=${stack}`, "plan", "-input=false"],
        env,
      }),
    );
    const first = await measured(candidates);
    for (const [, stack] of stacks) await terraform(stack, env, "apply", "-input=false", "-auto-approve");
    const later = await measured(candidates);
    writeResult("plan", { roles: ROLES, rounds: ROUNDS, budget: BUDGET, first, later });
    const cells = [...rows("first plan", first), ...rows("plan without changes", later)];
    process.stdout.write(markdownTable([["plan", "stack", "wall (s)", "wall ÷ module", "CPU ÷ module"], ...cells]));
  } finally {
    await aws.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Measured = Awaited<ReturnType<typeof measured>>;

async function measured(candidates: readonly Candidate[]) {
  const runs = await inTurn(candidates, ROUNDS);
  const reference = runs.at(-1) ?? [];
  return candidates.map(({ name }, index) => {
    const own = runs[index] ?? [];
    return {
      name,
      wall: spread(own.map(({ wall }) => wall)),
      wallRatio: ratios(own, reference, "wall"),
      cpuRatio: ratios(own, reference, "cpu"),
    };
  });
}

function rows(plan: string, found: Measured): string[][] {
  return found.map(({ name, wall, wallRatio, cpuRatio }) => [
    plan,
    name,
    formatSpread(wall, 1),
    formatSpread(wallRatio, 2),
    formatSpread(cpuRatio, 2),
  ]);
}

async function terraform(stack: string, env: NodeJS.ProcessEnv, ...args: string[]): Promise<void> {
  const { exitCode, output } = await runProgram([terraformBinary(), ...args, "-no-color"], { cwd: stack, env });
  if (exitCode !== 0) throw new Error(`terraform ${args[0]} failed:\n${output}`);
}

function sampleCluster() {
  const [cluster] = sampleProject().clusters;
  if (!cluster) throw new Error("the sample has no cluster");
  return cluster;
}

const names = (prefix: string) => Array.from({ length: ROLES }, (_, index) => `${prefix}-${index}`);

/** Synthesizes the roles. Returns the folder of the stack. */
async function synthesized(folder: string, name: string, exclusivePolicies: boolean): Promise<string> {
  const { accountId, oidc } = sampleCluster();
  const root = join(folder, name);
  mkdirSync(join(root, "clusters"), { recursive: true });
  writeFileSync(join(root, "irsa.yaml"), "state: { backend: local }\n");
  const roles = names(name).map(
    (role) => `  ${role}: { namespace: z1, policies: [${POLICY}], exclusivePolicies: ${exclusivePolicies} }\n`,
  );
  const cluster = `accountId: "${accountId}"\noidc: { issuer: ${oidc.issuer} }\nkubernetes: { access: kubeconfig }\n`;
  writeFileSync(join(root, "clusters", "sample.yaml"), `${cluster}roles:\n${roles.join("")}`);
  await synthesize(join(root, "irsa.yaml"), join(root, "out"));
  return join(root, "out", "stacks", "sample-iam");
}

/**
 * Writes a configuration with the module once for each role, as its documentation shows. The module has no exclusive sets:
 * its users add them beside the module. Returns the folder.
 */
function moduleStack(folder: string, name: string, exclusivePolicies: boolean): string {
  const { region, oidc } = sampleCluster();
  const stack = join(folder, name);
  const policy = `arn:aws:iam::aws:policy/${POLICY}`;
  const set = { for_each: "${module.irsa}", role_name: "${each.value.iam_role_name}" };
  const local = process.env.TERRAFORM_AWS_IAM;
  const source = local
    ? { source: join(local, MODULE.path) }
    : { source: `terraform-aws-modules/iam/aws//${MODULE.path}`, version: MODULE.version };
  mkdirSync(stack);
  const configuration = {
    terraform: { required_providers: { aws: { source: "hashicorp/aws", version: ">= 5.100.0, < 6.0.0" } } },
    provider: { aws: { region } },
    module: {
      irsa: {
        ...source,
        for_each: Object.fromEntries(names(name).map((role) => [role, role])),
        role_name: "${each.value}",
        role_policy_arns: { policy },
        oidc_providers: { sample: { provider_arn: oidc.arn, namespace_service_accounts: ["z1:${each.value}"] } },
      },
    },
    ...(exclusivePolicies
      ? {
          resource: {
            aws_iam_role_policy_attachments_exclusive: { managed: { ...set, policy_arns: [policy] } },
            aws_iam_role_policies_exclusive: { inline: { ...set, policy_names: [] } },
          },
        }
      : {}),
  };
  writeFileSync(join(stack, "main.tf.json"), JSON.stringify(configuration));
  return stack;
}
