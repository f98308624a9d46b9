import { ForeignAnswer } from "../../verifier/aws/aws-error";
import type { Aws } from "../../verifier/aws/calls";
import type { PodView } from "../../verifier/pod/view";
import { firstFailure } from "../../verifier/report/report";
import type { RunOptions } from "../../verifier/run";
import { awsError, codes, network, run, type Script, SESSION } from "./mocked-run";
import { INJECTED, pod, ROLE, SUBJECT, TOKEN_FILE } from "./pod";

// The order, the retries and the verdict of a run, with a mock of AWS.

describe("the order of the checks", () => {
  test("is token, STS, identity, probe", async () => {
    const { report, calls } = run([], { clockSkew: 1 });
    expect(await report).toMatchObject({
      schemaVersion: 1,
      version: "1.0.0",
      verdict: "proven",
      expect: "allowed",
      exitCode: 0,
      role: { expected: ROLE, assumed: SESSION.arn, account: "123456789012" },
      token: { subject: SUBJECT },
      probe: { name: "s3:list-buckets", result: "2 buckets" },
      attempts: 1,
    });
    expect(calls).toEqual(["assume", "caller", "count", "destroy"]);
    const passed = (await report).checks.filter(({ result }) => result === "pass").map(({ code }) => code);
    expect(passed).toEqual(expect.arrayContaining(["QV104", "QV207", "QV301", "QV401", "QV402", "QV221"]));
  });

  test.each<[string[], Script, string, string[]]>([
    [["--probe", "none"], {}, "null", ["assume", "caller", "destroy"]],
    [["--probe", "s3:bucket:acme"], {}, '"bucket acme exists"', ["assume", "caller", "head", "destroy"]],
    [[], { count: async () => 1 }, '"1 bucket"', ["assume", "caller", "count", "destroy"]],
  ])("calls nothing else with %j", async (args, script, result, expected) => {
    const { report, calls } = run(args, script);
    expect(JSON.stringify((await report).probe.result)).toBe(result);
    expect(calls).toEqual(expected);
  });

  test("makes every offline check, and no call if one of them fails", async () => {
    const { report, calls } = run(
      [],
      {},
      { where: pod({ ...INJECTED, AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined }, {}) },
    );
    const failed = (await report).checks.filter(({ result }) => result === "fail").map(({ code }) => code);
    expect(failed).toEqual(["QV106", "QV201"]);
    expect((await report).checks.slice(-3).map(({ code, result }) => [code, result])).toEqual([
      ["QV301", "skip"],
      ["QV401", "skip"],
      ["QV402", "skip"],
    ]);
    expect(calls).toEqual([]);
  });

  test.each<[Script, string, number, string]>([
    [{ assume: async () => Promise.reject(awsError("AccessDenied")) }, "not-proven", 1, "QV301"],
    [{ assume: async () => Promise.reject(network("ENOTFOUND")) }, "undecided", 3, "QV501"],
    [{ assume: async () => Promise.reject(new ForeignAnswer("no credentials")) }, "undecided", 3, "QV506"],
    [{ assume: async () => Promise.reject("odd") }, "undecided", 3, "QV506"],
    [{ caller: async () => Promise.reject(awsError("InvalidClientTokenId")) }, "not-proven", 1, "QV405"],
    [{ caller: async () => "arn:aws:sts::123456789012:assumed-role/node/i-0" }, "not-proven", 1, "QV401"],
    [{ count: async () => Promise.reject(awsError("AccessDenied")) }, "not-proven", 1, "QV402"],
    [{ count: async () => Promise.reject(awsError("SlowDown", 503)) }, "undecided", 3, "QV504"],
  ])("fails with %j as %s %i %s", async (script, verdict, exit, code) => {
    expect(await codes(run([], script))).toEqual([verdict, exit, code]);
  });
});

