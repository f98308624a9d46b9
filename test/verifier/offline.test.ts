import { runChecks } from "../../verifier/checks/check";
import { environmentChecks } from "../../verifier/checks/environment";
import { readToken, summarize, tokenChecks } from "../../verifier/checks/token";
import type { Options } from "../../verifier/pod/options";
import { API_TOKEN, type PodView, target, WEBHOOK_TOKEN } from "../../verifier/pod/view";
import { INJECTED, ISSUER, NOW, pod, ROLE, SUBJECT, TOKEN_FILE, token } from "./pod";

const OPTIONS: Options = {
  expect: "allowed",
  probe: { name: "none" },
  waitMs: 0,
  timeoutMs: 1000,
  output: "text",
  strict: false,
};

function offline(where: PodView, options: Partial<Options> = {}) {
  const all = { ...OPTIONS, ...options };
  const aim = target(where, all);
  const file = readToken(where, aim.tokenFile);
  return [
    ...runChecks(environmentChecks, { pod: where, options: all, target: aim }),
    ...runChecks(tokenChecks, { pod: where, options: all, path: aim.tokenFile, file }),
  ];
}

/** The codes of what was found, in their order. */
const found = (where: PodView, options: Partial<Options> = {}) =>
  offline(where, options).flatMap(({ code, result }) => (result === "fail" || result === "warn" ? [code] : []));

const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(INJECTED).filter(([name]) => !names.includes(name)));
const withToken = (claims: object) => pod(INJECTED, { [TOKEN_FILE]: token(claims) });

test("a pod as the webhook makes it has nothing to be found", () => {
  expect(found(pod())).toEqual([]);
});

