import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CATALOGUE, type Code } from "../../verifier/checks/catalogue";
import { found, passed, skipped } from "../../verifier/checks/result";
import { oneLine, printable } from "../../verifier/pod/printable";
import { terminationMessage, writeQoveryOutput, writeTerminationLog } from "../../verifier/report/outputs";
import type { Report } from "../../verifier/report/report";
import { renderText } from "../../verifier/report/text";
import { ISSUER, ROLE, SUBJECT } from "./pod";

const base: Report = {
  schemaVersion: 1,
  version: "1.0.0",
  verdict: "proven",
  expect: "allowed",
  exitCode: 0,
  role: {
    expected: ROLE,
    assumed: "arn:aws:sts::123456789012:assumed-role/my-s3-role/qovery-irsa-verifier",
    account: "123456789012",
  },
  token: { issuer: ISSUER, subject: SUBJECT, audience: ["sts.amazonaws.com"], expiresAt: "2026-11-24T11:00:00Z" },
  probe: { name: "s3:list-buckets", result: "2 buckets" },
  checks: [
    passed("QV101"),
    passed("QV104", ROLE),
    skipped("QV105", "no `--role-arn`"),
    passed("QV205", "60 minutes left"),
    passed("QV301", "arn:aws:sts::…"),
    passed("QV402", "s3:list-buckets: 2 buckets"),
  ],
  attempts: 1,
  durationMs: 84,
};

const failing = (code: Code, more: Partial<Report> = {}): Report => ({
  ...base,
  verdict: CATALOGUE[code].exit === 3 ? "undecided" : "not-proven",
  exitCode: CATALOGUE[code].exit || 1,
  checks: [
    passed("QV101"),
    found(code, { detail: "what was seen\nover two lines", fix: "what to do about it" }),
    skipped("QV402", "QV301 failed"),
  ],
  ...more,
});

const PLAIN = { unicode: true, colour: false };

describe("the text", () => {
  test.each<[string, Partial<Report>, RegExp]>([
    ["access", {}, /not proven .*access of system:serviceaccount/],
    ["isolation", { expect: "denied" }, /not proven .*isolation of .* from system:serviceaccount/],
    ["a run without a role", { role: { expected: null, assumed: null, account: null } }, /as a role$/m],
    [
      "a run without a token",
      { token: { issuer: null, subject: null, audience: null, expiresAt: null } },
      /of this pod/,
    ],
    ["a stopped run", { checks: [passed("QV101")] }, /stopped/],
  ])("ends with the claim that is not proven: %s", (_, more, line) => {
    expect(renderText(failing("QV301", more), PLAIN)).toMatch(line);
  });

  test("says that isolation is broken if the role was assumed", () => {
    const text = renderText(failing("QV320", { expect: "denied" }), PLAIN);
    expect(text).toMatch(new RegExp(`^× not proven .*isolation is broken: ${SUBJECT} can assume ${ROLE}$`, "m"));
  });

  test("has each detail and each fix once, those of the cause at its end", () => {
    const redirected = found("QV122", { detail: "Set: AWS_ENDPOINT_URL.", fix: "delete it" });
    const cause = found("QV502", { detail: "no connection", fix: "open the port" });
    const text = renderText(failing("QV502", { checks: [redirected, cause, skipped("QV401", "QV502 failed")] }), PLAIN);
    for (const once of [
      "Set: AWS_ENDPOINT_URL.",
      "delete it",
      "no connection",
      "open the port",
      "(skipped: QV502 failed)",
    ]) {
      expect(text.split(once)).toHaveLength(2);
    }
    expect(text.slice(text.indexOf("? undecided"))).toMatch(/QV502.*no connection.*QV122.*open the port/s);
  });

  test("a failure without a fix has no line for the fix", () => {
    const check = { ...found("QV301", { detail: "seen", fix: "x" }), fix: null };
    expect(renderText(failing("QV301", { checks: [check] }), PLAIN)).not.toContain("fix:");
  });

  test("has the verdict, the warnings and the number of tries", () => {
    const warned: Report = {
      ...base,
      attempts: 3,
      checks: [...base.checks, found("QV120", { detail: "keys seen", fix: "remove them" })],
    };
    const text = renderText(warned, PLAIN);
    for (const value of ["proven", "QV120", "keys seen", "remove them", "3"]) expect(text).toContain(value);
  });

  test.each<[string, Report]>([
    ["not proven", { ...failing("QV301") }],
    ["not proven", { ...base, verdict: "not-proven", exitCode: 1 }],
    ["undecided", { ...base, verdict: "undecided", exitCode: 3, checks: [passed("QV101")] }],
  ])("ends with the verdict %s", (verdict, report) => {
    expect(renderText(report, PLAIN).slice(-600)).toContain(verdict);
  });

  test("is ASCII without UTF-8, and has colours only if asked", () => {
    const ascii = renderText(failing("QV301"), { unicode: false, colour: false });
    expect(ascii).toMatch(/^[\n -~]*$/);
    expect(ascii).toContain("[fail] QV301");
    expect(renderText(base, { unicode: true, colour: true })).toContain("\u001b[32m√\u001b[0m");
    expect(renderText(base, PLAIN)).not.toContain("\u001b");
  });
});

