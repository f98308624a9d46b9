import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Aws, type Session } from "../../verifier/aws/calls";
import { proxyOf } from "../../verifier/aws/proxy";

// The hosts that the verifier calls, as a proxy sees them. The proxy refuses, so no call leaves this machine.

const SESSION: Session = {
  credentials: { accessKeyId: "ASIAEXAMPLEEXAMPLE", secretAccessKey: "s", sessionToken: "t" },
  arn: "",
};

let proxy: Server;
let url: string;
let address: string;
const asked: string[] = [];
beforeAll(async () => {
  proxy = createServer().on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  url = `http://${address}`;
});
afterAll(() => proxy.close());

async function hosts(region: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  asked.length = 0;
  const aws = new Aws(region, AbortSignal.timeout(5000), env);
  aws.use(SESSION);
  for (const call of [() => aws.assumeRole("arn:aws:iam::123456789012:role/r", "t"), () => aws.countBuckets()]) {
    await expect(call()).rejects.toThrow();
  }
  aws.destroy();
  return [...asked];
}

const FIPS = { AWS_USE_FIPS_ENDPOINT: "true" };
const DUAL_STACK = { AWS_USE_DUALSTACK_ENDPOINT: "true" };

// Source: https://docs.aws.amazon.com/general/latest/gr/sts.html and …/s3.html
test.each<[string, Record<string, string>, string, string]>([
  ["eu-west-3", {}, "sts.eu-west-3.amazonaws.com", "s3.eu-west-3.amazonaws.com"],
  ["us-east-1", {}, "sts.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"],
  ["cn-north-1", {}, "sts.cn-north-1.amazonaws.com.cn", "s3.cn-north-1.amazonaws.com.cn"],
  ["us-gov-west-1", {}, "sts.us-gov-west-1.amazonaws.com", "s3.us-gov-west-1.amazonaws.com"],
  ["eusc-de-east-1", {}, "sts.eusc-de-east-1.amazonaws.eu", "s3.eusc-de-east-1.amazonaws.eu"],
  ["us-iso-east-1", {}, "sts.us-iso-east-1.c2s.ic.gov", "s3.us-iso-east-1.c2s.ic.gov"],
  ["us-isob-east-1", {}, "sts.us-isob-east-1.sc2s.sgov.gov", "s3.us-isob-east-1.sc2s.sgov.gov"],
  ["eu-isoe-west-1", {}, "sts.eu-isoe-west-1.cloud.adc-e.uk", "s3.eu-isoe-west-1.cloud.adc-e.uk"],
  ["us-isof-south-1", {}, "sts.us-isof-south-1.csp.hci.ic.gov", "s3.us-isof-south-1.csp.hci.ic.gov"],
  ["us-east-2", FIPS, "sts-fips.us-east-2.amazonaws.com", "s3-fips.us-east-2.amazonaws.com"],
  ["us-east-2", DUAL_STACK, "sts.us-east-2.api.aws", "s3.dualstack.us-east-2.amazonaws.com"],
  ["us-east-2", { ...FIPS, ...DUAL_STACK }, "sts-fips.us-east-2.api.aws", "s3-fips.dualstack.us-east-2.amazonaws.com"],
  // Only older SDKs call the global endpoint.
  ["us-east-1", { AWS_STS_REGIONAL_ENDPOINTS: "legacy" }, "sts.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"],
])("region %s with %j has its own hosts", async (region, env, sts, s3) => {
  expect(await hosts(region, { ...env, HTTPS_PROXY: url })).toEqual([`${sts}:443`, `${s3}:443`]);
});

test("redirected endpoints are called, for each service or for both, unless they are ignored", async () => {
  const own = { AWS_ENDPOINT_URL: "https://aws.acme", AWS_ENDPOINT_URL_S3: "https://s3.acme:8443", https_proxy: url };
  expect(await hosts("eu-west-3", own)).toEqual(["aws.acme:443", "s3.acme:8443"]);
  expect(await hosts("eu-west-3", { ...own, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" })).toEqual([
    "sts.eu-west-3.amazonaws.com:443",
    "s3.eu-west-3.amazonaws.com:443",
  ]);
});

test.each(["HTTPS_PROXY", "https_proxy"])("%s is used, except for the hosts of NO_PROXY", async (variable) => {
  const closed = { AWS_ENDPOINT_URL: "https://127.0.0.1:1" };
  expect(await hosts("eu-west-3", { ...closed, [variable]: url })).toEqual(["127.0.0.1:1", "127.0.0.1:1"]);
  for (const exception of ["NO_PROXY", "no_proxy"]) {
    expect(await hosts("eu-west-3", { ...closed, [variable]: url, [exception]: "127.0.0.1" })).toEqual([]);
  }
});

const AWS = ["sts.eu-west-3.amazonaws.com:443", "s3.eu-west-3.amazonaws.com:443"];

test.each<[string, () => string]>([
  ["without a scheme", () => address],
  ["with a scheme in capitals", () => url.replace("http", "HTTP")],
  ["with white space around it", () => ` ${url}\n`],
  ["with a password and without a scheme", () => `user:secret@${address}`],
])("a proxy %s is used, as by the AWS CLI and curl", async (_, proxied) => {
  expect(await hosts("eu-west-3", { HTTPS_PROXY: proxied() })).toEqual(AWS);
});

test.each<[string, boolean]>([
  ["none.invalid", true],
  [".none.invalid", true],
  ["*.none.invalid", true],
  ["aws.none.invalid:8443", true],
  ["INVALID", true],
  ["aws.none.invalid:443", false],
  ["one.invalid", false],
  ["10.0.0.0-10.255.255.255", false],
])("NO_PROXY=%s: excepted %s", async (exception, excepted) => {
  const own = { AWS_ENDPOINT_URL: "https://aws.none.invalid:8443", HTTPS_PROXY: url, NO_PROXY: `x, ${exception}` };
  const through = await hosts("eu-west-3", own);
  expect(through).toEqual(excepted ? [] : ["aws.none.invalid:8443", "aws.none.invalid:8443"]);
  // The report must agree.
  expect(proxyOf(own, "aws.none.invalid") === undefined).toBe(excepted);
});
