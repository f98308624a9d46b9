import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Verdict } from "../../access/verdicts";
import type { Cluster, Role } from "../../config/project";
import { LocalAws } from "../../local/aws";
import { runProgram } from "../../local/child-process";
import { createDeclared } from "../../local/qovery/declared";
import { EmbeddedQovery } from "../../local/qovery/embedded-qovery";
import type { Deployment } from "../../local/qovery/engine";
import { canMountOutput, OutputFolder } from "../../local/qovery/job-output";
import { createRoles, withTrustPolicy } from "../../local/roles";
import { verifierCommand } from "../../packaging/verifier-command";
import { createApp } from "../../stacks/app";
import { runCommand } from "../commands/run-command";
import { loadExample } from "../stacks/synthesized";
import { testIf } from "../test-if";

// The embedded Qovery with the stacks of an example: declared through its API, and deployed with the packaged verifier.

const project = loadExample("qovery");
const [cluster] = project.clusters as [Cluster];
const [reader] = cluster.roles as [Role];
const [first, second] = Object.values(cluster.qovery?.environments ?? {}) as [string, string];
const STACKS = ["preview-service-accounts", "preview-verification"];

let aws: LocalAws;
let outdir: string;
let qovery: EmbeddedQovery;

beforeAll(async () => {
  outdir = mkdtempSync(join(tmpdir(), "qovery-"));
  createApp(project, { outdir }).synth();
  aws = await LocalAws.start({ project });
  await createRoles(aws, cluster.roles);
}, 60_000);
beforeEach(async () => {
  qovery = await EmbeddedQovery.start({ project, aws, verifier: verifierCommand() });
});
afterEach(() => qovery.stop());
afterAll(async () => {
  await aws.stop();
  rmSync(outdir, { recursive: true, force: true });
});

const declare = async (stacks = STACKS) => {
  for (const stack of stacks) await createDeclared(outdir, stack, qovery.endpoint, "token");
};
const outcomes = ({ services }: Deployment) =>
  services.map(({ stage, service, succeeded }) => `${stage}: ${service} ${succeeded ? "succeeded" : "failed"}`);

test("an environment is deployed stage by stage, and its proofs succeed", async () => {
  await declare();
  const deployment = await qovery.engine.deploy(first);
  expect(outcomes(deployment)).toEqual([
    "irsa-service-accounts: irsa-account-adopted succeeded",
    "irsa-service-accounts: irsa-account-reader succeeded",
    "irsa-isolation: irsa-isolation-reader succeeded",
    "irsa-verification: irsa-reader-access-drift succeeded",
    "irsa-verification: irsa-reader-access succeeded",
    "irsa-verification: irsa-reader-isolation succeeded",
  ]);
  expect(deployment.succeeded).toBe(true);
  const log = deployment.services.find(({ service }) => service === "irsa-reader-access")?.log;
  expect(log).toContain(reader.arn);
  expect(qovery.engine.state(second)).toBe("READY");
}, 60_000);

testIf(canMountOutput(), "needs permission to mount")(
  "the outputs of a lifecycle job are what the verifier writes into /qovery-output",
  async () => {
    await declare();
    const { services } = await qovery.engine.deploy(first);
    const outputsOf = (name: string) => services.find(({ service }) => service === name)?.outputs;
    expect(outputsOf("irsa-reader-access")).toMatchObject({
      IRSA_ROLE_ARN: { value: reader.arn, sensitive: false },
      IRSA_VERDICT: { value: "proven", sensitive: false },
      IRSA_DURATION_MS: { value: expect.stringMatching(/^\d+$/) },
    });
    expect(outputsOf("irsa-reader-isolation")).toMatchObject({ IRSA_VERDICT: { value: "proven" } });
    expect(outputsOf("irsa-reader-access-drift")).toBeUndefined();
  },
  60_000,
);

/** Deploys an environment while the role trusts another service account. */
function deployWithBrokenTrust(environment: string): Promise<Deployment> {
  const other = JSON.stringify(reader.trustPolicy).replaceAll(":reader", ":another-account");
  return withTrustPolicy(aws, reader, JSON.parse(other), () => qovery.engine.deploy(environment));
}

