import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PeerCertificate, rootCertificates } from "node:tls";
import { ForeignAnswer } from "../../verifier/aws/aws-error";
import { bundleTrusts } from "../../verifier/aws/ca-bundle";
import { Aws, type Session } from "../../verifier/aws/calls";
import { ROLE } from "./pod";

// The calls over HTTP, with answers that neither AWS nor moto gives.

const SESSION: Session = {
  credentials: { accessKeyId: "ASIAEXAMPLEEXAMPLE", secretAccessKey: "s", sessionToken: "t" },
  arn: "arn:aws:sts::123456789012:assumed-role/my-s3-role/v",
};
const XML = { "content-type": "text/xml", "x-amzn-requestid": "r" };
const ASSUMED = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/my-s3-role/v</Arn><AssumedRoleId>A:v</AssumedRoleId></AssumedRoleUser>
<Credentials><AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
const IDENTITY =
  "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::1:x</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>";
const EMPTY_LIST = "<ListAllMyBucketsResult><Owner/></ListAllMyBucketsResult>";
const buckets = (count: number, next = "") =>
  `<ListAllMyBucketsResult><Owner><ID>x</ID></Owner><Buckets>${"<Bucket><Name>b</Name></Bucket>".repeat(count)}</Buckets>${next}</ListAllMyBucketsResult>`;

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function serve(listener: RequestListener, env = {}, signal = AbortSignal.timeout(5000)): Promise<Aws> {
  const endpoint = `http://127.0.0.1:${await listen(createServer(listener))}`;
  const aws = new Aws("eu-west-3", signal, { ...env, AWS_ENDPOINT_URL: endpoint });
  aws.use(SESSION);
  return aws;
}

const answers = (status: number, headers: Record<string, string>, body: string, signal?: AbortSignal) =>
  serve(
    (request, response) => {
      request.resume();
      response.writeHead(status, headers).end(body);
    },
    {},
    signal,
  );

test("AssumeRoleWithWebIdentity is sent unsigned with the token", async () => {
  let [seen, signed]: [string, string | undefined] = ["", ""];
  const aws = await serve((request, response) => {
    signed = request.headers.authorization;
    request.on("data", (chunk) => {
      seen += chunk;
    });
    request.on("end", () => response.writeHead(200, XML).end(ASSUMED));
  });
  expect(await aws.assumeRole(ROLE, "the.web.token")).toEqual({
    credentials: { accessKeyId: "ASIAX", secretAccessKey: "s", sessionToken: "t" },
    arn: SESSION.arn,
  });
  expect(Object.fromEntries(new URLSearchParams(seen))).toMatchObject({
    Action: "AssumeRoleWithWebIdentity",
    RoleArn: ROLE,
    WebIdentityToken: "the.web.token",
  });
  expect(signed).toBeUndefined();
});

test("the probe lists every page of buckets", async () => {
  const pages: (string | null)[] = [];
  const aws = await serve((request, response) => {
    const url = new URL(request.url ?? "", "http://x");
    pages.push(url.searchParams.get("continuation-token"));
    expect(url.searchParams.get("max-buckets")).toBe("1000");
    const next = "<ContinuationToken>next</ContinuationToken>";
    response.writeHead(200, XML).end(pages.length === 1 ? buckets(1000, next) : buckets(3));
  });
  expect(await aws.countBuckets()).toBe(1003);
  expect(pages).toEqual([null, "next"]);
});

type Call = (aws: Aws) => Promise<unknown>;
const assume: Call = (aws) => aws.assumeRole(ROLE, "t");
const list: Call = (aws) => aws.countBuckets();
const head: Call = (aws) => aws.headBucket("acme");
const identity: Call = (aws) => aws.callerArn();

test.each<[string, Call, number, Record<string, string>, string, unknown]>([
  ["an empty list", list, 200, XML, buckets(0), 0],
  ["a list without buckets", list, 200, XML, EMPTY_LIST, 0],
  [
    "a list without an owner",
    list,
    200,
    XML,
    '<?xml version="1.0"?>\n<ListAllMyBucketsResult xmlns="x">\n<Buckets/></ListAllMyBucketsResult>',
    0,
  ],
  ["a bucket", head, 200, { "x-amz-request-id": "r" }, "", undefined],
  ["a bucket with the extended request id", head, 200, { "x-amz-id-2": "r" }, "", undefined],
  ["an identity", identity, 200, XML, IDENTITY, "arn:aws:sts::1:x"],
])("accepts %s", async (_, call, status, headers, body, expected) => {
  expect(await call(await answers(status, headers, body))).toBe(expected);
});

