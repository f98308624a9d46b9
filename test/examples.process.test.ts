import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateOpenIDConnectProviderCommand, CreatePolicyCommand } from "@aws-sdk/client-iam";
import { proveIsolation } from "../access/isolation";
import type { Cluster, Project } from "../config/project";
import { parsePolicyArn } from "../iam/arn";
import { PARTITIONS, type Partition } from "../iam/partition";
import { STS_AUDIENCE } from "../iam/trust-policy";
import { withIam } from "../local/administrator";
import { LocalAws } from "../local/aws";
import { accessProofs, neighbourProofs } from "../local/demo-proofs";
import { prove } from "../local/prove";
import { createRoles } from "../local/roles";
import { verifierCommand } from "../packaging/verifier-command";
import { createApp } from "../stacks/app";
import { projectIn } from "./stacks/partitions";
import { EXAMPLES, loadExample } from "./stacks/synthesized";
import { TerraformRun } from "./stacks/terraform";
import { FULL, testIf } from "./test-if";

// Every configuration in test/examples, except the one with mistakes, and the one in docs/examples run on the embedded
// AWS: the declared service accounts have access, and their neighbours have none. A new folder needs no change here.
// Terraform deploys the roles if FULL=1. Otherwise the roles are created directly, which takes a fifth of the time.
// test/stacks/schemas.process.test.ts validates the stacks of the same examples.

/** Starts an embedded AWS for a project, and stops it after the work. The folder is empty and temporary. */
async function onAws(project: Project, work: (aws: LocalAws, folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "example-"));
  const aws = await LocalAws.start({ project });
  try {
    await work(aws, folder);
  } finally {
    await aws.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The policies of the accounts that roles refer to: a configuration does not create them. */
async function createPolicies(aws: LocalAws, { clusters }: Project): Promise<void> {
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" },
  });
  const roles = clusters.flatMap((cluster) => cluster.roles);
  const arns = roles.flatMap(({ managedPolicies, permissionsBoundary }) => [...managedPolicies, permissionsBoundary]);
  for (const arn of new Set(arns)) {
    const { accountId = "aws", resource = "" } = parsePolicyArn(arn ?? "") ?? {};
    if (accountId === "aws") continue;
    const [, Path, PolicyName] = /^policy(\/(?:.*\/)?)([^/]+)$/.exec(resource) ?? [];
    const create = new CreatePolicyCommand({ PolicyName, Path, PolicyDocument });
    await withIam(aws, (iam) => iam.send(create), aws.environmentOf(accountId));
  }
}

/** Creates the provider and the roles of a cluster without Terraform, or only what a deployment then imports. */
async function createDirectly(
  aws: LocalAws,
  { accountId, oidc, roles }: Cluster,
  onlyImported: boolean,
): Promise<void> {
  const environment = aws.environmentOf(accountId);
  if (oidc.provider === "create" && (oidc.import || !onlyImported)) {
    const create = new CreateOpenIDConnectProviderCommand({ Url: oidc.issuer, ClientIDList: [STS_AUDIENCE] });
    await withIam(aws, (iam) => iam.send(create), environment);
  }
  await createRoles(
    aws,
    roles.filter((role) => role.import || !onlyImported),
    environment,
  );
}

async function deploy(aws: LocalAws, project: Project, folder: string): Promise<void> {
  createApp(project, { outdir: folder }).synth();
  for (const { name, accountId } of project.clusters) {
    const stack = join(folder, "stacks", `${name}-iam`);
    const run = await TerraformRun.init(stack, join(folder, name), aws.environmentOf(accountId));
    await run.apply();
    expect(await run.tryRun("plan", "-detailed-exitcode", "-input=false")).toMatchObject({ exitCode: 0 });
  }
}

/**
 * Proves access and isolation of a project on the embedded AWS.
 * @param withTerraform whether Terraform deploys the roles
 */
async function proveProject(project: Project, withTerraform: boolean): Promise<void> {
  expect(proveIsolation(project).breaches).toEqual([]);
  await onAws(project, async (aws, folder) => {
    await createPolicies(aws, project);
    for (const cluster of project.clusters) await createDirectly(aws, cluster, withTerraform);
    if (withTerraform) await deploy(aws, project, folder);
    const accounts = project.clusters.flatMap((cluster) =>
      cluster.serviceAccounts.map((account) => ({ ...account, cluster: cluster.name })),
    );
    const access = accessProofs(project, aws, accounts);
    expect(access.length).toBeGreaterThanOrEqual(accounts.length);
    for (const proof of [...access, ...neighbourProofs(project, aws)]) await prove(proof, verifierCommand());
  });
}

test.each(EXAMPLES)(
  "the declared service accounts of the example %s have access, and their neighbours have none",
  (name) => proveProject(loadExample(name), FULL),
  300_000,
);

/** Partitions whose ARNs moto does not know. */
const WITHOUT_MOTO: readonly Partition[] = ["aws-iso-e", "aws-iso-f"];

testIf(FULL, "needs FULL=1")(
  `Terraform plans a deployment in ${WITHOUT_MOTO.join(" and ")}`,
  async () => {
    for (const partition of WITHOUT_MOTO) {
      const project = projectIn(partition);
      await onAws(project, async (aws, folder) => {
        createApp(project, { outdir: folder }).synth();
        const run = await TerraformRun.init(join(folder, "stacks/edge-iam"), join(folder, "run"), aws.environment);
        expect((await run.plan()).resource_changes).toHaveLength(7);
      });
    }
  },
  300_000,
);

test.each(FULL ? PARTITIONS.filter((name) => !WITHOUT_MOTO.includes(name)) : (["aws-cn", "aws-us-gov"] as const))(
  "the declared service account has access in the partition %s, and its neighbours have none",
  (partition) => proveProject(projectIn(partition), FULL),
  300_000,
);
