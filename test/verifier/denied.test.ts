import type { Aws } from "../../verifier/aws/calls";
import { firstFailure } from "../../verifier/report/report";
import { awsError, codes, denial, network, run, type Script, SESSION } from "./mocked-run";
import { INJECTED, pod, ROLE, TOKEN_FILE, token } from "./pod";

describe("--expect denied", () => {
  const denied = (script: Script) => run(["--expect", "denied", "--role-arn", ROLE], script);

  test("is proven by AccessDenied", async () => {
    const result = denied({ assume: async () => Promise.reject(denial()) });
    expect(await codes(result)).toEqual(["proven", 0, undefined]);
    expect(new Set(result.calls)).toEqual(new Set(["assume", "destroy"]));
    expect((await result.report).checks.find(({ code }) => code === "QV320")).toMatchObject({ result: "pass" });
  });

  const admitting = (admits: (name: string) => boolean, own?: string) => {
    const connect = async () =>
      ({
        wire: () => ({ host: "sts.example" }),
        destroy: () => {},
        assumeRole: async (_role: string, _token: string, name: string) => {
          if (admits(name)) return SESSION;
          throw denial();
        },
      }) as unknown as Aws;
    return run(["--expect", "denied"], {}, { connect, where: pod({ ...INJECTED, AWS_ROLE_SESSION_NAME: own }) });
  };
  const like = (pattern: RegExp) => (name: string) => pattern.test(name);

  // The names are those that CloudTrail shows for each SDK.
  test.each<[string, RegExp]>([
    ["boto3 and the AWS CLI", /^botocore-session-\d{10}$/],
    ["the SDK for JavaScript 2", /^token-file-web-identity$/],
    ["the SDK for JavaScript 3", /^aws-sdk-js-session-\d{13}$/],
    ["the SDKs for Java 1 and 2", /^aws-sdk-java-\d{13}$/],
    ["the SDKs for Go 1 and 2", /^\d{19}$/],
    ["the SDK for PHP", /^aws-sdk-php-\d{13}$/],
    ["the SDK for Rust", /^web-identity-token-\d{13}$/],
    ["the SDK for Kotlin", /^aws-sdk-kotlin-\d{13}$/],
    ["the SDK for .NET", /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ["the SDKs for C++ and Swift", /^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/],
    ["the SDK for Ruby", /^[A-Za-z0-9+=]{48}$/],
  ])("fails if the trust policy admits only the session names of %s", async (_, pattern) => {
    expect(await codes(admitting(like(pattern)))).toEqual(["not-proven", 1, "QV320"]);
  });

  test("fails if the trust policy admits only the session name in AWS_ROLE_SESSION_NAME", async () => {
    expect(await codes(admitting(like(/^app-session$/), "app-session"))).toEqual(["not-proven", 1, "QV320"]);
  });

  test.each([
    ["my-s3-role", "scope: cluster"],
    ["neighbour", "scope: any-service-account"],
  ])("names the scope that probably admits %s", async (name, scope) => {
    const subject = `system:serviceaccount:z1-prod:${name}`;
    const where = pod(INJECTED, { [TOKEN_FILE]: token({ sub: subject }) });
    const { report } = run(["--expect", "denied", "--role-arn", ROLE], {}, { where });
    const { detail, fix } = (await report).checks.find(({ code }) => code === "QV320") ?? {};
    expect(detail).toContain(`checks that STS denies the role to ${subject}`);
    expect(fix).toContain(`npm run check -- explain z1-prod/${name} my-s3-role`);
    expect(fix).toContain(`\`${scope}\``);
  });

  test("lists the session names that were tried, each one valid and tried once", async () => {
    const tried: string[] = [];
    const { report } = admitting((name) => tried.push(name) === 0, "app-session");
    const { detail } = (await report).checks.find(({ code }) => code === "QV320") ?? {};
    expect(new Set(tried).size).toBe(tried.length);
    for (const name of tried) {
      expect(name).toMatch(/^[\w+=,.@-]{2,64}$/);
      expect(detail).toContain(name);
    }
  });

  test.each([
    "User: x is not authorized to perform: sts:AssumeRoleWithWebIdentity with an explicit deny",
    "because no session policy allows the sts:AssumeRoleWithWebIdentity action",
    "with an explicit deny in a resource control policy",
    "because no VPC endpoint policy allows the sts:AssumeRoleWithWebIdentity action",
    "with an explicit deny in a policy type that did not exist in 2026",
    "because no role trust policy allows the action, with an explicit deny in a service control policy",
  ])("is not proven by a denial of another policy: %s", async (message) => {
    const assume = async () => Promise.reject(awsError("AccessDenied", 403, message));
    expect(await codes(denied({ assume }))).toEqual(["not-proven", 1, "QV321"]);
    expect(firstFailure(await run([], { assume }).report)?.code).toBe("QV311");
  });

  test.each([
    "",
    "No está autorizado a realizar sts:AssumeRoleWithWebIdentity",
    "Access Denied",
    "Not authorized to perform sts:AssumeRoleWithWebIdentity (filtered)",
    "Not authorized to perform sts:AssumeRole",
    "This call is against the trust policy of your company",
  ])("is not proven by a message that does not name the trust policy: %j", async (message) => {
    const assume = async () => Promise.reject(awsError("AccessDenied", 403, message));
    const report = await denied({ assume }).report;
    expect([report.verdict, report.exitCode, firstFailure(report)?.code]).toEqual(["not-proven", 1, "QV321"]);
    // The report must not give the token access.
    const { detail, fix } = firstFailure(report) ?? {};
    expect(`${detail} ${fix}`).not.toMatch(/StringEquals|clusters\/<cluster>\.yaml/);
    expect(firstFailure(await run([], { assume }).report)?.code).toBe("QV301");
  });

  test.each(["because no role trust policy allows the action", "with an explicit deny in the role trust policy"])(
    "is proven by a denial that names the trust policy: %s",
    async (message) => {
      const assume = async () => Promise.reject(awsError("AccessDenied", 403, message));
      expect(await codes(denied({ assume }))).toEqual(["proven", 0, undefined]);
    },
  );

  test("is proven at a redirected endpoint only with --allow-endpoint", async () => {
    const assume = async () => Promise.reject(denial());
    const where = pod({ ...INJECTED, AWS_ENDPOINT_URL_STS: "http://sts.acme" });
    const flags = ["--expect", "denied", "--role-arn", ROLE];
    expect(await codes(run(flags, { assume }, { where }))).toEqual(["not-proven", 1, "QV321"]);
    expect(await codes(run([...flags, "--allow-endpoint"], { assume }, { where }))).toEqual(["proven", 0, undefined]);
    expect(await codes(run(flags, {}, { where }))).toEqual(["not-proven", 1, "QV320"]);
  });

  test.each(["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"])(
    "warns that the credentials of %s were not tried",
    async (name) => {
      const assume = async () => Promise.reject(denial());
      const { checks } = await run(["--expect", "denied"], { assume }, { where: pod({ ...INJECTED, [name]: "x" }) })
        .report;
      expect(checks.find(({ code }) => code === "QV322")).toMatchObject({
        result: "warn",
        detail: expect.stringContaining(name),
      });
    },
  );

  test.each<[Script, string, number, string]>([
    [{}, "not-proven", 1, "QV320"],
    [{ assume: async () => Promise.reject(awsError("InvalidIdentityToken", 400)) }, "not-proven", 1, "QV321"],
    [{ assume: async () => Promise.reject(awsError("ExpiredTokenException", 400)) }, "not-proven", 1, "QV321"],
    [{ assume: async () => Promise.reject(network("ECONNREFUSED")) }, "undecided", 3, "QV321"],
  ])("fails with %j as %s %i %s", async (script, verdict, exit, code) => {
    expect(await codes(denied(script))).toEqual([verdict, exit, code]);
  });

  test("fails without a token, and makes no call", async () => {
    const result = run(["--expect", "denied", "--role-arn", ROLE], {}, { where: pod({ AWS_REGION: "eu-west-3" }, {}) });
    expect(await codes(result)).toEqual(["not-proven", 1, "QV101"]);
    expect((await result.report).checks.at(-1)).toMatchObject({ code: "QV320", result: "skip" });
  });
});
