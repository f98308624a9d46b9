import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CATALOGUE, type Code } from "../../verifier/checks/catalogue";
import { type Check, found, passed, skipped } from "../../verifier/checks/check";
import { oneLine, printable } from "../../verifier/pod/printable";
import { terminationMessage, writeQoveryOutput, writeTerminationLog } from "../../verifier/report/outputs";
import type { Report } from "../../verifier/report/report";
import { renderText } from "../../verifier/report/text";
import { expectGolden } from "./golden";
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
    skipped("QV105"),
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
    skipped("QV402"),
  ],
  ...more,
});

const PLAIN = { unicode: true, colour: false };

describe("text", () => {
  test.each<[string, Report]>([
    [
      "proven-with-warnings-after-three-tries",
      {
        ...base,
        attempts: 3,
        durationMs: 4321,
        checks: [
          ...base.checks,
          found("QV120", { detail: "keys", fix: "remove them" }),
          found("QV221", { detail: "clock", fix: "mend it" }),
        ],
      },
    ],
    [
      "strict",
      {
        ...base,
        verdict: "not-proven",
        exitCode: 1,
        checks: [...base.checks, found("QV122", { detail: "redirected", fix: "remove it" })],
      },
    ],
    ["stopped", { ...base, verdict: "undecided", exitCode: 3, checks: [passed("QV101")] }],
  ])("%s", (name, report) => {
    expectGolden(`${name}.txt`, renderText(report, PLAIN));
  });

  test("without UTF-8 it is ASCII, with colours it has them", () => {
    const ascii = renderText(failing("QV301"), { unicode: false, colour: false });
    expect(ascii).toMatch(/^[\n -~]*$/);
    expect(ascii).toContain("[fail] QV301");
    expect(renderText(base, { unicode: true, colour: true })).toContain("\u001b[32m√\u001b[0m");
    expect(renderText(base, PLAIN)).not.toContain("\u001b");
  });
});

describe("the termination message", () => {
  test("is one line of code, cause and fix", () => {
    expect(terminationMessage(failing("QV301"))).toBe(
      "QV301 STS denies the role to this token: what was seen over two lines | fix: what to do about it",
    );
    expect(terminationMessage(base)).toBe(`proven: ${SUBJECT} allowed ${ROLE}`);
    const warned = found("QV120", { detail: "keys", fix: "remove them" });
    expect(terminationMessage({ ...base, checks: [warned] })).toBe(`proven: ${SUBJECT} allowed ${ROLE}`);
    expect(terminationMessage({ ...base, verdict: "not-proven", exitCode: 1, checks: [warned] })).toBe(
      "QV120 static keys shadow the role: keys | fix: remove them",
    );
    expect(
      terminationMessage({
        ...base,
        role: { expected: null, assumed: null, account: null },
        token: { ...base.token, subject: null },
      }),
    ).toBe("proven: no subject allowed no role");
    expect(
      terminationMessage({
        ...base,
        checks: [{ ...(found("QV301", { detail: "", fix: "" }) as Check), detail: null, fix: null }],
      }),
    ).toContain("QV301");
  });

  test.each([["x"], ["é"], ["😀"]])("has at most 4,096 bytes, also of %s", (character) => {
    const message = terminationMessage({
      ...base,
      checks: [{ ...found("QV301", { detail: "", fix: "" }), detail: character.repeat(9000) }],
    });
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4096);
    expect(message).not.toContain("\ufffd");
  });
});

describe("files", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "outputs-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("the termination log is written where it is, and never made", () => {
    const log = join(folder, "termination-log");
    writeTerminationLog(base, log);
    expect(existsSync(log)).toBe(false);
    writeFileSync(log, "x".repeat(5000));
    writeTerminationLog(base, log);
    expect(readFileSync(log, "utf8")).toBe(terminationMessage(base));
    expect(() => writeTerminationLog(base, folder)).not.toThrow();
  });

  test("Qovery's output is written where its folder is", () => {
    writeQoveryOutput(base, folder);
    expect(JSON.parse(readFileSync(join(folder, "qovery-output.json"), "utf8"))).toEqual({
      IRSA_ROLE_ARN: { value: ROLE, sensitive: false, description: expect.any(String) },
      IRSA_VERDICT: { value: "proven", sensitive: false, description: expect.any(String) },
      IRSA_DURATION_MS: { value: 84, sensitive: false, description: expect.any(String) },
    });
    writeQoveryOutput({ ...base, role: { ...base.role, expected: null } }, folder);
    expect(JSON.parse(readFileSync(join(folder, "qovery-output.json"), "utf8")).IRSA_ROLE_ARN.value).toBe("");
  });

  test("a place that cannot be written changes nothing and leaves nothing", () => {
    expect(() => writeQoveryOutput(base, join(folder, "none"))).not.toThrow();
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(() => writeQoveryOutput(base, file)).not.toThrow();
    expect(readFileSync(file, "utf8")).toBe("");
  });
});

describe("what may be printed", () => {
  test.each([
    ["a\u001b[2Jb", "a\ufffd[2Jb"],
    ["a\nb", "a\nb"],
    ["a\r\u0000\u009b\u2028\u202eb", "a\ufffd\ufffd\ufffd\ufffd\ufffdb"],
    ["token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln end", "token [token] end"],
    ["cut eyJhbGciOiJSUzI1NiJ9.eyJzd", "cut [token]"],
    ["key ASIAIOSFODNN7EXAMPLE end", "key [key] end"],
    ["<SecretAccessKey>abc</SecretAccessKey>", "<SecretAccessKey>[key]</SecretAccessKey>"],
    ["<SessionToken>abc", "<SessionToken>[key]"],
  ])("%j is %j", (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  test("a long text is cut", () => {
    expect(printable("x".repeat(2000))).toHaveLength(2000);
    expect(printable("x".repeat(2001))).toBe(`${"x".repeat(2000)}…`);
    expect(oneLine("x".repeat(301))).toBe(`${"x".repeat(300)}…`);
    expect(oneLine("a\nb")).toBe("a\ufffdb");
    expect(oneLine(`${"x".repeat(299)}😀`)).toBe(`${"x".repeat(299)}…`);
    expect(oneLine(`${"x".repeat(298)}😀`)).toBe(`${"x".repeat(298)}😀`);
  });
});
