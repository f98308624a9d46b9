import type { Aws } from "../../verifier/aws/calls";
import { firstFailure } from "../../verifier/report/report";
import { awsError, codes, network, run, type Script, SESSION } from "./mocked-run";
import { INJECTED, pod, ROLE } from "./pod";

describe("--expect denied", () => {
  const denied = (script: Script) => run(["--expect", "denied", "--role-arn", ROLE], script);

  test("is proven by AccessDenied", async () => {
    const result = denied({ assume: async () => Promise.reject(awsError("AccessDenied")) });
    expect(await codes(result)).toEqual(["proven", 0, undefined]);
    expect(new Set(result.calls)).toEqual(new Set(["assume", "destroy"]));
    expect((await result.report).checks.find(({ code }) => code === "QV320")).toMatchObject({ result: "pass" });
  });

  test.each<[string, string | undefined]>([
    ["the name that AWS_ROLE_SESSION_NAME sets", "app-session"],
    ["the name that an SDK generates", undefined],
  ])("fails if only %s is admitted", async (_, own) => {
    const tried: string[] = [];
    const admitted = own ?? "botocore-session-";
    const connect = async () =>
      ({
        wire: () => ({ host: "sts.example" }),
        destroy: () => {},
        assumeRole: async (_role: string, _token: string, name: string) => {
          tried.push(name);
          if (name.startsWith(admitted)) return SESSION;
          throw awsError("AccessDenied");
        },
      }) as unknown as Aws;
    const where = pod({ ...INJECTED, AWS_ROLE_SESSION_NAME: own });
    const report = await run(["--expect", "denied"], {}, { connect, where }).report;
    expect([firstFailure(report)?.code, tried.length > 0]).toEqual(["QV320", true]);
  });

  test.each([
    "User: x is not authorized to perform: sts:AssumeRoleWithWebIdentity with an explicit deny",
    "because no session policy allows the sts:AssumeRoleWithWebIdentity action",
    "with an explicit deny in a resource control policy",
    "because no VPC endpoint policy allows the sts:AssumeRoleWithWebIdentity action",
    "with an explicit deny in a policy type that did not exist in 2026",
  ])("is not proven by a denial of another policy: %s", async (message) => {
    const assume = async () => Promise.reject(awsError("AccessDenied", 403, message));
    expect(await codes(denied({ assume }))).toEqual(["not-proven", 1, "QV321"]);
    expect(firstFailure(await run([], { assume }).report)?.code).toBe("QV311");
  });

  test.each(["because no role trust policy allows the action", "with an explicit deny in the role trust policy"])(
    "is proven by a denial that names the trust policy: %s",
    async (message) => {
      const assume = async () => Promise.reject(awsError("AccessDenied", 403, message));
      expect(await codes(denied({ assume }))).toEqual(["proven", 0, undefined]);
    },
  );

  test("is not proven if STS stops responding after the first denial", async () => {
    let tries = 0;
    const assume = () =>
      ++tries <= 4
        ? Promise.reject(awsError("AccessDenied"))
        : new Promise<never>((_, reject) => setTimeout(reject, 700, new Error("aborted")));
    const sleep = async () => {};
    const flags = ["--expect", "denied", "--wait", "600ms", "--timeout", "650ms"];
    const report = await run(flags, { assume }, { sleep }).report;
    expect(report).toMatchObject({ verdict: "undecided", exitCode: 3 });
    expect(firstFailure(report)?.code).toBe("QV321");
  });

  test("is proven at a redirected endpoint only with --allow-endpoint", async () => {
    const assume = async () => Promise.reject(awsError("AccessDenied"));
    const where = pod({ ...INJECTED, AWS_ENDPOINT_URL_STS: "http://sts.acme" });
    const flags = ["--expect", "denied", "--role-arn", ROLE];
    expect(await codes(run(flags, { assume }, { where }))).toEqual(["not-proven", 1, "QV321"]);
    expect(await codes(run([...flags, "--allow-endpoint"], { assume }, { where }))).toEqual(["proven", 0, undefined]);
    expect(await codes(run(flags, {}, { where }))).toEqual(["not-proven", 1, "QV320"]);
  });

  test.each(["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"])(
    "warns that the credentials of %s were not tried",
    async (name) => {
      const assume = async () => Promise.reject(awsError("AccessDenied"));
      const { checks } = await run(["--expect", "denied"], { assume }, { where: pod({ ...INJECTED, [name]: "x" }) })
        .report;
      expect(checks.find(({ code }) => code === "QV322")).toMatchObject({
        result: "warn",
        detail: expect.stringContaining(name),
      });
    },
  );

  test("holds on every try until the end of --wait", async () => {
    let tries = 0;
    const admitAfter = (number: number) => async () => {
      if (++tries > number) return SESSION;
      throw awsError("AccessDenied");
    };
    const admitted = run(["--expect", "denied", "--wait", "10s"], { assume: admitAfter(8) });
    expect(await codes(admitted)).toEqual(["not-proven", 1, "QV320"]);
    const { report, sleeps } = run(["--expect", "denied", "--wait", "10s"], { assume: admitAfter(1000) });
    expect(await report).toMatchObject({ verdict: "proven", attempts: 5 });
    expect(sleeps.reduce((sum, pause) => sum + pause)).toBe(9500);
  });

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
