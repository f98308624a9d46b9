import { CATALOGUE, type Code } from "../../verifier/checks/catalogue";
import type { Ended } from "./process";

// The contract of every run, whatever its input. Jest's matchers are too slow for thousands of reports.

type Fields = Readonly<Record<string, (value: unknown) => boolean>>;

const string = (value: unknown) => typeof value === "string";
const orNull = (value: unknown) => value === null || string(value);
const oneOf =
  (...allowed: unknown[]) =>
  (value: unknown) =>
    allowed.includes(value);
const matching = (pattern: RegExp) => (value: unknown) => typeof value === "string" && pattern.test(value);
const count = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

/** An object with exactly these fields. */
const object = (fields: Fields) => (value: unknown) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const names = Object.keys(value);
  const all = names.length === Object.keys(fields).length;
  return all && names.every((name) => Object.hasOwn(fields, name) && fields[name]?.(value[name as never]));
};
const list = (item: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(item);

const CHECK: Fields = {
  code: (value) => Object.hasOwn(CATALOGUE, value as string),
  category: oneOf("environment", "token", "sts", "identity", "network"),
  title: matching(/./),
  result: oneOf("pass", "warn", "fail", "skip"),
  detail: orNull,
  fix: orNull,
  hint: matching(/^https:\/\/\S+#QV\d{3}$/),
};
const REPORT: Fields = {
  schemaVersion: oneOf(1),
  version: matching(/^\d+\.\d+\.\d+/),
  verdict: oneOf("proven", "not-proven", "undecided"),
  expect: oneOf("allowed", "denied"),
  exitCode: oneOf(0, 1, 3),
  role: object({
    expected: orNull,
    assumed: orNull,
    account: (value) => value === null || matching(/^\d{12}$/)(value),
  }),
  token: object({
    issuer: orNull,
    subject: orNull,
    audience: (value) => value === null || list(string)(value),
    expiresAt: (value) => value === null || matching(/^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)(value),
  }),
  probe: object({ name: matching(/^(s3:list-buckets|s3:bucket:[a-z0-9.-]+|none)$/), result: orNull }),
  checks: list(object(CHECK)),
  attempts: (value) => count(value) && value !== 0,
  durationMs: count,
};
const VERDICTS = ["proven", "not-proven", undefined, "undecided"];

interface Report {
  readonly verdict: string;
  readonly expect: string;
  readonly exitCode: number;
  readonly role: { readonly expected: string | null };
  readonly checks: readonly { readonly code: Code; readonly result: string; readonly fix: string | null }[];
}

/** The report of a run with `-o json`, or undefined for a usage error. */
export function reportOf({ code, stdout }: Ended): Report | undefined {
  return code === 2 ? undefined : JSON.parse(stdout);
}

/**
 * Returns how a run with `-o json` breaks the contract, or undefined.
 * @param secrets values that no output can contain
 */
export function broken(result: Ended, secrets: readonly string[]): string | undefined {
  const { code, stdout, stderr } = result;
  if (![0, 1, 2, 3].includes(code)) return `exit code ${code}`;
  const all = stdout + stderr;
  if (/\n\s+at \S|node:internal|\b(?:Type|Range|Reference|Syntax)Error: |\\n\s+at \S/.test(all)) return "a stack trace";
  if (secrets.some((secret) => secret.length >= 8 && all.includes(secret))) return "a secret";
  if (CONTROL.test(all)) return "a control character";
  if (code === 2) return stdout === "" && /^verifier: .+\nusage: /.test(stderr) ? undefined : "no usage error";
  if (stderr !== "") return "standard error is not empty";
  return reportIsBroken(stdout, code);
}

const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

function reportIsBroken(stdout: string, code: number): string | undefined {
  if (!stdout.endsWith("}\n") || stdout.indexOf("\n") !== stdout.length - 1) return "not one line of JSON";
  const report: Report = JSON.parse(stdout);
  for (const [name, fits] of Object.entries(REPORT)) {
    if (!fits(report[name as keyof Report])) return `${name} is ${JSON.stringify(report[name as keyof Report])}`;
  }
  if (!object(REPORT)(report)) return `keys are ${Object.keys(report)}`;
  if (texts(report).some((text) => CONTROL.test(text))) return "a control character in the JSON";
  if (report.exitCode !== code || report.verdict !== VERDICTS[code]) return "verdict and exit code differ";
  const failures = report.checks.filter(({ result }) => result === "fail");
  if (code === 0 && failures.length > 0) return "proven with a failure";
  if (failures.some(({ fix }) => !fix)) return "a failure without a fix";
  const first = failures[0];
  if (first && first.code !== "QV321" && CATALOGUE[first.code].exit !== code) return `exit ${code} with ${first.code}`;
  return undefined;
}
