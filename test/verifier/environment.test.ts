import { API_TOKEN, type PodView, target, WEBHOOK_TOKEN } from "../../verifier/pod/view";
import { detail, found, OPTIONS, offline, without } from "./offline-checks";
import { INJECTED, pod, ROLE, TOKEN_FILE, token } from "./pod";

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
    expect(detail(pod({ QOVERY_KUBERNETES_NAMESPACE_NAME: "z1-prod" }, {}), "QV101")).toContain("-n z1-prod ");
    expect(detail(pod({ QOVERY_KUBERNETES_NAMESPACE_NAME: "$(id)" }, {}), "QV101")).toBe(unknown);
    const named = offline(pod({}, {}), { roleArn: ROLE }).find(({ code }) => code === "QV101");
    expect(named?.fix).toContain("the serviceAccount of the role my-s3-role");
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
