import { firstFailure } from "../../verifier/report/report";
import type { RunOptions } from "../../verifier/run";
import { awsError, denial, run, SESSION } from "./mocked-run";
import { INJECTED, pod, TOKEN_FILE } from "./pod";

// `--expect denied --wait`: which sequences of answers prove isolation.

/** The answers to one try. */
const ANSWERS = {
  denied: async () => Promise.reject(denial()),
  admitted: async () => SESSION,
  throttled: async () => Promise.reject(awsError("Throttling", 400)),
  failing: async () => Promise.reject(awsError("InternalFailure", 500)),
  noProvider: async () => Promise.reject(awsError("InvalidIdentityToken", 400, "No OpenIDConnect provider found")),
  expired: async () => Promise.reject(awsError("ExpiredTokenException", 400)),
  unclear: async () => Promise.reject(awsError("AccessDenied", 403, "Denegado")),
};
type Answer = keyof typeof ANSWERS;

/** Answers each try in turn, the last answer repeatedly. A run with `--wait 10s` has five tries: at 0, 1, 3, 7 and 10 s. */
async function answered(answers: readonly Answer[], flags = ["--wait", "10s"], more: Partial<RunOptions> = {}) {
  let tries = -1;
  const where = pod();
  const read: typeof where.read = (path, limit) => {
    // Each try reads the token once.
    if (path === TOKEN_FILE) tries++;
    return where.read(path, limit);
  };
  const assume = () => ANSWERS[answers[Math.min(tries, answers.length - 1)] as Answer]();
  const result = run(["--expect", "denied", ...flags], { assume }, { where: { ...where, read }, ...more });
  const report = await result.report;
  const check = report.checks.find(({ code }) => /^QV32[01]$/.test(code));
  return { report, sleeps: result.sleeps, code: firstFailure(report)?.code, detail: check?.detail ?? "", check };
}

test.each<[Answer[], string]>([
  [["denied"], "5 of 5 tries, during 10.0 s"],
  [["failing", "denied"], "4 of 5 tries, during 9.0 s"],
  [["throttled", "noProvider", "unclear", "denied"], "2 of 5 tries, during 3.0 s"],
  [["denied", "throttled", "denied"], "4 of 5 tries, during 10.0 s"],
])("is proven by %j, and the report shows how often and for how long", async (answers, seen) => {
  const { report, sleeps, detail } = await answered(answers);
  expect(report).toMatchObject({ verdict: "proven", exitCode: 0, attempts: 5, durationMs: 10_000 });
  expect(detail).toContain(seen);
  expect(sleeps).toEqual([1000, 2000, 4000, 3000]);
});

test.each<[Answer[], string, number, string, string]>([
  // One denial at the end does not show that the denial lasts.
  [["failing", "failing", "failing", "failing", "denied"], "undecided", 3, "QV321", "QV505"],
  [["failing", "failing", "failing", "noProvider", "denied"], "not-proven", 1, "QV321", "QV302"],
  [["denied", "denied", "denied", "denied", "failing"], "undecided", 3, "QV321", "QV505"],
  [["denied", "denied", "denied", "denied", "unclear"], "not-proven", 1, "QV321", "QV301"],
  [["denied", "expired"], "not-proven", 1, "QV321", "QV305"],
  [["denied", "denied", "denied", "denied", "admitted"], "not-proven", 1, "QV320", ""],
  [["denied", "admitted"], "not-proven", 1, "QV320", ""],
])("is not proven by %j: %s, exit %i, %s of %s", async (answers, verdict, exitCode, code, reason) => {
  const found = await answered(answers);
  expect(found.report).toMatchObject({ verdict, exitCode });
  expect(found.code).toBe(code);
  expect(found.detail).toContain(reason);
  expect(found.detail).toMatch(/STS denied (only the last one of 5|1|4)/);
  expect(found.check?.fix).toBeTruthy();
});

test("has two tries with the shortest --wait, the second one at its end", async () => {
  const { report, sleeps, detail } = await answered(["denied"], ["--wait", "1ms"]);
  expect([report.verdict, report.attempts, sleeps]).toEqual(["proven", 2, [1]]);
  expect(detail).toContain("2 of 2 tries");
});

test("has one try without --wait, and the report says so", async () => {
  const { report, detail } = await answered(["denied"], []);
  expect([report.verdict, report.attempts]).toEqual(["proven", 1]);
  expect(detail).toContain("seen once");
  expect(detail).not.toContain("tries,");
});

test("is undecided if the process is stopped before the end of --wait", async () => {
  const stop = new AbortController();
  const sleep = async () => stop.abort();
  const { report, code, detail } = await answered(["denied"], ["--wait", "10s"], { stop: stop.signal, sleep });
  expect([report.verdict, report.exitCode, code]).toEqual(["undecided", 3, "QV321"]);
  expect(detail).toContain("QV507");
});

test("is undecided if the time ends before the last try ends", async () => {
  const sleep = async () => {};
  let tries = 0;
  const assume = () =>
    // Each try has one call for each session name.
    ++tries <= 20
      ? Promise.reject(denial())
      : new Promise<never>((_, reject) => setTimeout(reject, 700, new Error("aborted")));
  const flags = ["--expect", "denied", "--wait", "600ms", "--timeout", "650ms"];
  const report = await run(flags, { assume }, { sleep, uptime: () => performance.now() }).report;
  expect([report.verdict, report.exitCode, firstFailure(report)?.code]).toEqual(["undecided", 3, "QV321"]);
});

test.each([-1, 1])("is not shortened or lengthened by a clock that jumps by %i hour", async (hours) => {
  let now = Date.parse("2026-11-24T10:00:00Z");
  const where = { ...pod(INJECTED), now: () => now };
  let uptime = 0;
  const sleep = async (milliseconds: number) => {
    uptime += milliseconds;
    now += hours * 3_600_000;
  };
  const report = await run(
    ["--expect", "denied", "--wait", "10s"],
    { assume: ANSWERS.denied },
    {
      where,
      sleep,
      uptime: () => uptime,
    },
  ).report;
  expect(report.durationMs).toBeGreaterThanOrEqual(10_000);
  expect(report.durationMs).toBeLessThan(11_000);
});
