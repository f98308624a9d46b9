import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import type { AwsError } from "../../verifier/aws/aws-error";
import { deadline, networkFailure } from "../../verifier/checks/network";
import { awsError, expectFailure } from "./failure";

// From an error of the network to the code of the failure. The names of hosts are resolved.

const STS = "sts.eu-west-3.amazonaws.com";
const PROXY = "http://proxy.acme:3128";

const system = (systemCode: string, message = "") => awsError({ systemCode, message });
const answer = (status: number, more: Partial<AwsError> = {}) => awsError({ status, ...more });
const refused = (code: string, status = 400) => answer(status, { code, fromAws: true });

const failureOf = (error: AwsError, host: string, env: NodeJS.ProcessEnv = {}) =>
  networkFailure(error, host, env, new AbortController().signal);

test("S3 gave up waiting for the request: the same call can succeed at once", async () => {
  const failure = await failureOf(refused("RequestTimeout"), STS);
  expectFailure(failure, "QV502", "RequestTimeout", "port 443");
  expect(failure?.transient).toBe(true);
});

test.each<[AwsError, string]>([
  [system("ENOTFOUND"), "QV501"],
  [system("EAI_AGAIN"), "QV501"],
  [system("ECONNREFUSED"), "QV502"],
  [system("ECONNRESET"), "QV502"],
  [system("ETIMEDOUT"), "QV502"],
  [system("EHOSTUNREACH"), "QV502"],
  [system("ENETUNREACH"), "QV502"],
  [system("EPIPE"), "QV502"],
  [system("", "socket hang up"), "QV502"],
  [system("", "Connection timed out after 5000 ms"), "QV502"],
  [system("CERT_HAS_EXPIRED"), "QV503"],
  [system("SELF_SIGNED_CERT_IN_CHAIN"), "QV503"],
  [system("DEPTH_ZERO_SELF_SIGNED_CERT"), "QV503"],
  [system("UNABLE_TO_VERIFY_LEAF_SIGNATURE"), "QV503"],
  [system("ERR_TLS_CERT_ALTNAME_INVALID"), "QV503"],
  [system("EPROTO"), "QV503"],
  [system("ERR_SSL_WRONG_VERSION_NUMBER"), "QV503"],
  [system("ERR_PROXY_TUNNEL"), "QV506"],
  [system("HPE_INVALID_CONSTANT", "Parse Error: Expected HTTP/"), "QV506"],
  [system("HPE_TOO_LONG", "an answer of more than 2097152 bytes"), "QV506"],
  [refused("Throttling"), "QV504"],
  [refused("SlowDown", 503), "QV504"],
  [answer(429), "QV504"],
  [refused("InternalFailure", 500), "QV505"],
  [answer(503, { fromAws: true }), "QV505"],
  [answer(403), "QV506"],
  [answer(502), "QV506"],
  [answer(302), "QV506"],
  [answer(200, { fromAws: true, message: "@aws-sdk XML parse error" }), "QV506"],
])("%j is %s", async (error, code) => expectFailure(await failureOf(error, "127.0.0.1"), code, "127.0.0.1"));

test.each([refused("AccessDenied", 403), answer(403, { fromAws: true, message: "UnknownError" }), system("", "other")])(
  "%j is not a failure of the network",
  async (error) => expect(await failureOf(error, "127.0.0.1")).toBeUndefined(),
);

test("the addresses of the host are shown", async () => {
  const failure = await failureOf(system("ECONNREFUSED"), "localhost");
  expect(failure?.detail).toMatch(/localhost.*(127\.0\.0\.1|::1)/);
});

