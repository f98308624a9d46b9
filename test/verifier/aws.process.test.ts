import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ForeignAnswer } from "../../verifier/aws/aws-error";
import { Aws, type Session } from "../../verifier/aws/calls";
import { ROLE } from "./pod";

// The calls over HTTP, against a fake that answers what it is told to: for what neither AWS nor moto can be made to say.

const SESSION: Session = {
  credentials: { accessKeyId: "ASIAEXAMPLEEXAMPLE", secretAccessKey: "s", sessionToken: "t" },
  arn: "",
};
const XML = { "content-type": "text/xml", "x-amzn-requestid": "r" };
const ASSUMED = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/my-s3-role/v</Arn><AssumedRoleId>A:v</AssumedRoleId></AssumedRoleUser>
<Credentials><AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
const buckets = (count: number, next?: string) =>
  `<ListAllMyBucketsResult><Owner><ID>x</ID></Owner><Buckets>${"<Bucket><Name>b</Name></Bucket>".repeat(count)}</Buckets>${next ? `<ContinuationToken>${next}</ContinuationToken>` : ""}</ListAllMyBucketsResult>`;

const servers: Server[] = [];
const before = { ...process.env };
afterEach(async () => {
  process.env = { ...before };
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

async function serve(listener: RequestListener): Promise<Aws> {
  process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${await listen(createServer(listener))}`;
  const aws = new Aws("eu-west-3", AbortSignal.timeout(5000), process.env);
  aws.use(SESSION);
  return aws;
}

const answers = (status: number, headers: Record<string, string>, body: string) =>
  serve((request, response) => {
    request.resume();
    response.writeHead(status, headers).end(body);
  });

describe("AssumeRoleWithWebIdentity", () => {
  test("is sent unsigned with the token, and its credentials are read", async () => {
    let seen = "";
    let signed: string | undefined;
    const aws = await serve((request, response) => {
      signed = request.headers.authorization;
      request.on("data", (chunk) => {
        seen += chunk;
      });
      request.on("end", () => response.writeHead(200, XML).end(ASSUMED));
    });
    const session = await aws.assumeRole(ROLE, "the.web.token");
    expect(session).toEqual({
      credentials: { accessKeyId: "ASIAX", secretAccessKey: "s", sessionToken: "t" },
      arn: "arn:aws:sts::123456789012:assumed-role/my-s3-role/v",
    });
    expect(Object.fromEntries(new URLSearchParams(seen))).toMatchObject({
      Action: "AssumeRoleWithWebIdentity",
      RoleArn: ROLE,
      WebIdentityToken: "the.web.token",
    });
    expect(signed).toBeUndefined();
    aws.destroy();
  });

  test.each(["AccessKeyId", "SecretAccessKey", "SessionToken", "Arn"])(
    "an answer without %s is not AWS's",
    async (tag) => {
      const aws = await answers(200, XML, ASSUMED.replace(new RegExp(`<${tag}>[^<]*</${tag}>`), ""));
      await expect(aws.assumeRole(ROLE, "t")).rejects.toThrow(ForeignAnswer);
    },
  );

  test.each([
    ["an empty body", 200, {}, ""],
    ["a page", 200, { "content-type": "text/html" }, "<html><body>log in</body></html>"],
  ])("%s is not AWS's", async (_, status, headers, body) => {
    await expect(
      (await answers(status, headers as Record<string, string>, body)).assumeRole(ROLE, "t"),
    ).rejects.toThrow(ForeignAnswer);
  });
});

describe("the probe", () => {
  test("lists every page of buckets", async () => {
    const pages: (string | null)[] = [];
    const aws = await serve((request, response) => {
      const url = new URL(request.url ?? "", "http://x");
      pages.push(url.searchParams.get("continuation-token"));
      expect(url.searchParams.get("max-buckets")).toBe("1000");
      response.writeHead(200, XML).end(pages.length === 1 ? buckets(1000, "next") : buckets(3));
    });
    expect(await aws.countBuckets()).toBe(1003);
    expect(pages).toEqual([null, "next"]);
  });

  test("an account without buckets has none", async () => {
    expect(await (await answers(200, XML, buckets(0))).countBuckets()).toBe(0);
  });

  test("an answer without a list, or without AWS's marks, is not S3's", async () => {
    await expect((await answers(200, XML, "<x/>")).countBuckets()).rejects.toThrow(ForeignAnswer);
    await expect((await answers(200, {}, "")).headBucket("acme")).rejects.toThrow(ForeignAnswer);
  });

  test("a bucket that is there", async () => {
    await (await answers(200, { "x-amz-request-id": "r" }, "")).headBucket("acme");
    await (await answers(200, { "x-amz-id-2": "r" }, "")).headBucket("acme");
  });
});

test("who one is", async () => {
  const body =
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::1:x</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>";
  expect(await (await answers(200, XML, body)).callerArn()).toBe("arn:aws:sts::1:x");
  await expect((await answers(200, XML, body.replace(/<Arn>.*<\/Arn>/, ""))).callerArn()).rejects.toThrow(
    ForeignAnswer,
  );
});

test("host and clock of the answer are noted", async () => {
  const aws = await answers(200, { ...XML, date: new Date(Date.now() + 600_000).toUTCString() }, ASSUMED);
  await aws.assumeRole(ROLE, "t");
  expect(aws.wire("STS").host).toBe("127.0.0.1");
  expect(Math.round((aws.wire("STS").clockSkew ?? 0) / 60)).toBe(10);
});

test("nothing of the user's AWS configuration is used, and nothing is tried again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "aws-"));
  writeFileSync(join(folder, "config"), "[default]\nregion = us-east-1\nretry_mode = adaptive\n[broken");
  process.env.AWS_CONFIG_FILE = join(folder, "config");
  process.env.AWS_PROFILE = "none";
  process.env.AWS_ACCESS_KEY_ID = "AKIAUSER";
  process.env.AWS_SECRET_ACCESS_KEY = "x";
  const keys: (string | undefined)[] = [];
  const aws = await serve((request, response) => {
    request.resume();
    keys.push(request.headers.authorization);
    response.writeHead(500, XML).end("<Error><Code>InternalError</Code></Error>");
  });
  await expect(aws.countBuckets()).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
  expect(keys).toEqual([expect.stringContaining("Credential=ASIAEXAMPLEEXAMPLE/")]);
  expect(keys[0]).toContain("/eu-west-3/s3/");
  rmSync(folder, { recursive: true });
});

describe("TLS", () => {
  const folder = mkdtempSync(join(tmpdir(), "tls-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  beforeAll(() => {
    const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "1", ...subject],
      { stdio: "ignore" },
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function tls(bundle: string): Promise<Aws> {
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
      request.resume();
      response.writeHead(200, XML).end(ASSUMED);
    });
    const env = { AWS_ENDPOINT_URL: `https://127.0.0.1:${await listen(server)}`, AWS_CA_BUNDLE: bundle };
    return new Aws("eu-west-3", AbortSignal.timeout(5000), env);
  }

  // What an untrusted certificate leads to is in binary.test.ts: jest's own Error is not the one that Node throws here.
  test("an authority of one's own is trusted by AWS_CA_BUNDLE", async () => {
    expect((await (await tls(cert)).assumeRole(ROLE, "t")).credentials.accessKeyId).toBe("ASIAX");
  });
});
