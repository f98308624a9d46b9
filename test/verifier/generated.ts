import fc from "fast-check";
import type { Answer, Answers, Operation, Recording } from "./fake-aws";
import { INJECTED, ISSUER, ROLE, SUBJECT, TOKEN_FILE, token } from "./pod";

// Generated token files, environments and answers: hostile, and near enough to what is right to get past the first check.

/** What a run is given. */
export interface Case {
  readonly env: Readonly<Record<string, string>>;
  readonly tokenFile: string | { readonly code: string };
  readonly answers: Answers;
  readonly args: readonly string[];
}

const HOSTILE = [
  ...["", " ", "\n", "\t", "\u0001", "\u001b[31mred", "\u009b2J", "\u202e", "é", "😀", "\ufeff", "\ud800"],
  ...["__proto__", "constructor", "toString", "null", "true", "TRUE", "false", "1e999", "-0", "-1", "0x10", "NaN"],
  ...["x".repeat(5000), "%s%n%x", "${x}", "$(id)", "`id`", "../../../etc/passwd", "/dev/zero", "/dev/stdin", "/"],
  ...["{}", "[]", '"', "'", "<", "&lt;", "]]>", "<!--", "arn:aws:iam::1:x", "eyJhbGciOiJub25lIn0.e30."],
];
const hostile = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
);

/** Changes a text: cuts, inserts. */
const mutation = fc.record({ at: fc.nat(2000), remove: fc.nat(40), insert: fc.oneof(fc.constant(""), hostile) });
type Mutation = { readonly at: number; readonly remove: number; readonly insert: string };

function mutate(text: string, mutations: readonly Mutation[]): string {
  return mutations.reduce((result, { at, remove, insert }) => {
    const place = at % (result.length + 1);
    return result.slice(0, place) + insert + result.slice(place + remove);
  }, text);
}

/** Valid for years, because the packaged verifier uses the clock of this machine. */
const CLAIMS = { exp: 4e9, nbf: 1.7e9, iat: 1.7e9 };
/** Unique, so that outputs can be searched for it. */
export const SIGNATURE = "c2lnbmF0dXJlLW9mLWEtdG9rZW4tdGhhdC1pcy1pbi1uby1vdXRwdXQ";
export const TOKEN = token(CLAIMS, SIGNATURE);

