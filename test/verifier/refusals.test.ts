import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { type AwsError, readError } from "../../verifier/aws/aws-error";
import { deadline, networkFailure } from "../../verifier/checks/network";
import { identityFailure, probeFailure, probeName } from "../../verifier/checks/probe";
import { stsFailure } from "../../verifier/checks/sts";
import { ISSUER, ROLE, SUBJECT } from "./pod";

// From what the SDK throws to the code that a user gets.

const TOKEN = { issuer: ISSUER, subject: SUBJECT, audience: ["sts.amazonaws.com"], expiresAt: "2026-11-24T11:00:00Z" };

const refused = (code: string, message = "", more: Partial<AwsError> = {}): AwsError => ({
  code,
  message,
  status: 400,
  systemCode: undefined,
  headers: {},
  fromAws: true,
  ...more,
});

/** The end of a run that is far away. */
const NEVER = new AbortController().signal;

describe("STS", () => {
  test.each<[string, string, string]>([
    ["AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", "QV301"],
    ["AccessDeniedException", "No está autorizado", "QV301"],
    ["InvalidIdentityToken", "No OpenIDConnect provider found in your account for https://x", "QV302"],
    ["InvalidIdentityTokenException", "Incorrect token audience", "QV303"],
    ["InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider", "QV304"],
    ["InvalidIdentityToken", "The web identity token provided could not be validated", "QV304"],
    ["InvalidIdentityToken", "身份令牌无效", "QV304"],
    ["InvalidIdentityToken", "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint", "QV306"],
    ["ExpiredTokenException", "Token expired", "QV305"],
    ["ExpiredToken", "", "QV305"],
    ["ValidationError", "Request ARN is invalid", "QV307"],
    ["ValidationException", "", "QV307"],
    ["RegionDisabledException", "", "QV308"],
    ["RegionDisabled", "", "QV308"],
    ["IDPRejectedClaim", "", "QV309"],
    ["IDPRejectedClaimException", "", "QV309"],
    ["IDPCommunicationError", "", "QV310"],
    ["IDPCommunicationErrorException", "", "QV310"],
    ["PackedPolicyTooLarge", "", "QV399"],
    ["SomethingNew", "", "QV399"],
  ])("%s %s is %s", (code, message, expected) => {
    const failure = stsFailure(refused(code, message), ROLE, TOKEN, "eu-west-3");
    expect(failure.code).toBe(expected);
    expect(failure.detail).toContain(code);
    expect(failure.fix).not.toBe("");
  });

  test("on AccessDenied the token's claims and the condition that would match are told, ready to paste", () => {
    const { detail } = stsFailure(refused("AccessDenied"), ROLE, TOKEN, "eu-west-3");
    for (const text of [`iss ${ISSUER}`, `sub ${SUBJECT}`, "aud sts.amazonaws.com"]) expect(detail).toContain(text);
    expect(JSON.parse(detail.slice(detail.indexOf("{")))).toEqual({
      StringEquals: { [`${ISSUER.slice(8)}:aud`]: "sts.amazonaws.com", [`${ISSUER.slice(8)}:sub`]: SUBJECT },
    });
  });
});

describe("the likeliest cause of a denied role", () => {
  test.each([
    ["system:serviceaccount:z1-prod:default", /^likeliest first: \(1\) the pod runs as the service account "default"/],
    [
      "system:serviceaccount:z1-prod:worker",
      /^likeliest first: \(1\) the service account is worker and the role my-s3-/,
    ],
    ["system:serviceaccount:z1-prod:my-s3-role", /^likeliest first: \(1\) the environment was cloned .* z1-prod in /],
    ["system:serviceaccount:prod:my-s3-role", /^likeliest first: \(1\) namespace prod does not begin with "z"/],
  ])("%s", (subject, fix) => {
    expect(stsFailure(refused("AccessDenied"), ROLE, { ...TOKEN, subject }, "eu-west-3").fix).toMatch(fix);
  });

  test("all of them are told, and what to compare", () => {
    const { fix } = stsFailure(refused("AccessDenied"), ROLE, { ...TOKEN, subject: null }, "eu-west-3");
    for (const text of ["StringEquals", ISSUER, "get-role --role-name my-s3-role", "--wait"])
      expect(fix).toContain(text);
  });
});