describe("a proxy", () => {
  test.each<[string, string, NodeJS.ProcessEnv, string | undefined]>([
    ["for TLS", STS, { HTTPS_PROXY: PROXY }, "HTTPS_PROXY"],
    ["by the lower-case name first", STS, { HTTPS_PROXY: "x", https_proxy: PROXY }, "https_proxy"],
    ["for plain HTTP only", STS, { HTTP_PROXY: PROXY }, undefined],
    ["for a plain endpoint", "aws.acme", { AWS_ENDPOINT_URL: "http://aws.acme:8080", HTTP_PROXY: PROXY }, "HTTP_PROXY"],
    ["for loopback", "127.0.0.1", { HTTPS_PROXY: PROXY }, "HTTPS_PROXY"],
    ["except for a host", STS, { HTTPS_PROXY: PROXY, NO_PROXY: `localhost, ${STS}` }, undefined],
    ["except for a domain", STS, { HTTPS_PROXY: PROXY, no_proxy: ".amazonaws.com" }, undefined],
    ["except for a domain with a star", STS, { HTTPS_PROXY: PROXY, NO_PROXY: "*.AmazonAWS.com" }, undefined],
    ["except for every host", STS, { HTTPS_PROXY: PROXY, NO_PROXY: "*" }, undefined],
    ["except for a domain without a dot", STS, { HTTPS_PROXY: PROXY, NO_PROXY: "amazonaws.com" }, undefined],
    ["except for the port", STS, { HTTPS_PROXY: PROXY, NO_PROXY: `${STS}:443` }, undefined],
    ["except for another port", STS, { HTTPS_PROXY: PROXY, NO_PROXY: `${STS}:80` }, "HTTPS_PROXY"],
    ["except for other domains", STS, { HTTPS_PROXY: PROXY, NO_PROXY: "s.com,.acme" }, "HTTPS_PROXY"],
    ["without a scheme", STS, { HTTPS_PROXY: "user:secret@proxy.acme:3128" }, "HTTPS_PROXY"],
  ])("%s", async (_, host, env, variable) => {
    const failure = await failureOf(system("ECONNREFUSED"), host, env);
    expectFailure(failure, "QV502", host, ...(variable ? [variable, "proxy.acme:3128"] : []));
    if (!variable) expect(JSON.stringify(failure)).not.toContain("proxy.acme");
    expect(JSON.stringify(failure)).not.toContain("secret");
  });

  test.each(["socks5://user:secret@proxy.acme:1080", "SOCKS5h://proxy.acme"])(
    "%s is not supported, and the report says so",
    async (url) => {
      const env = { HTTPS_PROXY: url };
      for (const failure of [await failureOf(system("ECONNREFUSED"), STS, env), deadline(1000, STS, env, "waiting")]) {
        expect(failure?.detail).toMatch(/HTTPS_PROXY.*socks5/);
        expect(failure?.detail).not.toContain("secret");
        expect(failure?.fix).toContain("HTTPS_PROXY=http://HOST:PORT");
      }
    },
  );

  test.each(["http://user:se#cret@proxy.acme:3128", "http://user:se%cret@proxy.acme:3128"])(
    "%s is not a URL, and its password is not shown",
    async (url) => {
      const failure = await failureOf(awsError({ message: `Invalid proxy URL: ${url}` }), STS, { HTTPS_PROXY: url });
      expectFailure(failure, "QV502", STS, "HTTPS_PROXY", "%XX");
      expect(JSON.stringify(failure)).not.toMatch(/cret|user/);
    },
  );

  test.each([
    [STS, ".amazonaws.com"],
    ["sts.cn-north-1.amazonaws.com.cn", ".amazonaws.com.cn"],
    ["sts.us-east-2.api.aws", ".api.aws"],
    ["aws.acme", "aws.acme"],
  ])("%s is excepted by appending %s to NO_PROXY", async (host, exception) => {
    for (const code of ["ECONNREFUSED", "ERR_PROXY_TUNNEL"]) {
      const failure = await failureOf(system(code), host, { HTTPS_PROXY: PROXY });
      expect(failure?.fix).toContain(`append ${exception} to NO_PROXY `);
    }
  });
});

test.each<[string, NodeJS.ProcessEnv, string]>([
  [STS, { HTTPS_PROXY: "http://127.0.0.1:3128" }, "HTTPS_PROXY"],
  [STS, { HTTPS_PROXY: "http://[::1]:3128" }, "HTTPS_PROXY"],
  ["localhost", { AWS_ENDPOINT_URL: "http://localhost:4566" }, "AWS_ENDPOINT_URL"],
])("a host that is the pod itself is reported as such: %s with %j", async (host, env, variable) => {
  const failure = await failureOf(system("ECONNREFUSED"), host, env);
  expectFailure(failure, "QV502", "is the pod itself", variable);
});

test("the deadline names the proxy, and tells a stopped run from a late one and a silent name server", () => {
  const late = deadline(30_000, STS, { HTTPS_PROXY: PROXY }, "waiting");
  expectFailure(late, "QV507", STS, "HTTPS_PROXY", "proxy.acme:3128", "30 s");
  const stopped = deadline(30_000, STS, {}, "stopped");
  expectFailure(stopped, "QV507", STS);
  expect(stopped.fix).not.toBe(late.fix);
});