describe("the environment", () => {
  test.each<[string, PodView, string[]]>([
    ["nothing is injected", pod({ AWS_REGION: "eu-west-3" }, {}), ["QV101"]],
    ["nothing at all", pod({}, {}), ["QV101", "QV106"]],
    ["both are set to nothing", pod({ ...INJECTED, AWS_ROLE_ARN: "", AWS_WEB_IDENTITY_TOKEN_FILE: "" }), ["QV101"]],
    ["the role alone", pod(without("AWS_WEB_IDENTITY_TOKEN_FILE")), ["QV102"]],
    ["the token alone", pod(without("AWS_ROLE_ARN")), ["QV103"]],
    ["quotes around the role", pod({ ...INJECTED, AWS_ROLE_ARN: `"${ROLE}"` }), ["QV104"]],
    ["a user instead of a role", pod({ ...INJECTED, AWS_ROLE_ARN: "arn:aws:iam::123456789012:user/x" }), ["QV104"]],
    ["no region", pod(without("AWS_REGION", "AWS_DEFAULT_REGION")), ["QV106"]],
    ["the default region alone", pod(without("AWS_REGION")), ["QV106"]],
    [
      "a region that is none",
      pod({ ...INJECTED, AWS_REGION: "eu-west-3.evil.example", AWS_DEFAULT_REGION: undefined }),
      ["QV106"],
    ],
    ["another partition", pod({ ...INJECTED, AWS_REGION: "cn-north-1", AWS_DEFAULT_REGION: "cn-north-1" }), ["QV107"]],
    ["a role in an isolated partition", pod({ ...INJECTED, AWS_ROLE_ARN: ROLE.replace("aws", "aws-iso") }), ["QV107"]],
    [
      "Pod Identity",
      pod({ AWS_REGION: "eu-west-3", AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials" }),
      ["QV108"],
    ],
    [
      "Pod Identity beside IRSA",
      pod({ ...INJECTED, AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials" }),
      [],
    ],
    [
      "static keys",
      pod({ ...INJECTED, AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI" }),
      ["QV120"],
    ],
    ["half of the static keys", pod({ ...INJECTED, AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE" }), ["QV120"]],
    ["a profile", pod({ ...INJECTED, AWS_PROFILE: "x" }), ["QV121"]],
    [
      "a credentials file",
      pod({ ...INJECTED, HOME: "/home/app" }, { [TOKEN_FILE]: token(), "/home/app/.aws/credentials": "" }),
      ["QV121"],
    ],
    [
      "a configuration file elsewhere",
      pod({ ...INJECTED, AWS_CONFIG_FILE: "/etc/aws" }, { [TOKEN_FILE]: token(), "/etc/aws": "" }),
      ["QV121"],
    ],
    ["another endpoint", pod({ ...INJECTED, AWS_ENDPOINT_URL_S3: "http://x" }), ["QV122"]],
    [
      "other endpoints",
      pod({ ...INJECTED, AWS_ENDPOINT_URL: "http://x", AWS_ENDPOINT_URL_STS: "http://x" }),
      ["QV122"],
    ],
    [
      "another endpoint that is ignored",
      pod({ ...INJECTED, AWS_ENDPOINT_URL: "http://x", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" }),
      [],
    ],
    ["legacy endpoints", pod({ ...INJECTED, AWS_STS_REGIONAL_ENDPOINTS: "legacy" }), ["QV123"]],
    ["two regions", pod({ ...INJECTED, AWS_DEFAULT_REGION: "eu-west-1" }), ["QV123"]],
  ])("%s", (_, where, expected) => {
    expect(found(where)).toEqual(expected);
  });

  const detail = (where: PodView, code: string, options: Partial<Options> = {}) => {
    const check = offline(where, options).find((candidate) => candidate.code === code);
    return `${check?.detail} | ${check?.fix}`;
  };
  const asAccount = (name: string) => pod({}, { [API_TOKEN]: token({ sub: `system:serviceaccount:z1-prod:${name}` }) });

  test("says as which service account the pod runs, and so what went wrong", () => {
    expect(detail(asAccount("default"), "QV101")).toMatch(
      /runs as system:serviceaccount:z1-prod:default.*is not set to its service account/,
    );
    expect(detail(asAccount("my-s3-role"), "QV101")).toMatch(/my-s3-role had no annotation/);
    expect(detail(pod({}, {}), "QV101")).toMatch(/cannot be seen.*security.service_account_name/);
    expect(detail(pod({}, { [API_TOKEN]: token({ sub: 5 }) }), "QV101")).toContain("cannot be seen");
    expect(detail(pod({}, { [API_TOKEN]: "no token" }), "QV101")).toContain("cannot be seen");
  });

  test("says that the webhook's token is mounted where a role was set by hand", () => {
    expect(detail(pod({ AWS_ROLE_ARN: ROLE }, { [WEBHOOK_TOKEN]: token() }), "QV102")).toContain("is mounted");
    expect(detail(pod({ AWS_ROLE_ARN: ROLE }, {}), "QV102")).not.toContain("is mounted");
  });

  test.each([
    [`'${ROLE}'`, "quotes"],
    [`${ROLE} `, "white space"],
    ["arn:aws:sts::123456789012:assumed-role/a/b", "a session's"],
    ["arn:aws:iam::123456789012:policy/x", "another resource's"],
    ["my-role", 'is "my-role" |'],
  ])("says what is wrong with %s", (arn, hint) => {
    expect(detail(pod({ ...INJECTED, AWS_ROLE_ARN: arn }), "QV104")).toContain(hint);
  });

  test("fails for another role than the expected one", () => {
    expect(found(pod(), { roleArn: ROLE })).toEqual([]);
    expect(found(pod(), { roleArn: `${ROLE}-2` })).toEqual(["QV105"]);
  });

  test("no key is in what is said", () => {
    const said = JSON.stringify(
      offline(pod({ ...INJECTED, AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI" })),
    );
    expect(said).not.toMatch(/AKIAIOSFODNN7EXAMPLE|wJalrXUtnFEMI/);
  });
});

describe("with --expect denied", () => {
  const denied = { expect: "denied", roleArn: ROLE } as const;

  test("a pod without a role of its own needs a token alone", () => {
    expect(found(pod({ AWS_REGION: "eu-west-3", AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN_FILE }), denied)).toEqual([]);
    expect(found(pod({ AWS_REGION: "eu-west-3" }), denied)).toEqual([]);
    expect(
      found(
        pod({ AWS_REGION: "eu-west-3", AWS_ROLE_ARN: `${ROLE}-own`, AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN_FILE }),
        denied,
      ),
    ).toEqual([]);
  });

  test("without --role-arn it is the pod's own role that is tried", () => {
    expect(target(pod(), { ...OPTIONS, expect: "denied" })).toEqual({ roleArn: ROLE, tokenFile: TOKEN_FILE });
  });

  test("fails without a token", () => {
    expect(found(pod({ AWS_REGION: "eu-west-3" }, {}), denied)).toEqual(["QV102"]);
  });
});

describe("the token", () => {
  test.each<[string, PodView, string[]]>([
    ["is not there", pod(INJECTED, {}), ["QV201"]],
    ["is below a file", pod(INJECTED, { [TOKEN_FILE]: { code: "ENOTDIR" } }), ["QV201"]],
    ["may not be read", pod(INJECTED, { [TOKEN_FILE]: { code: "EACCES" } }), ["QV202"]],
    ["is a folder", pod(INJECTED, { [TOKEN_FILE]: { code: "EISDIR" } }), ["QV202"]],
    ["is empty", pod(INJECTED, { [TOKEN_FILE]: "" }), ["QV203"]],
    ["has 20,000 characters and is none", pod(INJECTED, { [TOKEN_FILE]: "x".repeat(20_000) }), ["QV204"]],
    ["has 20,001 characters", pod(INJECTED, { [TOKEN_FILE]: "x".repeat(20_001) }), ["QV203"]],
    ["ends with a line end", pod(INJECTED, { [TOKEN_FILE]: `${token()}\n` }), ["QV204"]],
    ["has two parts", pod(INJECTED, { [TOKEN_FILE]: token().split(".").slice(0, 2).join(".") }), ["QV204"]],
    ["is no JSON", pod(INJECTED, { [TOKEN_FILE]: "a.b.c" }), ["QV204"]],
    ["is a list", pod(INJECTED, { [TOKEN_FILE]: `e30.${Buffer.from("[]").toString("base64url")}.x` }), ["QV204"]],
    ["has no issuer", withToken({ iss: undefined }), ["QV204"]],
    ["has no end", withToken({ exp: undefined }), ["QV204"]],
    ["has an end that is no time", withToken({ exp: 1e300 }), ["QV204"]],
    ["ends now", withToken({ exp: NOW / 1000 }), ["QV205"]],
    ["ends in a second", withToken({ exp: NOW / 1000 + 1 }), []],
    ["begins in a minute", withToken({ nbf: NOW / 1000 + 60 }), []],
    ["begins later", withToken({ nbf: NOW / 1000 + 61 }), ["QV206"]],
    ["does not say when it begins", withToken({ nbf: undefined }), []],
    ["is for another audience", withToken({ aud: ["https://kubernetes.default.svc"] }), ["QV207"]],
    ["is for no audience", withToken({ aud: undefined }), ["QV207"]],
    ["has one audience as text", withToken({ aud: "sts.amazonaws.com" }), []],
    ["is a person's", withToken({ sub: "user:alice" }), ["QV209"]],
    ["has a subject that is no text", withToken({ sub: { toString: 1 } }), ["QV209"]],
  ])("%s", (_, where, expected) => {
    expect(found(where)).toEqual(expected);
  });

  test("the issuer is held to the expected one", () => {
    expect(found(pod(), { issuer: ISSUER })).toEqual([]);
    expect(found(pod(), { issuer: `${ISSUER}X` })).toEqual(["QV208"]);
  });

  test("the namespace is held to the Qovery environment's", () => {
    expect(found(pod({ ...INJECTED, QOVERY_KUBERNETES_NAMESPACE_NAME: "z1-prod" }))).toEqual([]);
    expect(found(pod({ ...INJECTED, QOVERY_KUBERNETES_NAMESPACE_NAME: "z2-staging" }))).toEqual(["QV209"]);
  });

  test("what is said of it are its claims, made fit to print", () => {
    expect(summarize(readToken(pod(), TOKEN_FILE))).toEqual({
      issuer: ISSUER,
      subject: SUBJECT,
      audience: ["sts.amazonaws.com"],
      expiresAt: "2026-11-24T11:00:00Z",
    });
    expect(summarize(undefined)).toEqual({ issuer: null, subject: null, audience: null, expiresAt: null });
    const hostile = summarize(
      readToken(withToken({ sub: "\u001b[2J\n\u0000", aud: ["x".repeat(9000), 5], iss: 1, exp: "soon" }), TOKEN_FILE),
    );
    expect(hostile).toEqual({
      issuer: null,
      subject: expect.not.stringMatching(/[\u0000-\u001f]/),
      audience: [expect.stringMatching(/^x{300}…$/)],
      expiresAt: null,
    });
  });

  test("a service account's subject is told whole, as long as it can be", () => {
    const sub = `system:serviceaccount:${"n".repeat(63)}:${"a".repeat(253)}`;
    expect(summarize(readToken(withToken({ sub }), TOKEN_FILE)).subject).toBe(sub);
  });

  test.each([
    ["EACCES", /cannot be read by user \d+ \(EACCES\)/, /image's own USER/],
    ["EPERM", /cannot be read by user/, /image's own USER/],
    ["EISDIR", /is a folder$/, /do not set AWS_WEB_IDENTITY_TOKEN_FILE/],
    ["ENOTREG", /is no regular file$/, /do not set AWS_WEB_IDENTITY_TOKEN_FILE/],
    ["ELOOP", /cannot be read by user \d+ \(ELOOP\)/, /do not set AWS_WEB_IDENTITY_TOKEN_FILE/],
    ["ENXIO", /cannot be read by user \d+ \(ENXIO\)/, /do not set AWS_WEB_IDENTITY_TOKEN_FILE/],
  ])("%s says what stands in its place, and what to do", (code, detail, fix) => {
    const check = offline(pod(INJECTED, { [TOKEN_FILE]: { code } })).find((candidate) => candidate.code === "QV202");
    expect(check?.detail).toMatch(detail);
    expect(check?.fix).toMatch(fix);
  });

  test("itself is in nothing that is said", () => {
    const text = token({ aud: "x", sub: "y" }, "U0lHTkFUVVJF");
    for (const where of [pod(INJECTED, { [TOKEN_FILE]: text }), pod(INJECTED, { [TOKEN_FILE]: `${text}\n` })]) {
      const said = JSON.stringify(offline(where));
      for (const part of [...text.split("."), text]) expect(said).not.toContain(part);
    }
  });
});
