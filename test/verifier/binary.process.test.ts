import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { clientConfig, type LocalAws } from "../../local/aws";
import { samplePod, startSampleAws } from "../../local/sample";
import { runPod, type SimulatedPod } from "../../local/simulated-pod";
import { verifierCommand } from "../../packaging/verifier-command";
import { testIf } from "../test-if";
import { run } from "./process";
import { reportOf } from "./verdict";

// The packaged verifier as a pod runs it, against the embedded AWS. The faults are in corpus.process.test.ts.

let aws: LocalAws;

beforeAll(async () => {
  aws = await startSampleAws();
  const s3 = new S3Client({ ...clientConfig(aws.environment), forcePathStyle: true });
  const CreateBucketConfiguration = { LocationConstraint: "eu-west-3" as const };
  for (const Bucket of ["plain-bucket", "dotted.bucket"]) {
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  }
  s3.destroy();
}, 60_000);
afterAll(() => aws.stop());

async function verify(flags: readonly string[], differs: Partial<SimulatedPod> = {}) {
  const { exitCode, ...outputs } = await runPod({ ...samplePod(aws), ...differs }, [...verifierCommand(), ...flags]);
  return { code: exitCode, ...outputs };
}

test("reports the role, the token and the probe as JSON", async () => {
  const { roleArn = "" } = samplePod(aws);
  expect(reportOf(await verify(["--role-arn", roleArn, "-o", "json"]))).toMatchObject({
    verdict: "proven",
    exitCode: 0,
    role: {
      expected: roleArn,
      assumed: "arn:aws:sts::123456789012:assumed-role/my-s3-role/qovery-irsa-verifier",
      account: "123456789012",
    },
    token: { subject: "system:serviceaccount:z7f3a2b1c-production:my-s3-role" },
    probe: { name: "s3:list-buckets", result: "3 buckets" },
  });
});

test("the text is ASCII if the locale is not UTF-8", async () => {
  const { stdout } = await verify([], { variables: { LC_ALL: "C" } });
  expect(stdout).toMatch(/^[\n -~]+$/);
});

test("a usage error is one line and the usage on standard error", async () => {
  const { code, stdout, stderr } = await verify(["--expect", "maybe"]);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^verifier: --expect "maybe"[^\n]*\nusage: verifier /);
});

test("--version and --help", async () => {
  expect((await verify(["--version"])).stdout).toMatch(
    /^verifier \d+\.\d+\.\d+ \(commit \S+, Node 22\.\d+\.\d+, AWS SDK 3\.\d+\.\d+\)\n$/,
  );
  expect((await verify(["--help"])).stdout).toMatch(/^usage: verifier /);
});

describe("a redirected endpoint has the bucket in the path, as the AWS CLI does", () => {
  test.each([
    ["plain-bucket", 0],
    ["dotted.bucket", 0],
    ["no-such-bucket", 1],
    ["no-such.bucket", 1],
  ])("%s: exit %i, by address and by host name", async (bucket, exit) => {
    for (const endpoint of [aws.endpoint, aws.endpoint.replace("127.0.0.1", "localhost")]) {
      const ended = await verify(["--probe", `s3:bucket:${bucket}`, "-o", "json"], { endpoint });
      const failed = reportOf(ended).checks.find(({ result }) => result === "fail");
      expect([ended.code, failed?.code]).toEqual([exit, exit === 0 ? undefined : "QV404"]);
    }
  });
});

testIf(verifierCommand().length === 1, "the bundle sets no flags")("SIGUSR1 opens no debugger", async () => {
  let called = () => {};
  const when = new Promise<void>((resolve) => {
    called = resolve;
  });
  const server = createServer(() => called());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "binary-"));
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, await samplePod(aws).token());
  const env = {
    AWS_ROLE_ARN: samplePod(aws).roleArn,
    AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
    AWS_REGION: "eu-west-3",
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
  const ended = await run([...verifierCommand(), "-o", "json"], { env, signals: ["SIGUSR1", "SIGTERM"], when });
  expect(ended).toMatchObject({ code: 3, stderr: "" });
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});