test("a changed trust policy fails the deployment, with the code and a fix", async () => {
  await declare();
  const { succeeded, services } = await deployWithBrokenTrust(first);
  expect(succeeded).toBe(false);
  const failed = services.filter((service) => !service.succeeded);
  expect(failed.map(({ service }) => service)).toEqual(["irsa-reader-access"]);
  expect(failed[0]?.log).toContain("QV301");
  expect(failed[0]?.log).toMatch(/Job failed to correctly run due to BackoffLimitExceeded\n$/);
  expect(qovery.engine.state(first)).toBe("DEPLOYMENT_ERROR");
}, 60_000);

testIf(canMountOutput(), "needs permission to mount")(
  "outputs follow the engine's rules, and an invalid file is a warning",
  async () => {
    const read = async (text: string) => {
      const folder = new OutputFolder();
      try {
        const command = folder.mountedFor([
          "sh",
          "-c",
          'printf %s "$1" > /qovery-output/qovery-output.json',
          "sh",
          text,
        ]);
        expect(await runProgram(command, { env: process.env })).toMatchObject({ exitCode: 0 });
        return folder.read();
      } finally {
        folder.delete();
      }
    };
    const entries = {
      port: { value: 5432, sensitive: true },
      host: { value: "db", description: "host" },
      text: "ignored",
    };
    expect(await read(JSON.stringify(entries))).toEqual({
      outputs: {
        PORT: { value: "5432", sensitive: true, description: "" },
        HOST: { value: "db", sensitive: false, description: "host" },
      },
    });
    expect(await read('{ "not-a-name": { "value": 1 } }')).toMatchObject({
      outputs: {},
      warning: expect.stringContaining("not-a-name"),
    });
    expect(await read("{")).toMatchObject({ outputs: {}, warning: expect.stringContaining("not valid") });
  },
);

test("a job without its service account fails, and ends the deployment", async () => {
  await declare(["preview-verification"]);
  const { services } = await qovery.engine.deploy(second);
  const log = services.find(({ service }) => service === "irsa-reader-access")?.log;
  expect(log).toContain('serviceaccount "reader" not found');
}, 60_000);

test("a cron job runs when it is forced", async () => {
  await declare();
  await qovery.engine.deploy(first);
  const stages = qovery.organization.stagesOf(first).flatMap(({ id }) => qovery.organization.servicesOf(id));
  const drift = stages.find(({ request }) => request.name.endsWith("-drift"));
  expect(await qovery.engine.forceRun(drift?.id ?? "")).toMatchObject({ succeeded: true });
}, 60_000);

test("a service account of another owner is not adopted", async () => {
  await declare();
  qovery.engine.addAccounts([{ cluster: cluster.name, namespace: "z1-app", name: "reader", roleArn: reader.arn }]);
  const { succeeded, services } = await qovery.engine.deploy(first);
  expect([succeeded, services.at(-1)?.log]).toEqual([false, expect.stringContaining("invalid ownership metadata")]);
});

/** Runs `npm run verdicts` on the example. */
function verdicts(...args: string[]) {
  const env = { ...process.env, IRSA_CONFIG: "test/examples/qovery/irsa.yaml", ...qovery.environment };
  return runCommand("verdicts", args, env);
}

test("the verdicts are those of the last deployment of each environment", async () => {
  await declare();
  await qovery.engine.deploy(first);
  await deployWithBrokenTrust(second);
  const { exitCode, stdout, stderr } = await verdicts("-o", "json");
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.not.stringContaining("verdicts:") });
  const found = (JSON.parse(stdout) as Verdict[]).map(
    ({ namespace, serviceAccount, proof, state }) => `${namespace} ${serviceAccount} ${proof}: ${state}`,
  );
  const [one, two] = Object.keys(cluster.qovery?.environments ?? {});
  expect(found).toEqual([
    `${one} reader access: proven`,
    `${one} reader isolation: proven`,
    `${two} reader access: not-proven`,
    `${two} reader isolation: proven`,
  ]);
  await qovery.engine.deploy(second);
  expect(await verdicts()).toMatchObject({ exitCode: 0 });
  const access = qovery.organization
    .servicesIn(first, "job")
    .find(({ request }) => request.name === "irsa-reader-access");
  if (access) access.settings = { ...access.settings, "security.service_account_name": "" };
  await qovery.engine.deploy(first);
  expect((await verdicts()).stdout).toContain("runs as the service account default. Expected: reader");
}, 120_000);