const NUMBERS = [
  ...["1e999", "-1e999", "1e308", "-1", "0", "-0", "1.5", "8640000000000", "8640000000001", "-8640000000000"],
  ...["9007199254740993", "1e-400", '"4000000000"', "null", "[]", "true", "4000000000"],
];
const claimText = fc.oneof(
  fc.constantFrom(...NUMBERS, "[".repeat(3000) + "]".repeat(3000), '{"__proto__":{"exp":1}}'),
  fc.constantFrom(ISSUER, SUBJECT, "sts.amazonaws.com").map((text) => JSON.stringify(text)),
  hostile.map((text) => JSON.stringify(text)),
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  fc.array(hostile, { maxLength: 5 }).map((values) => JSON.stringify([...values, "sts.amazonaws.com"])),
);
/** A token whose claims are text, because JSON.stringify writes neither 1e999 nor a key twice. */
const claimedToken = fc
  .array(
    fc.tuple(fc.constantFrom("iss", "sub", "aud", "exp", "nbf", "iat", "__proto__", "constructor", "x"), claimText),
    { maxLength: 5 },
  )
  .map((claims) => {
    const all = [
      ...Object.entries({ iss: ISSUER, sub: SUBJECT, aud: ["sts.amazonaws.com"], ...CLAIMS }).map(
        ([name, value]) => [name, JSON.stringify(value)] as const,
      ),
      ...claims,
    ];
    const json = `{${all.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;
    const part = (text: string) => Buffer.from(text).toString("base64url");
    return `${part('{"alg":"RS256"}')}.${part(json)}.${SIGNATURE}`;
  });

export const tokenFile: fc.Arbitrary<Case["tokenFile"]> = fc.oneof(
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("latin1")) },
  { weight: 4, arbitrary: fc.array(mutation, { maxLength: 3 }).map((mutations) => mutate(TOKEN, mutations)) },
  { weight: 6, arbitrary: claimedToken },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      "\n",
      `${TOKEN}\n`,
      "a.b.c",
      "..",
      "x".repeat(20_001),
      `${TOKEN}${"x".repeat(20_000)}`,
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom("ENOENT", "EACCES", "EISDIR", "ELOOP", "EIO").map((code) => ({ code })) },
);

/** A value that no output can contain, whatever variable holds the value. */
export const SECRET = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYSECRETKEY";

const VARIABLES = [
  ...["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ROLE_SESSION_NAME"],
  ...["AWS_STS_REGIONAL_ENDPOINTS", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE", "AWS_SDK_LOAD_CONFIG"],
  ...["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"],
  ...["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE", "AWS_CA_BUNDLE"],
  ...["AWS_SDK_UA_APP_ID", "AWS_S3_USE_ARN_REGION", "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "AWS_DEFAULTS_MODE"],
  ...["AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_SIGV4A_SIGNING_REGION_SET", "AWS_AUTH_SCHEME_PREFERENCE"],
  ...["AWS_EC2_METADATA_DISABLED", "AWS_ACCOUNT_ID", "AWS_ACCOUNT_ID_ENDPOINT_MODE", "AWS_NODEJS_LOAD_CONFIG"],
  ...["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "QOVERY_KUBERNETES_NAMESPACE_NAME", "QOVERY_PROJECT_ID"],
  ...["IRSA_VERIFIER_EXPECT", "IRSA_VERIFIER_ROLE_ARN", "IRSA_VERIFIER_ISSUER", "IRSA_VERIFIER_PROBE"],
  ...["IRSA_VERIFIER_WAIT", "IRSA_VERIFIER_TIMEOUT", "IRSA_VERIFIER_OUTPUT", "IRSA_VERIFIER_STRICT"],
  ...["LC_CTYPE", "LANGUAGE", "TZ", "TERM", "NO_COLOR", "NO_UNICODE", "FORCE_COLOR", "HOME"],
];
/** Well-formed values for some of the variables. */
const VALUES = [
  ...[ROLE, "arn:aws:iam::123456789012:role/team/my-s3-role", "arn:aws-cn:iam::123456789012:role/my-s3-role"],
  ...["arn:aws:iam::123456789012:role/other", TOKEN_FILE, "eu-west-3", "us-gov-west-1", "cn-north-1", "us-iso-east-1"],
  ...["legacy", "denied", "allowed", "s3:bucket:acme", "none", "1ms", "json", ISSUER, "z1-prod", "C.UTF-8"],
];
/** Addresses of loopback and text that is not a URL: no call leaves this machine, and no name is resolved. */
const endpoints = (endpoint: string) => [
  ...[endpoint, `${endpoint}/path?query#part`, endpoint.replace("http", "https"), "http://127.0.0.1:1"],
  ...[
    "http://127.0.0.1:99999",
    "http://[::1]:1",
    "http://[::1",
    "ftp://127.0.0.1",
    "nonsense",
    "//127.0.0.1",
    "http://",
  ],
  ...[`http://user:${SECRET}@127.0.0.1:1`, "file:///etc/passwd", "javascript:0", "\u0001", "http://127.0.0.1:-1"],
];
const PROXIES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
const NO_PROXY = ["*", "127.0.0.1", "", ",,,", ".", "*.*", "127.0.0.0/8", "127.0.0.1:1", "::1", "\u0001"];

export function environment(endpoint: string): fc.Arbitrary<Case["env"]> {
  const value = fc.oneof(fc.constantFrom(...VALUES), hostile);
  const url = fc.constantFrom(...endpoints(endpoint));
  const variables = fc.array(fc.tuple(fc.constantFrom(...VARIABLES), value), { maxLength: 5 });
  const redirections = fc.array(
    fc.tuple(fc.constantFrom("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_S3", ...PROXIES), url),
    { maxLength: 2 },
  );
  const exceptions = fc.option(fc.constantFrom(...NO_PROXY), { freq: 3, nil: undefined });
  return fc.tuple(variables, redirections, exceptions).map(([set, redirected, noProxy]) => {
    const env: Record<string, string> = { ...INJECTED, AWS_SECRET_ACCESS_KEY: SECRET, AWS_ENDPOINT_URL: endpoint };
    for (const [name, text] of [...set, ...redirected]) env[name] = text;
    if (noProxy !== undefined) env.NO_PROXY = noProxy;
    // Without this proxy the run would call AWS.
    if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === "true") {
      delete env.NO_PROXY;
      env.HTTPS_PROXY = env.https_proxy = endpoint;
    }
    return env;
  });
}

const error = (code: string, message: string) =>
  `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
const s3Error = (code: string, message: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>r</RequestId></Error>`;
const CODES = [
  ...[
    "AccessDenied",
    "InvalidIdentityToken",
    "ExpiredToken",
    "ValidationError",
    "Throttling",
    "SlowDown",
    "InternalError",
  ],
  ...["InvalidToken", "NoSuchBucket", "PermanentRedirect", "RequestTimeTooSkewed", "Brand.NewCode", "x#AccessDenied"],
];
const MESSAGES = [
  ...[
    "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    "",
    "no VPC endpoint policy allows it",
    "x".repeat(9000),
  ],
  ...[
    `the token ${TOKEN} is bad`,
    `signature ${SIGNATURE} is bad`,
    "with an explicit deny in an identity-based policy",
  ],
];
const refusal = fc
  .tuple(fc.constantFrom(error, s3Error), fc.constantFrom(...CODES), fc.oneof(fc.constantFrom(...MESSAGES), hostile))
  .map(([make, code, message]) => make(code, message));

