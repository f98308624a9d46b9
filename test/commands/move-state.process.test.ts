import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { S3State } from "../../config/project";
import { runProgram } from "../../local/child-process";
import { storedStates } from "../../local/state-bucket";
import { terraformBinary } from "../../local/terraform-cli";
import { fullTest } from "../test-if";
import { Deployment, succeeded } from "./deployment";

// docs/state.md: a state moves from a local file into a bucket and back, with the commands of the page.

const S3: S3State = { backend: "s3", bucket: "acme-state", region: "eu-west-3", keyPrefix: "irsa/" };
const BACKENDS = {
  local: "{ backend: local }",
  s3: `{ backend: s3, bucket: ${S3.bucket}, region: ${S3.region}, keyPrefix: ${S3.keyPrefix} }`,
};
const files = (backend: keyof typeof BACKENDS) => ({
  "irsa.yaml": `state: ${BACKENDS[backend]}\n`,
  "clusters/one.yaml": `accountId: "123456789012"
oidc: { issuer: "https://oidc.eks.eu-west-3.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF" }
kubernetes: { access: kubeconfig }
roles: { api: { namespace: z1-app, policies: [AmazonS3ReadOnlyAccess] } }
`,
});

let deployment: Deployment;
beforeAll(async () => {
  // The embedded AWS has the bucket of the configuration with which it starts.
  deployment = await Deployment.start(files("s3"));
}, 60_000);
afterAll(() => deployment.stop());

const terraform = (...args: string[]) =>
  runProgram([terraformBinary(), `-chdir=${join(deployment.folder, "out/stacks/one-iam")}`, ...args], {
    env: deployment.environment,
  });

async function plan(): Promise<string> {
  return succeeded(await deployment.run("plan", ["--stack", "one-iam"])).output;
}

async function synthesize(): Promise<void> {
  const env = deployment.environment;
  succeeded(await runProgram([process.execPath, "--import", "tsx", "main.ts"], { cwd: join(__dirname, "../.."), env }));
}

/** Changes `state`, and follows the steps of the page. */
async function move(to: keyof typeof BACKENDS): Promise<void> {
  deployment.write(files(to));
  await synthesize();
  succeeded(await terraform("init", "-migrate-state", "-force-copy", "-input=false"));
  expect(await plan()).toContain("one-iam: no changes");
}

fullTest(
  "a state moves from a local file to S3 and back, and the plan shows no changes",
  async () => {
    deployment.write(files("local"));
    succeeded(await deployment.run("deploy", ["one-iam", "--auto-approve"]));
    const file = join(deployment.folder, "terraform.one-iam.tfstate");
    const { resources } = JSON.parse(readFileSync(file, "utf8"));

    deployment.write(files("s3"));
    const refused = await deployment.run("deploy", ["one-iam", "--auto-approve"]);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("Backend configuration changed") });
    expect(await storedStates(S3, deployment.aws)).toEqual([]);

    await move("s3");
    const [stored] = await storedStates(S3, deployment.aws);
    expect(stored?.key).toBe("irsa/one-iam.tfstate");
    expect(JSON.parse(stored?.body ?? "{}")).toMatchObject({ resources });

    await move("local");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ resources });
  },
  240_000,
);
