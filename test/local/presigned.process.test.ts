import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { LocalAws } from "../../local/aws";
import { exampleProject } from "./project";

// A presigned GetCallerIdentity, which is what an EKS token holds. botocore signs it.

const PYTHON = join(__dirname, "../../.local/python/bin/python3");
const SCRIPT = `
import boto3, sys
sts = boto3.client("sts", endpoint_url=sys.argv[1])
print(sts.generate_presigned_url("get_caller_identity", ExpiresIn=int(sys.argv[2]), HttpMethod="GET"))
`;

let aws: LocalAws;
beforeAll(async () => {
  aws = await LocalAws.start({ project: exampleProject() });
}, 60_000);
afterAll(() => aws.stop());

function presigned(expiresIn = 60, environment: Record<string, string> = {}): string {
  const env = { ...aws.environment, ...environment };
  return execFileSync(PYTHON, ["-c", SCRIPT, aws.endpoint, String(expiresIn)], { env, encoding: "utf8" }).trim();
}

async function answer(url: string): Promise<[number, string]> {
  const response = await fetch(url);
  return [response.status, await response.text()];
}

test("STS answers a presigned GetCallerIdentity", async () => {
  expect(await answer(presigned())).toEqual([200, expect.stringContaining("<Account>123456789012</Account>")]);
}, 30_000);

test.each<[string, () => string, string]>([
  ["a changed signature", () => presigned().replace(/Signature=..../, "Signature=0000"), "SignatureDoesNotMatch"],
  ["a changed parameter", () => presigned().replace("X-Amz-Expires=60", "X-Amz-Expires=3600"), "SignatureDoesNotMatch"],
  ["a different secret key", () => presigned(60, { AWS_SECRET_ACCESS_KEY: "x" }), "SignatureDoesNotMatch"],
  ["an unknown access key", () => presigned(60, { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE" }), "InvalidClientTokenId"],
  ["an expired signature", () => presigned(0), "Signature expired"],
])(
  "STS refuses %s",
  async (_, url, code) => {
    expect(await answer(url())).toEqual([403, expect.stringContaining(code)]);
  },
  30_000,
);