describe("the probe", () => {
  const list = { name: "s3:list-buckets" } as const;
  const bucket = { name: "s3:bucket", bucket: "acme" } as const;

  test.each<[string, AwsError, string, string]>([
    [
      "no policy",
      refused(
        "AccessDenied",
        "User: x is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action",
      ),
      "QV402",
      "s3:ListAllMyBuckets on *",
    ],
    ["unnamed", refused("AccessDenied", "Access Denied"), "QV402", "does not say which policy"],
    ["another language", refused("AccessDeniedException", "Accès refusé"), "QV402", "does not say"],
    [
      "boundary",
      refused("AccessDenied", "because no permissions boundary allows the s3:ListAllMyBuckets action"),
      "QV403",
      "not allowed by the permissions boundary",
    ],
    [
      "SCP",
      refused("AccessDenied", "with an explicit deny in a service control policy"),
      "QV403",
      "denied explicitly by the service control policy",
    ],
    [
      "RCP",
      refused("AccessDenied", "with an explicit deny in a resource control policy"),
      "QV403",
      "resource control policy",
    ],
    ["session", refused("AccessDenied", "because no session policy allows"), "QV403", "session policy"],
    ["endpoint", refused("AccessDenied", "because no VPC endpoint policy allows"), "QV403", "vpc endpoint policy"],
    [
      "bucket policy",
      refused("AccessDenied", "with an explicit deny in a resource-based policy"),
      "QV403",
      "resource-based policy",
    ],
    [
      "own deny",
      refused("AccessDenied", "with an explicit deny in an identity-based policy"),
      "QV403",
      "identity-based policy",
    ],
    ["some deny", refused("AccessDenied", "with an explicit deny"), "QV403", "denies s3:ListAllMyBuckets explicitly"],
    ["token", refused("InvalidToken"), "QV405", "InvalidToken"],
    ["expired", refused("ExpiredToken"), "QV405", "ExpiredToken"],
    ["key", refused("InvalidAccessKeyId"), "QV405", "InvalidAccessKeyId"],
    ["clock", refused("RequestTimeTooSkewed"), "QV405", "RequestTimeTooSkewed"],
    ["new", refused("NotImplemented"), "QV499", "NotImplemented"],
    ["blocked", refused("AllAccessDisabled", "", { status: 403 }), "QV499", "AllAccessDisabled"],
  ])("%s", (_, error, code, detail) => {
    const failure = probeFailure(error, list, ROLE);
    expect(failure.code).toBe(code);
    expect(failure.detail).toContain(detail);
    expect(failure.fix).not.toBe("");
  });

  const head = (status: number, headers: Record<string, string> = {}): AwsError => ({
    code: undefined,
    message: "UnknownError",
    status,
    systemCode: undefined,
    headers,
    fromAws: true,
  });

  test.each<[string, AwsError, string, string]>([
    ["not found", head(404), "QV404", "no such bucket"],
    ["by code", refused("NoSuchBucket"), "QV404", "no such bucket"],
    ["by the SDK's name", refused("NotFound"), "QV404", "no such bucket"],
    ["without a word", refused("NotFound", "UnknownError", { status: 404 }), "QV404", "AWS says HTTP 404; there is"],
    ["elsewhere", head(301, { "x-amz-bucket-region": "us-east-1" }), "QV404", "the bucket is in us-east-1"],
    ["elsewhere and new", head(307, { "x-amz-bucket-region": "us-east-1" }), "QV404", "the bucket is in us-east-1"],
    [
      "elsewhere by code",
      refused("PermanentRedirect", "", { headers: { "x-amz-bucket-region": "us-east-1" } }),
      "QV404",
      "us-east-1",
    ],
    ["forbidden", head(403), "QV402", "s3:ListBucket on arn:aws:s3:::acme"],
    ["bad request", head(400), "QV499", "HTTP 400"],
  ])("of one bucket: %s", (_, error, code, detail) => {
    const failure = probeFailure(error, bucket, ROLE);
    expect(failure.code).toBe(code);
    expect(failure.detail).toContain(detail);
  });

  test("names", () => {
    expect([probeName(list), probeName(bucket), probeName({ name: "none" })]).toEqual([
      "s3:list-buckets",
      "s3:bucket:acme",
      "none",
    ]);
  });
});

describe("who the pod has become", () => {
  test("a session of the role", () => {
    expect(identityFailure("arn:aws:sts::123456789012:assumed-role/my-s3-role/s", ROLE)).toBeUndefined();
    expect(
      identityFailure(
        "arn:aws:sts::123456789012:assumed-role/my-s3-role/s",
        "arn:aws:iam::123456789012:role/team/my-s3-role",
      ),
    ).toBeUndefined();
  });

  test.each([
    "arn:aws:sts::123456789012:assumed-role/node-role/i-0abc",
    "arn:aws:sts::210987654321:assumed-role/my-s3-role/s",
    "arn:aws-cn:sts::123456789012:assumed-role/my-s3-role/s",
    "arn:aws:iam::123456789012:user/my-s3-role",
    "arn:aws:iam::123456789012:role/my-s3-role",
    "nobody",
    "",
  ])("fails for %j", (arn) => {
    expect(identityFailure(arn, ROLE)).toMatchObject({ code: "QV401", detail: expect.stringContaining(arn) });
  });
});

