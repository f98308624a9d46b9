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
  allowEndpoint: false,
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

/** The codes of the failures and warnings. */
const found = (where: PodView, options: Partial<Options> = {}) =>
  offline(where, options).flatMap(({ code, result }) => (result === "fail" || result === "warn" ? [code] : []));

/** The detail and the fix of a check. */
const detail = (where: PodView, code: string, options: Partial<Options> = {}) => {
  const check = offline(where, options).find((candidate) => candidate.code === code);
  return `${check?.detail} | ${check?.fix}`;
};

const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(INJECTED).filter(([name]) => !names.includes(name)));
const withToken = (claims: object) => pod(INJECTED, { [TOKEN_FILE]: token(claims) });

test("a pod with the webhook's variables has no failure and no warning", () => {
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
      pod(
        { ...INJECTED, HOME: "/home/app" },
        { [TOKEN_FILE]: token(), "/home/app/.aws/credentials": "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE" },
      ),
      ["QV121"],
    ],
    [
      "a configuration file elsewhere",
      pod({ ...INJECTED, AWS_CONFIG_FILE: "/etc/aws" }, { [TOKEN_FILE]: token(), "/etc/aws": "[profile x]" }),
      ["QV121"],
    ],
    [
      "a configuration file with only a region",
      pod({ ...INJECTED, AWS_CONFIG_FILE: "/etc/aws" }, { [TOKEN_FILE]: token(), "/etc/aws": "[default]\nregion = x" }),
      [],
    ],
    [
      "a configuration file that is not one",
      pod({ ...INJECTED, AWS_CONFIG_FILE: "/etc/aws" }, { [TOKEN_FILE]: token(), "/etc/aws": "\n# x\nregion = x" }),
      ["QV121"],
    ],
    ["static keys with their old names", pod({ ...INJECTED, AWS_ACCESS_KEY: "x", AWS_SECRET_KEY: "y" }), ["QV120"]],
    ["a session name with a slash", pod({ ...INJECTED, AWS_ROLE_SESSION_NAME: "a/b" }), ["QV124"]],
    ["a session name with a space", pod({ ...INJECTED, AWS_ROLE_SESSION_NAME: "my app" }), ["QV124"]],
    ["a session name", pod({ ...INJECTED, AWS_ROLE_SESSION_NAME: "app@z1" }), []],
    ["a bundle of authorities that does not exist", pod({ ...INJECTED, AWS_CA_BUNDLE: "/ca.pem" }), ["QV124"]],
    [
      "the sovereign cloud",
      pod({
        ...INJECTED,
        AWS_ROLE_ARN: ROLE.replace(":aws:", ":aws-eusc:"),
        AWS_REGION: "eusc-de-east-1",
        AWS_DEFAULT_REGION: "eusc-de-east-1",
      }),
      [],
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

  const asAccount = (name: string) => pod({}, { [API_TOKEN]: token({ sub: `system:serviceaccount:z1-prod:${name}` }) });

  test("names the service account of the pod if the API token is mounted", () => {
    const unknown = detail(pod({}, {}), "QV101");
    expect(unknown).toContain("security.service_account_name");
    const accounts = ["default", "my-s3-role"].map((name) => {
      const text = detail(asAccount(name), "QV101");
      expect(text).toContain(`system:serviceaccount:z1-prod:${name}`);
      return text.replaceAll(name, "");
    });
    expect(accounts[0]).not.toBe(accounts[1]);
    for (const invalid of [token({ sub: 5 }), "no token"]) {
      expect(detail(pod({}, { [API_TOKEN]: invalid }), "QV101")).toBe(unknown);
    }
  });

  test("reports that the webhook's token is mounted although the user sets the role", () => {
    const mounted = detail(pod({ AWS_ROLE_ARN: ROLE }, { [WEBHOOK_TOKEN]: token() }), "QV102");
    expect(mounted).not.toBe(detail(pod({ AWS_ROLE_ARN: ROLE }, {}), "QV102"));
  });

  test.each([
    `'${ROLE}'`,
    `${ROLE} `,
    "arn:aws:sts::123456789012:assumed-role/a/b",
    "arn:aws:iam::123456789012:policy/x",
  ])("%j is not the ARN of a role", (arn) => {
    expect(detail(pod({ ...INJECTED, AWS_ROLE_ARN: arn }), "QV104")).toContain(arn);
  });

  test("fails for another role than the expected one", () => {
    expect(found(pod(), { roleArn: ROLE })).toEqual([]);
    expect(found(pod(), { roleArn: `${ROLE}-2` })).toEqual(["QV105"]);
  });

  test("no key is in the checks", () => {
    const said = JSON.stringify(
      offline(pod({ ...INJECTED, AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI" })),
    );
    expect(said).not.toMatch(/AKIAIOSFODNN7EXAMPLE|wJalrXUtnFEMI/);
  });
});

describe("a variable that holds a secret by mistake", () => {
  const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

  test.each(["AWS_ROLE_ARN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CA_BUNDLE"])(
    "%s is described and not printed",
    (name) => {
      const checks = JSON.stringify(offline(pod({ ...INJECTED, [name]: SECRET }), { roleArn: ROLE }));
      expect(checks).not.toContain(SECRET);
      expect(checks).toContain(`${SECRET.length} characters`);
    },
  );
});

describe("with --expect denied", () => {
  const denied = { expect: "denied", roleArn: ROLE } as const;

  test("a pod without a role needs only a token", () => {
    expect(found(pod({ AWS_REGION: "eu-west-3", AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN_FILE }), denied)).toEqual([]);
    expect(
      found(
        pod({ AWS_REGION: "eu-west-3", AWS_ROLE_ARN: `${ROLE}-own`, AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN_FILE }),
        denied,
      ),
    ).toEqual([]);
  });

  test("without --role-arn the pod's role is tried", () => {
    expect(target(pod(), { ...OPTIONS, expect: "denied" })).toEqual({ roleArn: ROLE, tokenFile: TOKEN_FILE });
  });

  test("fails without a token", () => {
    expect(found(pod({ AWS_REGION: "eu-west-3" }), denied)).toEqual(["QV101"]);
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

  test("is a legacy token without expiry and audience", () => {
    const legacy = { iss: "kubernetes/serviceaccount", aud: undefined, exp: undefined, nbf: undefined };
    expect(found(withToken(legacy), { issuer: ISSUER })).toEqual(["QV210"]);
  });

  test("has an issuer that the fix of --issuer proposes only if STS can reach it", () => {
    const fix = (iss: string) =>
      offline(withToken({ iss }), { issuer: ISSUER }).find(({ code }) => code === "QV208")?.fix ?? "";
    expect(fix(`${ISSUER}/`.replace("EXAMPLED", "REBUILTD"))).toContain(`${ISSUER.replace("EXAMPLED", "REBUILTD")},`);
    expect(fix("https://kubernetes.default.svc")).toContain("--service-account-issuer");
  });

  test("has the issuer of --issuer", () => {
    expect(found(pod(), { issuer: ISSUER })).toEqual([]);
    expect(found(pod(), { issuer: `${ISSUER}X` })).toEqual(["QV208"]);
  });

  test("has the namespace of the Qovery environment", () => {
    expect(found(pod({ ...INJECTED, QOVERY_KUBERNETES_NAMESPACE_NAME: "z1-prod" }))).toEqual([]);
    expect(found(pod({ ...INJECTED, QOVERY_KUBERNETES_NAMESPACE_NAME: "z2-staging" }))).toEqual(["QV209"]);
  });

  test("is summarized by its printable claims", () => {
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

  test("is summarized with a subject of the greatest length", () => {
    const sub = `system:serviceaccount:${"n".repeat(63)}:${"a".repeat(253)}`;
    expect(summarize(readToken(withToken({ sub }), TOKEN_FILE)).subject).toBe(sub);
  });

  test.each(["EACCES", "EPERM", "ELOOP", "ENXIO"])("cannot be read with %s", (code) => {
    expect(detail(pod(INJECTED, { [TOKEN_FILE]: { code } }), "QV202")).toContain(code);
  });

  test.each(["EISDIR", "ENOTREG"])("is not a regular file with %s", (code) => {
    expect(detail(pod(INJECTED, { [TOKEN_FILE]: { code } }), "QV202")).toContain("AWS_WEB_IDENTITY_TOKEN_FILE");
  });

  test("is not in the checks", () => {
    const text = token({ aud: "x", sub: "y" }, "U0lHTkFUVVJF");
    for (const where of [pod(INJECTED, { [TOKEN_FILE]: text }), pod(INJECTED, { [TOKEN_FILE]: `${text}\n` })]) {
      const said = JSON.stringify(offline(where));
      for (const part of [...text.split("."), text]) expect(said).not.toContain(part);
    }
  });
});