test.each<[string, Call, number, Record<string, string>, string]>([
  ...["AccessKeyId", "SecretAccessKey", "SessionToken", "Arn"].map(
    (tag): [string, Call, number, Record<string, string>, string] => [
      `credentials without ${tag}`,
      assume,
      200,
      XML,
      ASSUMED.replace(new RegExp(`<${tag}>[^<]*</${tag}>`), ""),
    ],
  ),
  ["an empty body", assume, 200, {}, ""],
  ["a page", assume, 200, { "content-type": "text/html" }, "<html><body>log in</body></html>"],
  ["an identity without an ARN", identity, 200, XML, IDENTITY.replace(/<Arn>.*<\/Arn>/, "")],
  ["a bucket without a request id", head, 200, {}, ""],
  ["an unknown element", list, 200, XML, "<x/>"],
  ["an access control list", list, 200, XML, "<AccessControlPolicy><Owner/></AccessControlPolicy>"],
  ["a list with status 202", list, 202, XML, EMPTY_LIST],
  ["a list with status 404", list, 404, XML, EMPTY_LIST],
  ["a list with a DOCTYPE", list, 200, XML, `<!DOCTYPE x>${EMPTY_LIST}`],
  ["an error with status 200", list, 200, XML, "<Error><Code>InternalError</Code></Error>"],
])("does not accept %s as AWS's answer", async (_, call, status, headers, body) => {
  await expect(call(await answers(status, headers, body))).rejects.toThrow(ForeignAnswer);
});

test("an answer of 3 MB is not read, and a stopped call is not sent", async () => {
  await expect(list(await answers(200, XML, "x".repeat(3 << 20)))).rejects.toMatchObject({ code: "HPE_TOO_LONG" });
  await expect(list(await answers(200, XML, "", AbortSignal.abort()))).rejects.toMatchObject({ code: "ABORT_ERR" });
});

test("the host and the clock of the answer are known", async () => {
  const aws = await answers(200, { ...XML, date: new Date(Date.now() + 600_000).toUTCString() }, ASSUMED);
  await assume(aws);
  expect(aws.wire("STS").host).toBe("127.0.0.1");
  expect(Math.round((aws.wire("STS").clockSkew ?? 0) / 60)).toBe(10);
});

test("the user's AWS configuration is not used, and no call is repeated", async () => {
  const folder = mkdtempSync(join(tmpdir(), "aws-"));
  writeFileSync(join(folder, "config"), "[default]\nregion = us-east-1\nretry_mode = adaptive\n[broken");
  const keys: (string | undefined)[] = [];
  const aws = await serve(
    (request, response) => {
      request.resume();
      keys.push(request.headers.authorization);
      response.writeHead(500, XML).end("<Error><Code>InternalError</Code></Error>");
    },
    {
      AWS_CONFIG_FILE: join(folder, "config"),
      AWS_PROFILE: "none",
      AWS_ACCESS_KEY_ID: "AKIAUSER",
      AWS_SECRET_ACCESS_KEY: "x",
    },
  );
  await expect(list(aws)).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
  expect(keys).toEqual([expect.stringMatching(/Credential=ASIAEXAMPLEEXAMPLE\/.*\/eu-west-3\/s3\//)]);
  rmSync(folder, { recursive: true });
});

test("AWS_CA_BUNDLE adds a certificate authority", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tls-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const request = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1";
  execFileSync("openssl", [...request.split(" "), "-keyout", key, "-out", cert], { stdio: "ignore" });
  const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (incoming, response) => {
    incoming.resume();
    response.writeHead(200, XML).end(ASSUMED);
  });
  const env = { AWS_ENDPOINT_URL: `https://127.0.0.1:${await listen(server)}`, AWS_CA_BUNDLE: cert };
  const aws = new Aws("eu-west-3", AbortSignal.timeout(5000), env);
  expect((await aws.assumeRole(ROLE, "t")).credentials.accessKeyId).toBe("ASIAX");
  const { certificate } = aws.wire("STS");
  const other = join(folder, "other.pem");
  writeFileSync(other, rootCertificates.slice(0, 3).join("\n"));
  const trusts = [cert, other].map((bundle) => bundleTrusts(bundle, certificate as PeerCertificate));
  expect(await Promise.all(trusts)).toEqual([true, false]);
  rmSync(folder, { recursive: true });
});