/** Answers of proxies and captive portals, and attacks on a parser. */
const FOREIGN = [
  ...["", " ", "OK", "null", "{}", '{"Error":{"Code":"AccessDenied"}}', "<", "<a", "<a>", "</a>", "<a/>", "<a/><b/>"],
  ...["<!DOCTYPE html><html><body>Log in</body></html>", "<html><body><h1>403 Forbidden</h1></body></html>"],
  `<!DOCTYPE a [<!ENTITY a "ha">${Array.from({ length: 20 }, (_, i) => `<!ENTITY b${i} "&b${i - 1};&b${i - 1};">`).join("")}]><a>&b19;</a>`,
  ...[
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><ErrorResponse><Error><Code>&x;</Code></Error></ErrorResponse>',
  ],
  ...["<a>".repeat(20_000), "<a>".repeat(3000) + "</a>".repeat(3000), "<!DOCTYPE>".repeat(3000), "<!--".repeat(5000)],
  ...["<ErrorResponse><__proto__><Code>x</Code></__proto__></ErrorResponse>", `<Error ${'a="b" '.repeat(3000)}/>`],
  ...[`<ErrorResponse>${"<Error><Code>AccessDenied</Code></Error>".repeat(50)}</ErrorResponse>`],
];

const STATUSES = [
  200, 201, 202, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 407, 408, 429, 500, 502, 503, 504, 599,
];
const HEADERS: readonly Readonly<Record<string, string>>[] = [
  {},
  { "x-amzn-requestid": "r" },
  { "x-amz-request-id": "r", "x-amz-bucket-region": "us-east-1" },
  { "x-amz-bucket-region": `${"x".repeat(500)}\u00e9` },
  { "content-encoding": "gzip" },
  { "content-type": "text/html", location: "http://127.0.0.1:1/" },
  { "x-amzn-query-error": "AccessDenied;Sender", "x-amzn-errortype": "AccessDenied" },
  { date: "Thu, 01 Jan 1970 00:00:00 GMT" },
  { date: "tomorrow" },
  { "x-huge": "x".repeat(20_000) },
];
const RAW = [
  ...["HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n"],
  ...[
    "HTTP/1.1 200 OK\r\n",
    "HTTP/9.9 200 OK\r\n\r\n",
    "HTTP/1.1 99999 X\r\n\r\n",
    "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
    "\u0000",
  ],
  ...[
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffff\r\n",
    "HTTP/1.1 200 OK\r\n\r\n",
    "SSH-2.0-x\r\n",
    "",
  ],
  ...["99999999", "-1", "1e3", "2, 2"].map((length) => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n<a/>`),
  ...["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"],
  ...["HTTP/1.1 103 Early Hints\r\n\r\n".repeat(200), `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(3000)}\r\n`],
];

/** The answers of one run, of which one or two are hostile. */
export function answers({ answers: genuine, denied }: Recording): fc.Arbitrary<Answers> {
  const documents = [...Object.values(genuine), denied].map(({ body }) => body.toString("utf8"));
  const body = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.constantFrom(...documents), fc.array(mutation, { maxLength: 2 }))
        .map(([document, mutations]) => Buffer.from(mutate(document, mutations))),
    },
    { weight: 3, arbitrary: refusal.map((text) => Buffer.from(text)) },
    { weight: 2, arbitrary: fc.constantFrom(...FOREIGN).map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  );
  const way = fc.oneof(
    { weight: 280, arbitrary: fc.constant("whole" as const) },
    { weight: 20, arbitrary: fc.constantFrom("cut" as const, "reset" as const) },
    { weight: 1, arbitrary: fc.constant("hang" as const) },
  );
  const status = fc.oneof(fc.constantFrom(200, 403), fc.constantFrom(...STATUSES));
  const headers = fc.oneof(fc.constantFrom(...HEADERS.slice(0, 3)), fc.constantFrom(...HEADERS));
  const answer: fc.Arbitrary<Answer> = fc.oneof(
    { weight: 20, arbitrary: fc.record({ status, headers, body, way }) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...RAW)
        .map((text) => ({ status: 0, headers: {}, body: Buffer.from(text), way: "raw" as const })),
    },
  );
  const places = fc.array(fc.tuple(fc.constantFrom<Operation>("assume", "identity", "list", "head"), answer), {
    minLength: 1,
    maxLength: 2,
  });
  return places.map((changed) => ({ ...genuine, ...Object.fromEntries(changed) }));
}

export const args = fc.constantFrom<readonly string[]>(
  [],
  ["--expect", "denied"],
  ["--expect", "denied", "--allow-endpoint"],
  ["--probe", "none"],
  ["--probe", "s3:bucket:acme"],
  ["--strict"],
);