describe("a call that cannot be sent", () => {
  const sentNothing = { wire: () => ({}), destroy: () => {}, prepare: () => {} };
  const connect = (error: Error) => async () =>
    ({ ...sentNothing, assumeRole: () => Promise.reject(error) }) as unknown as Aws;

  test("is QV501 if the SDK knows no endpoint", async () => {
    const error = Object.assign(new Error("FIPS is not supported here"), { name: "EndpointError" });
    const report = await run([], {}, { connect: connect(error) }).report;
    expect(firstFailure(report)).toMatchObject({ code: "QV501", detail: expect.stringContaining("FIPS is not") });
    expect(report.exitCode).toBe(3);
  });

  test("is an internal error otherwise", async () => {
    await expect(run([], {}, { connect: connect(new RangeError("odd")) }).report).rejects.toThrow("odd");
  });
});

describe("a redirected endpoint", () => {
  const where = pod({ ...INJECTED, AWS_ENDPOINT_URL: "https://aws.acme" });
  const failing = async (error: unknown, ...flags: string[]) =>
    firstFailure(await run(flags, { count: () => Promise.reject(error) }, { where }).report);

  test.each<[string, unknown]>([
    ["QV405", awsError("SignatureDoesNotMatch", 403, "Credential should be scoped to a valid region.")],
    ["QV405", awsError("AuthorizationHeaderMalformed", 400)],
    ["QV506", new ForeignAnswer("HTTP 200 without ListAllMyBucketsResult")],
    ["QV499", awsError("NotImplemented", 400)],
  ])("is the first cause that %s names", async (code, error) => {
    const failure = await failing(error);
    expect([failure?.code, failure?.fix]).toEqual([code, expect.stringMatching(/^1\. .*delete AWS_ENDPOINT_URL /)]);
  });

  test("is not the cause with --allow-endpoint", async () => {
    expect((await failing(awsError("InvalidToken"), "--allow-endpoint"))?.fix).not.toContain("AWS_ENDPOINT_URL");
  });

  test("is not the cause of a denial", async () => {
    expect((await failing(awsError("AccessDenied")))?.fix).not.toContain("AWS_ENDPOINT_URL");
  });
});

describe("an endpoint variable without a URL", () => {
  const to = (variable: string) => pod({ ...INJECTED, [variable]: "nowhere" });

  test.each<[string, string[], string, [string, number, string | undefined]]>([
    ["of both services", [], "AWS_ENDPOINT_URL", ["undecided", 3, "QV501"]],
    ["of S3", [], "AWS_ENDPOINT_URL_S3", ["undecided", 3, "QV501"]],
    ["of S3, which is not asked", ["--probe", "none"], "AWS_ENDPOINT_URL_S3", ["proven", 0, undefined]],
    ["of STS, so that nothing is denied", ["--expect", "denied"], "AWS_ENDPOINT_URL_STS", ["undecided", 3, "QV321"]],
  ])("%s", async (_, args, variable, expected) => {
    expect(await codes(run(args, {}, { where: to(variable) }))).toEqual(expected);
  });
});