describe("the termination message", () => {
  const warned = found("QV120", { detail: "keys", fix: "remove them" });

  test("is one line with the code, the cause and the fix", () => {
    expect(terminationMessage(failing("QV301"))).toMatch(
      /^QV301 [^\n]*what was seen over two lines[^\n]*what to do about it[^\n]*$/,
    );
    expect(terminationMessage(base)).toMatch(new RegExp(`^proven: [^\\n]*${SUBJECT}[^\\n]*${ROLE}$`));
    expect(terminationMessage({ ...base, checks: [warned] })).toMatch(/^proven: /);
    expect(terminationMessage({ ...base, verdict: "not-proven", exitCode: 1, checks: [warned] })).toMatch(
      /^QV120 [^\n]*keys[^\n]*remove them$/,
    );
  });

  test("accepts a report with unknown values", () => {
    const role = { expected: null, assumed: null, account: null };
    expect(terminationMessage({ ...base, role, token: { ...base.token, subject: null } })).toMatch(/^proven: /);
    const empty = { ...found("QV301", { detail: "", fix: "" }), detail: null, fix: null };
    expect(terminationMessage({ ...base, checks: [empty] })).toContain("QV301");
  });

  test("has the whole fix of a long failure", () => {
    const fix = `${"1. If this applies: do this. ".repeat(80)}the end`;
    const message = terminationMessage(
      failing("QV301", { checks: [found("QV301", { detail: "x".repeat(1000), fix })] }),
    );
    expect(message).toContain("the end");
  });

  test.each([["x"], ["é"], ["😀"]])("has at most 4,096 bytes if the detail repeats %s", (character) => {
    const message = terminationMessage({
      ...base,
      checks: [{ ...found("QV301", { detail: "", fix: "" }), detail: character.repeat(9000) }],
    });
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4096);
    expect(message).not.toContain("\ufffd");
  });
});

describe("the files", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "outputs-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("the termination log is written if it exists, and is not created", () => {
    const log = join(folder, "termination-log");
    writeTerminationLog(base, log);
    expect(existsSync(log)).toBe(false);
    writeFileSync(log, "x".repeat(5000));
    writeTerminationLog(base, log);
    expect(readFileSync(log, "utf8")).toBe(terminationMessage(base));
    expect(() => writeTerminationLog(base, folder)).not.toThrow();
  });

  test("Qovery's output is written if its directory exists", () => {
    writeQoveryOutput(base, folder);
    expect(JSON.parse(readFileSync(join(folder, "qovery-output.json"), "utf8"))).toEqual({
      IRSA_ROLE_ARN: { value: ROLE, sensitive: false, description: expect.any(String) },
      IRSA_VERDICT: { value: "proven", sensitive: false, description: expect.any(String) },
      IRSA_DURATION_MS: { value: 84, sensitive: false, description: expect.any(String) },
    });
    writeQoveryOutput({ ...base, role: { ...base.role, expected: null } }, folder);
    expect(JSON.parse(readFileSync(join(folder, "qovery-output.json"), "utf8")).IRSA_ROLE_ARN.value).toBe("");
  });

  test("a directory that cannot be written changes nothing, and nothing is left", () => {
    expect(() => writeQoveryOutput(base, join(folder, "none"))).not.toThrow();
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(() => writeQoveryOutput(base, file)).not.toThrow();
    expect(readFileSync(file, "utf8")).toBe("");
  });
});

describe("printable text", () => {
  test.each([
    ["a\u001b[2Jb", "a\ufffd[2Jb"],
    ["a\nb", "a\nb"],
    ["a\r\u0000\u009b\u2028\u202eb", "a\ufffd\ufffd\ufffd\ufffd\ufffdb"],
    ["token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln end", "token [token] end"],
    ["cut eyJhbGciOiJSUzI1NiJ9.eyJzd", "cut [token]"],
    ["key ASIAIOSFODNN7EXAMPLE end", "key [key] end"],
    ["<SecretAccessKey>abc</SecretAccessKey>", "<SecretAccessKey>[key]</SecretAccessKey>"],
    ["<SessionToken>abc", "<SessionToken>[key]"],
  ])("prints %j as %j", (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  test("is truncated", () => {
    expect(printable("x".repeat(2000))).toHaveLength(2000);
    expect(printable("x".repeat(2001))).toBe(`${"x".repeat(2000)}…`);
    expect(oneLine("x".repeat(301))).toBe(`${"x".repeat(300)}…`);
    expect(oneLine("a\nb")).toBe("a\ufffdb");
    expect(oneLine(`${"x".repeat(299)}😀`)).toBe(`${"x".repeat(299)}…`);
    expect(oneLine(`${"x".repeat(298)}😀`)).toBe(`${"x".repeat(298)}😀`);
  });
});
