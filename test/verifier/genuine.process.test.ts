import { ForeignAnswer } from "../../verifier/aws/aws-error";
import { Aws } from "../../verifier/aws/calls";
import { type Answer, FakeAws, inProcess } from "./fake-aws";
import { INJECTED, pod } from "./pod";

// What is taken for AWS's answer, and what is not, one by one; proof.test.ts has all of it.

let fake: FakeAws;
beforeAll(async () => {
  fake = await FakeAws.start();
});
afterAll(() => fake.stop());

const SESSION = {
  credentials: { accessKeyId: "ASIAEXAMPLEEXAMPLE", secretAccessKey: "s", sessionToken: "t" },
  arn: "arn:aws:sts::123456789012:assumed-role/my-s3-role/v",
};
const answer = (body: string, status = 200): Answer => ({
  status,
  headers: { "x-amzn-requestid": "r" },
  body: Buffer.from(body),
});

function aws(given: Answer, signal = AbortSignal.timeout(5000)): Aws {
  fake.answers = { assume: given, identity: given, list: given, head: given };
  const calls = new Aws("eu-west-3", signal, { AWS_ENDPOINT_URL: fake.endpoint });
  calls.use(SESSION);
  return calls;
}

test("a bundle of authorities that is not there does not keep from trying", async () => {
  // The fake speaks no TLS, and so what is tried fails.
  const env = {
    ...INJECTED,
    AWS_ENDPOINT_URL: fake.endpoint.replace("http", "https"),
    AWS_CA_BUNDLE: "/none/there.pem",
  };
  const { code, stdout } = await inProcess(pod(env), ["-o", "json"]);
  expect([code, stdout]).toEqual([3, expect.stringContaining("QV50")]);
});

test("a redirection that leads nowhere is told before anything is called", async () => {
  const env = { ...INJECTED, AWS_ENDPOINT_URL_S3: "nonsense" };
  const { code, stdout } = await inProcess(pod(env), ["-o", "json"]);
  const failed = JSON.parse(stdout).checks.find(({ result }: { result: string }) => result === "fail");
  expect([code, failed.code, failed.detail]).toEqual([3, "QV501", expect.stringContaining("AWS_ENDPOINT_URL_S3")]);
});

test.each([
  ["<ListAllMyBucketsResult><Owner/></ListAllMyBucketsResult>", 0],
  ['<?xml version="1.0"?>\n<ListAllMyBucketsResult xmlns="x">\n<Buckets/></ListAllMyBucketsResult>', 0],
])("%s is a list", async (body, count) => {
  expect(await aws(answer(body)).countBuckets()).toBe(count);
});

test.each([
  ["another operation's", "<AccessControlPolicy><Owner/></AccessControlPolicy>", 200],
  ["under another status", "<ListAllMyBucketsResult><Owner/></ListAllMyBucketsResult>", 202],
  ["with a DOCTYPE", "<!DOCTYPE x><ListAllMyBucketsResult><Owner/></ListAllMyBucketsResult>", 200],
  ["an error under 200", "<Error><Code>InternalError</Code></Error>", 200],
  ["a list under 404", "<ListAllMyBucketsResult><Owner/></ListAllMyBucketsResult>", 404],
])("an answer %s is nobody's list", async (_, body, status) => {
  await expect(aws(answer(body, status)).countBuckets()).rejects.toThrow(ForeignAnswer);
});

test("more than AWS would send is not read", async () => {
  await expect(aws(answer("x".repeat(3 * 1024 * 1024))).countBuckets()).rejects.toMatchObject({
    code: "HPE_TOO_LONG",
  });
});

test("what has been stopped is not begun", async () => {
  await expect(aws(answer(""), AbortSignal.abort()).countBuckets()).rejects.toMatchObject({ code: "ABORT_ERR" });
});