describe("the network", () => {
  const system = (systemCode: string, message = ""): AwsError => ({
    code: undefined,
    message,
    status: undefined,
    systemCode,
    headers: {},
    fromAws: false,
  });
  const answer = (status: number, more: Partial<AwsError> = {}): AwsError => ({
    code: undefined,
    message: "Unknown",
    status,
    systemCode: undefined,
    headers: {},
    fromAws: false,
    ...more,
  });

  test.each<[AwsError, string | undefined]>([
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
    [refused("Throttling", "Rate exceeded"), "QV504"],
    [refused("SlowDown", "", { status: 503 }), "QV504"],
    [answer(429), "QV504"],
    [refused("InternalFailure", "", { status: 500 }), "QV505"],
    [answer(503, { fromAws: true }), "QV505"],
    [answer(403), "QV506"],
    [answer(502), "QV506"],
    [answer(302), "QV506"],
    [answer(200, { fromAws: true, message: "@aws-sdk XML parse error" }), "QV506"],
    [refused("AccessDenied", "", { status: 403 }), undefined],
    [answer(403, { fromAws: true, message: "UnknownError" }), undefined],
    [system("", "something else"), undefined],
  ])("%j is %s", async (error, code) => {
    const failure = await networkFailure(error, "127.0.0.1", {}, NEVER);
    expect(failure?.code).toBe(code);
    if (failure) expect(failure.detail).toContain("127.0.0.1");
  });

  test("what the host resolves to is told, and a proxy without its password", async () => {
    expect((await networkFailure(system("ECONNREFUSED"), "localhost", {}, NEVER))?.detail).toMatch(
      /localhost \((127\.0\.0\.1|::1)/,
    );
    expect((await networkFailure(system("ECONNREFUSED"), "none.invalid", {}, NEVER))?.detail).toContain(
      "none.invalid: ECONNREFUSED",
    );
    const detail = (
      await networkFailure(
        system("ENOTFOUND"),
        "sts.eu-west-3.amazonaws.com",
        {
          HTTPS_PROXY: "http://user:secret@proxy.acme:3128",
        },
        NEVER,
      )
    )?.detail;
    expect(detail).toContain("through HTTPS_PROXY (proxy.acme:3128)");
    expect(detail).not.toContain("secret");
    expect(
      (await networkFailure(system("ENOTFOUND"), "sts.amazonaws.com", { https_proxy: "nonsense" }, NEVER))?.detail,
    ).toContain("through https_proxy (nonsense) does not");
  });
});

describe("a proxy", () => {
  const STS = "sts.eu-west-3.amazonaws.com";
  const refusedConnection: AwsError = {
    code: undefined,
    message: "",
    status: undefined,
    systemCode: "ECONNREFUSED",
    headers: {},
    fromAws: false,
  };
  const proxy = "http://proxy.acme:3128";

  test.each<[string, string, NodeJS.ProcessEnv, string | undefined]>([
    ["of TLS", STS, { HTTPS_PROXY: proxy }, "HTTPS_PROXY"],
    ["by the lower-case name first, as Node does", STS, { HTTPS_PROXY: "x", https_proxy: proxy }, "https_proxy"],
    ["not of plain HTTP", STS, { HTTP_PROXY: proxy }, undefined],
    ["of a plain endpoint", "aws.acme", { AWS_ENDPOINT_URL: "http://aws.acme:8080", HTTP_PROXY: proxy }, "HTTP_PROXY"],
    ["on loopback too", "127.0.0.1", { HTTPS_PROXY: proxy }, "HTTPS_PROXY"],
    ["but for a host", STS, { HTTPS_PROXY: proxy, NO_PROXY: `localhost, ${STS}` }, undefined],
    ["but for a domain", STS, { HTTPS_PROXY: proxy, no_proxy: ".amazonaws.com" }, undefined],
    ["but for a domain with a star", STS, { HTTPS_PROXY: proxy, NO_PROXY: "*.AmazonAWS.com" }, undefined],
    ["but for all", STS, { HTTPS_PROXY: proxy, NO_PROXY: "*" }, undefined],
    [
      "but for a domain without a dot, as the AWS CLI and curl do",
      STS,
      { HTTPS_PROXY: proxy, NO_PROXY: "amazonaws.com" },
      undefined,
    ],
    ["but for a host's port", STS, { HTTPS_PROXY: proxy, NO_PROXY: `${STS}:443` }, undefined],
    ["not for another port's sake", STS, { HTTPS_PROXY: proxy, NO_PROXY: `${STS}:80` }, "HTTPS_PROXY"],
    ["without a scheme", STS, { HTTPS_PROXY: "user:secret@proxy.acme:3128" }, "HTTPS_PROXY"],
    ["not for another domain's sake", STS, { HTTPS_PROXY: proxy, NO_PROXY: "s.com,.acme" }, "HTTPS_PROXY"],
  ])("%s", async (_, host, env, variable) => {
    const failure = await networkFailure(refusedConnection, host, env, NEVER);
    expect(failure?.code).toBe("QV502");
    if (variable) {
      expect(failure?.detail).toContain(`${host} through ${variable} (proxy.acme:3128)`);
      expect(failure?.fix).toContain(`check the proxy that ${variable} names`);
    } else {
      expect(failure?.detail).not.toContain("through");
      expect(failure?.fix).toContain("port 443");
    }
  });

  test.each(["socks5://user:secret@proxy.acme:1080", "SOCKS5h://proxy.acme"])(
    "%s is not taken, and that is told",
    async (url) => {
      const failure = await networkFailure(refusedConnection, STS, { HTTPS_PROXY: url }, NEVER);
      expect(failure?.detail).toMatch(/ECONNREFUSED; HTTPS_PROXY names a socks5h? proxy, which Node cannot speak to/);
      expect(failure?.detail).not.toMatch(/through|secret/);
      expect(failure?.fix).toMatch(/HTTPS_PROXY=http:\/\/HOST:PORT .*Variables of the service/);
      const late = deadline(1000, STS, { HTTPS_PROXY: url }, "waiting");
      expect(late.detail).toContain("; HTTPS_PROXY names a socks5");
      expect(late.fix).toBe(failure?.fix);
    },
  );

  test.each(["http://user:se#cret@proxy.acme:3128", "http://user:se%cret@proxy.acme:3128"])(
    "%s is no URL, and its password is not told",
    async (url) => {
      const unread = { ...refusedConnection, systemCode: undefined, message: `Invalid proxy URL: ${url}` };
      const failure = await networkFailure(unread, STS, { HTTPS_PROXY: url }, NEVER);
      expect(failure).toMatchObject({
        code: "QV502",
        detail: `no connection to ${STS} through HTTPS_PROXY, which holds no proxy's URL`,
      });
      expect(failure?.fix).toContain("special characters as %XX");
    },
  );

  test.each([
    [STS, ".amazonaws.com"],
    ["sts.cn-north-1.amazonaws.com.cn", ".amazonaws.com.cn"],
    ["sts.us-east-2.api.aws", ".api.aws"],
    ["aws.acme", "aws.acme"],
  ])("%s is excepted from it by NO_PROXY=%s", async (host, domain) => {
    const failures = [refusedConnection, { ...refusedConnection, systemCode: "ERR_PROXY_TUNNEL" }];
    for (const error of failures) {
      const failure = await networkFailure(error, host, { HTTPS_PROXY: proxy }, NEVER);
      expect(failure?.fix.endsWith(`NO_PROXY=${domain}`)).toBe(true);
    }
  });

  test("is named where the time is up, and a stopped run is not one that was late", () => {
    const late = deadline(30_000, STS, { HTTPS_PROXY: proxy }, "waiting");
    expect(late.detail).toBe(`no answer from ${STS} through HTTPS_PROXY (proxy.acme:3128) within 30 s`);
    const stopped = deadline(30_000, STS, {}, "stopped");
    expect(stopped).toMatchObject({ code: "QV507", detail: `the verifier was stopped before ${STS} had answered` });
    expect(stopped.fix).not.toBe(late.fix);
    const unresolved = deadline(30_000, STS, {}, "resolving");
    expect(unresolved.detail).toBe(`the name of ${STS} was not resolved within 30 s: no name server answers`);
    expect(unresolved.fix).toContain("CoreDNS");
  });
});

describe("an endpoint that variables choose", () => {
  const failed = (systemCode: string): AwsError => ({
    code: undefined,
    message: "",
    status: undefined,
    systemCode,
    headers: {},
    fromAws: false,
  });
  const fix = async (systemCode: string, host: string, env: NodeJS.ProcessEnv) =>
    (await networkFailure(failed(systemCode), host, env, NEVER))?.fix;

  test.each(["ENOTFOUND", "ECONNREFUSED"])("on %s the variable that redirects is named", async (code) => {
    const own = { AWS_ENDPOINT_URL: "https://none.invalid", AWS_ENDPOINT_URL_S3: "https://s3.invalid" };
    expect(await fix(code, "none.invalid", own)).toMatch(/^AWS_ENDPOINT_URL names this host/);
    expect(await fix(code, "my-bucket.s3.invalid", own)).toMatch(/^AWS_ENDPOINT_URL_S3 names this host/);
    const ignored = { ...own, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" };
    expect(await fix(code, "none.invalid", ignored)).not.toContain("AWS_ENDPOINT_URL");
  });

  test("where a name does not resolve, what may ask for one that the region does not have", async () => {
    const both = { AWS_USE_FIPS_ENDPOINT: "true", AWS_USE_DUALSTACK_ENDPOINT: "TRUE" };
    expect(await fix("ENOTFOUND", "sts-fips.eu-west-3.invalid", both)).toContain(
      "delete AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT (Variables of",
    );
    expect(await fix("ENOTFOUND", "sts.invalid", { AWS_USE_FIPS_ENDPOINT: "false" })).toMatch(/^check AWS_REGION/);
  });
});

describe("AWS_CA_BUNDLE", () => {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  afterAll(() => rmSync(folder, { recursive: true }));
  const untrusted: AwsError = {
    code: undefined,
    message: "unable to get local issuer certificate",
    status: undefined,
    systemCode: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    headers: {},
    fromAws: false,
  };
  const failureOf = (bundle: string) => networkFailure(untrusted, "aws.acme", { AWS_CA_BUNDLE: bundle }, NEVER);

  test.each<[string, string]>([
    [join(folder, "none.pem"), "cannot be read (ENOENT)"],
    [folder, "is a folder"],
    [file("junk.pem", "junk"), "holds no certificate (PEM)"],
    [
      file("framed.pem", "-----BEGIN CERTIFICATE-----\nanVuaw==\n-----END CERTIFICATE-----\n"),
      "holds no certificate (PEM)",
    ],
  ])("%s gives no authority: it %s", async (path, fault) => {
    const failure = await failureOf(path);
    expect(failure?.code).toBe("QV503");
    expect(failure?.detail).toContain(`; AWS_CA_BUNDLE names ${path}, which ${fault}`);
    expect(failure?.fix).toContain("where AWS_CA_BUNDLE says");
  });

  test("a file of certificates is another cause", async () => {
    const failure = await failureOf(file("good.pem", `# ours\n${rootCertificates[0]}\n`));
    expect(failure?.detail).not.toContain("AWS_CA_BUNDLE");
    expect(failure?.fix).toContain("inspects TLS");
  });
});

describe("TLS", () => {
  test.each([
    [
      "write EPROTO C07C:error:0A00010B:SSL routines:tls_validate:wrong version number:../s.c:77:\n",
      "does not speak TLS",
    ],
    ["write EPROTO C07C:error:0A000438:SSL routines:ssl3_read:tlsv1 alert internal error:../s.c:1:", "inspects TLS"],
  ])("%j: OpenSSL's reason alone is told, and what it calls for", async (message, fix) => {
    const error = { code: undefined, message, status: undefined, systemCode: "EPROTO", headers: {}, fromAws: false };
    const failure = await networkFailure(error, "aws.acme", {}, NEVER);
    expect(failure?.detail).toMatch(/^TLS with aws\.acme fails \(EPROTO: [a-z\d ]+\)$/);
    expect(failure?.fix).toContain(fix);
  });
});

describe("what the SDK throws", () => {
  test("anything can be read", () => {
    for (const thrown of [undefined, null, "text", 5, {}, new Error("x"), { name: 5, message: 5, code: 5 }]) {
      expect(readError(thrown)).toMatchObject({ code: undefined, systemCode: undefined, fromAws: false });
    }
  });

  test("a code counts where AWS has sent it", () => {
    const base = { $fault: "client", $metadata: { httpStatusCode: 403 } };
    expect(readError({ ...base, name: "AccessDenied" }).code).toBe("AccessDenied");
    expect(readError({ ...base, name: "InvalidIdentityTokenException", Code: "InvalidIdentityToken" }).code).toBe(
      "InvalidIdentityToken",
    );
    expect(readError({ ...base, name: "Unknown" }).code).toBeUndefined();
    expect(readError({ ...base, name: "403" }).code).toBeUndefined();
    expect(readError({ name: "AccessDenied" }).code).toBeUndefined();
    expect(readError({ $metadata: { extendedRequestId: "x" } }).fromAws).toBe(true);
    expect(readError({ $response: { statusCode: 301, headers: { a: "b" } } })).toMatchObject({
      status: 301,
      headers: { a: "b" },
    });
  });
});