describe("--wait", () => {
  test("tries again with growing pauses until the call succeeds", async () => {
    let tries = 0;
    const { report, sleeps } = run(["--wait", "60s"], {
      assume: async () => {
        if (++tries < 6) throw awsError("AccessDenied");
        return SESSION;
      },
    });
    expect(await report).toMatchObject({ verdict: "proven", attempts: 6, durationMs: 23_000 });
    expect(sleeps).toEqual([1000, 2000, 4000, 8000, 8000]);
  });

  test("ends when its time is up", async () => {
    const { report, sleeps } = run(["--wait", "10s"], { assume: async () => Promise.reject(awsError("AccessDenied")) });
    expect(await report).toMatchObject({ verdict: "not-proven", exitCode: 1, attempts: 4 });
    expect(sleeps.reduce((sum, pause) => sum + pause)).toBeLessThanOrEqual(10_000);
  });

  test("keeps the last failure if the end of --wait interrupts the next try", async () => {
    let tries = 0;
    const assume = () =>
      ++tries === 1
        ? Promise.reject(awsError("AccessDenied"))
        : new Promise<never>((_, reject) => setTimeout(reject, 400, new Error("aborted")));
    const sleep = async () => {};
    const { report } = run(["--wait", "200ms", "--timeout", "200ms"], { assume }, { sleep, random: () => -1 });
    expect(await report).toMatchObject({ verdict: "not-proven", exitCode: 1, attempts: 2 });
  });

  test.each<[Script, string]>([
    [{ assume: async () => Promise.reject(awsError("ValidationError", 400)) }, "QV307"],
    [{ caller: async () => "arn:aws:sts::123456789012:assumed-role/node/i-0" }, "QV401"],
  ])("does not try again after %j", async (script, code) => {
    const { report, sleeps } = run(["--wait", "60s"], script);
    expect(firstFailure(await report)?.code).toBe(code);
    expect(sleeps).toEqual([]);
  });

  test("reads the token again for each try", async () => {
    let reads = 0;
    const where = pod();
    const read: PodView["read"] = (path, limit) => {
      if (path === TOKEN_FILE) reads++;
      return where.read(path, limit);
    };
    await run(
      ["--wait", "3s"],
      { assume: async () => Promise.reject(awsError("AccessDenied")) },
      { where: { ...where, read } },
    ).report;
    expect(reads).toBe(3);
  });

  test.each(["AccessDenied", "Throttling"])("is not proposed after %s to a run that uses it", async (code) => {
    const assume = async () => Promise.reject(awsError(code));
    const fixWith = async (...flags: string[]) => firstFailure(await run(flags, { assume }).report)?.fix;
    expect(await fixWith()).toContain("--wait 60s");
    expect(await fixWith("--wait", "1s")).toMatch(/run the verifier again\./i);
    expect(await fixWith("--wait", "1s")).not.toContain("--wait");
  });

  test("is required for a second try", async () => {
    expect(await run([], { assume: async () => Promise.reject(awsError("AccessDenied")) }).report).toMatchObject({
      attempts: 1,
    });
  });
});

describe("warnings", () => {
  const where = pod({ ...INJECTED, AWS_PROFILE: "x" });

  test("do not change the verdict", async () => {
    expect(await codes(run([], {}, { where }))).toEqual(["proven", 0, undefined]);
  });

  test("fail with --strict, and do not change a failure", async () => {
    expect(await codes(run(["--strict"], {}, { where }))).toEqual(["not-proven", 1, undefined]);
    expect(
      await codes(run(["--strict"], { assume: async () => Promise.reject(network("ENOTFOUND")) }, { where })),
    ).toEqual(["undecided", 3, "QV501"]);
  });

  test.each([
    [61, "QV221", "behind"],
    [-61, "QV221", "ahead"],
  ])("report a clock that differs by %i s", async (clockSkew, code, direction) => {
    const check = (await run([], { clockSkew }).report).checks.find((candidate) => candidate.code === code);
    expect(check).toMatchObject({ result: "warn", detail: expect.stringContaining(direction) });
  });
});

describe("the end", () => {
  test("at the deadline is QV507", async () => {
    const connect: RunOptions["connect"] = async (_, signal) =>
      ({
        wire: () => ({}),
        assumeRole: () =>
          new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted")))),
        destroy: () => {},
      }) as unknown as Aws;
    expect(await codes(run(["--timeout", "100ms"], {}, { connect }))).toEqual(["undecided", 3, "QV507"]);
  });

  test("by a stop signal is undecided", async () => {
    const stop = new AbortController();
    const assume = async () => {
      stop.abort();
      throw awsError("AccessDenied");
    };
    const report = await run(["--wait", "60s"], { assume }, { stop: stop.signal }).report;
    expect(report).toMatchObject({ verdict: "undecided", exitCode: 3, attempts: 1 });
  });
});
