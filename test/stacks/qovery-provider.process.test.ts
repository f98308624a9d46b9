import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster, Role } from "../../config/project";
import { LocalAws } from "../../local/aws";
import { EmbeddedQovery } from "../../local/qovery/embedded-qovery";
import { createRoles, updateTrustPolicy } from "../../local/roles";
import { mirrorOnly } from "../../local/terraform-cli";
import { verifierCommand } from "../../packaging/verifier-command";
import { createApp } from "../../stacks/app";
import { testIf } from "../test-if";
import { loadExample } from "./synthesized";
import { TerraformRun } from "./terraform";

// The stacks with Qovery's real Terraform provider and the embedded Qovery.

const mirror = process.env.QOVERY_PROVIDER_MIRROR;
const project = loadExample("qovery");
const [cluster] = project.clusters as [Cluster];
const [reader] = cluster.roles as [Role];
const [environment] = Object.values(cluster.qovery?.environments ?? {}) as [string];

let folder: string;
let aws: LocalAws;
let qovery: EmbeddedQovery;
beforeAll(async () => {
  if (!mirror) return;
  folder = mkdtempSync(join(tmpdir(), "qovery-provider-"));
  aws = await LocalAws.start({ project });
  await createRoles(aws, cluster.roles);
  qovery = await EmbeddedQovery.start({ project, aws, verifier: verifierCommand() });
}, 60_000);
afterAll(async () => {
  if (!mirror) return;
  await qovery.stop();
  await aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Synthesizes the stacks, and initializes Terraform for one of them. */
function init(stack: string): Promise<TerraformRun> {
  createApp(project, { outdir: join(folder, "out") }).synth();
  const config = mirrorOnly(folder, mirror ?? "");
  const environment = { TF_CLI_CONFIG_FILE: config, TEST_QOVERY_HOST: qovery.endpoint, QOVERY_API_TOKEN: "token" };
  return TerraformRun.init(join(folder, "out/stacks", stack), join(folder, stack), environment);
}

/** Returns the type and the name of each resource that a plan changes, with the action. */
async function changes(terraform: TerraformRun): Promise<string[]> {
  const { resource_changes } = await terraform.plan();
  const changed = resource_changes.filter(({ change }) => change.actions[0] !== "no-op");
  return changed.map(
    ({ type, change }) => `${change.actions.join(" ")} ${type} ${(change.after ?? change.before)?.name}`,
  );
}

testIf(mirror !== undefined, "QOVERY_PROVIDER_MIRROR names no mirror")(
  "the stacks are applied, planned without changes, changed and destroyed, and gate the environment's deployment",
  async () => {
    const accounts = await init("preview-service-accounts");
    const verification = await init("preview-verification");
    for (const stack of [accounts, verification]) {
      await stack.apply();
      expect(await changes(stack)).toEqual([]);
    }
    const deployment = await qovery.engine.deploy(environment);
    expect(deployment.services.filter((service) => !service.succeeded)).toEqual([]);
    const stages = new Set(deployment.services.map(({ stage }) => stage));
    expect([...stages]).toEqual(["irsa-service-accounts", "irsa-isolation", "irsa-verification"]);

    const other = JSON.stringify(reader.trustPolicy).replaceAll(":reader", ":another-account");
    await updateTrustPolicy(aws, reader, JSON.parse(other));
    const { succeeded, services } = await qovery.engine.deploy(environment);
    expect(succeeded).toBe(false);
    expect(services.find((service) => !service.succeeded)?.log).toContain("QV301");

    verification.change(({ resource }) => {
      const [job] = Object.values<{ source: { image: { tag: string } } }>(resource.qovery_job);
      if (job) job.source.image.tag = "2.0.0";
    });
    expect(await changes(verification)).toEqual([expect.stringMatching(/^update qovery_job irsa-reader-access/)]);
    await verification.apply();
    expect(await changes(verification)).toEqual([]);

    for (const stack of [verification, accounts]) await stack.run("destroy", "-auto-approve");
    expect(qovery.organization.stagesOf(environment).map(({ request }) => request.name)).not.toContain(
      "irsa-verification",
    );
  },
  600_000,
);