describe("a redirected endpoint", () => {
  const env = { AWS_ENDPOINT_URL: "https://none.invalid", AWS_ENDPOINT_URL_S3: "https://s3.invalid" };

  test.each(["ENOTFOUND", "ECONNREFUSED"])("is named on %s", async (code) => {
    expect((await failureOf(system(code), "none.invalid", env))?.fix).toMatch(/AWS_ENDPOINT_URL\b(?!_)/);
    expect((await failureOf(system(code), "my-bucket.s3.invalid", env))?.fix).toContain("AWS_ENDPOINT_URL_S3");
    const ignored = { ...env, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" };
    expect((await failureOf(system(code), "none.invalid", ignored))?.fix).not.toContain("AWS_ENDPOINT_URL");
  });

  test("of a kind that the region does not have is named if the name does not resolve", async () => {
    const both = { AWS_USE_FIPS_ENDPOINT: "true", AWS_USE_DUALSTACK_ENDPOINT: "TRUE" };
    const failure = await failureOf(system("ENOTFOUND"), "sts-fips.invalid", both);
    expectFailure(failure, "QV501", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT");
    const neither = await failureOf(system("ENOTFOUND"), "sts.invalid", { AWS_USE_FIPS_ENDPOINT: "false" });
    expect(neither?.fix).not.toContain("AWS_USE_FIPS_ENDPOINT");
  });
});

describe("a pod with only IPv6 addresses", () => {
  const own = (address: string, family: "IPv4" | "IPv6", internal = false) => ({ address, family, internal });
  const fixFor = async (addresses: object[], env: NodeJS.ProcessEnv = {}) => {
    const spy = jest.spyOn(process.getBuiltinModule("node:os"), "networkInterfaces");
    spy.mockReturnValue({ eth0: addresses } as never);
    try {
      return (await failureOf(awsError({ systemCode: "ENETUNREACH" }), "127.0.0.1", env))?.fix;
    } finally {
      spy.mockRestore();
    }
  };
  const onlyIpv6 = [own("127.0.0.1", "IPv4", true), own("169.254.172.2", "IPv4"), own("2001:db8::1", "IPv6")];

  test("needs the dual-stack endpoint", async () => {
    expect(await fixFor(onlyIpv6)).toContain("AWS_USE_DUALSTACK_ENDPOINT=true");
    expect(await fixFor(onlyIpv6, { AWS_USE_DUALSTACK_ENDPOINT: "true" })).toContain("port 443");
    expect(await fixFor([...onlyIpv6, own("10.0.0.5", "IPv4")])).toContain("port 443");
  });
});

describe("AWS_CA_BUNDLE", () => {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const untrusted = system("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate");

  test.each<[string, string]>([
    ["does not exist", join(folder, "none.pem")],
    ["is a directory", folder],
    ["holds no certificate", file("junk.pem", "junk")],
    [
      "holds an invalid certificate",
      file("framed.pem", "-----BEGIN CERTIFICATE-----\nanVuaw==\n-----END CERTIFICATE-----\n"),
    ],
  ])("is named if it %s", async (_, path) => {
    expectFailure(await failureOf(untrusted, "aws.acme", { AWS_CA_BUNDLE: path }), "QV503", "AWS_CA_BUNDLE", path);
  });

  test("is not the cause if it holds certificates", async () => {
    const bundle = file("good.pem", `# ours\n${rootCertificates[0]}\n`);
    const failure = await failureOf(untrusted, "aws.acme", { AWS_CA_BUNDLE: bundle });
    expect(failure?.code).toBe("QV503");
    expect(failure?.detail).not.toContain("AWS_CA_BUNDLE");
  });
});

test("OpenSSL's reason is shown without its numbers", async () => {
  const fixes = [];
  for (const reason of ["tls_validate:wrong version number", "ssl3_read:tlsv1 alert internal error"]) {
    const message = `write EPROTO C07C:error:0A00010B:SSL routines:${reason}:../s.c:77:\n`;
    const failure = await failureOf(system("EPROTO", message), "aws.acme");
    expectFailure(failure, "QV503", "aws.acme", reason.split(":")[1] ?? "");
    expect(failure?.detail).not.toMatch(/C07C|0A00010B|\.c/);
    fixes.push(failure?.fix);
  }
  expect(fixes[0]).not.toBe(fixes[1]);
});
