import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../../config/project";
import { LocalAws } from "../../local/aws";
import { EmbeddedQovery } from "../../local/qovery/embedded-qovery";
import { createRoles } from "../../local/roles";
import { mirrorOnly } from "../../local/terraform-cli";
import { verifierCommand } from "../../packaging/verifier-command";
import { createApp } from "../../stacks/app";
import { loadExample } from "../stacks/synthesized";
import { TerraformRun } from "../stacks/terraform";
import { testIf } from "../test-if";

// The stacks of an example with Qovery's real Terraform provider, on the embedded Qovery.

const MIRROR = process.env.QOVERY_PROVIDER_MIRROR;
const project = loadExample("qovery");
const [cluster] = project.clusters as [Cluster];
const environments = Object.values(cluster.qovery?.environments ?? {});
const withProvider = testIf(
  MIRROR !== undefined,
  "needs QOVERY_PROVIDER_MIRROR, a mirror with the provider qovery/qovery",
);

let folder: string;
let cliConfig: string;
let aws: LocalAws;
let qovery: EmbeddedQovery;
beforeAll(async () => {
  if (!MIRROR) return;
  folder = mkdtempSync(join(tmpdir(), "qovery-provider-"));
  createApp(project, { outdir: join(folder, "out") }).synth();
  cliConfig = mirrorOnly(folder, MIRROR);
  aws = await LocalAws.start({ project });
  await createRoles(aws, cluster.roles);
  qovery = await EmbeddedQovery.start({ project, aws, verifier: verifierCommand() });
}, 60_000);
afterAll(async () => {
  if (!MIRROR) return;
  await qovery.stop();
  await aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

const stack = (name: string, run = name) =>
  TerraformRun.init(join(folder, "out/stacks", name), join(folder, run), {
    TF_CLI_CONFIG_FILE: cliConfig,
    ...qovery.environment,
  });
const changes = async (terraform: TerraformRun) =>
  (await terraform.plan()).resource_changes
    .filter(({ change }) => change.actions.join() !== "no-op")
    .map(({ type, change }) => `${type}: ${change.actions.join()}`);
const stages = () => environments.flatMap((id) => qovery.organization.stagesOf(id).map(({ request }) => request.name));

withProvider(
  "the stacks are applied, planned without changes, changed and destroyed",
  async () => {
    const untouched = stages();
    const accounts = await stack("preview-service-accounts");
    const verification = await stack("preview-verification");
    await accounts.apply();
    await verification.apply();
    expect(await changes(accounts)).toEqual([]);
    expect(await changes(verification)).toEqual([]);
    for (const id of environments) {
      const order = qovery.organization.stagesOf(id).map(({ request }) => request.name);
      expect(order.slice(-3)).toEqual(["irsa-service-accounts", "irsa-isolation", "irsa-verification"]);
      const { succeeded, services } = await qovery.engine.deploy(id);
      expect(services.filter((service) => !service.succeeded)).toEqual([]);
      expect(succeeded).toBe(true);
    }

    verification.change(({ resource }) => {
      const [job] = Object.values<{ source: { image: { tag: string } } }>(resource.qovery_job);
      if (job) job.source.image.tag = "1.0.1";
    });
    expect(await changes(verification)).toEqual(["qovery_job: update"]);
    await verification.apply();
    expect(await changes(verification)).toEqual([]);

    await Promise.all([accounts, verification].map((terraform) => terraform.run("destroy", "-auto-approve")));
    expect(stages()).toEqual(untouched);
  },
  300_000,
);

withProvider(
  "a job that Qovery refuses fails the apply with the API's reason",
  async () => {
    const verification = await stack("preview-verification", "refused");
    verification.change(({ resource }) => {
      for (const job of Object.values<{ source: { image: { tag: string } } }>(resource.qovery_job)) {
        job.source.image.tag = "latest";
      }
    });
    await expect(verification.apply()).rejects.toThrow("latest");
  },
  300_000,
);
