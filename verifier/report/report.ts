import type { Check } from "../checks/check";
import type { TokenSummary } from "../checks/token";

/** What a run of the verifier has found: the JSON of `-o json`, and what every other output is made from. */
export interface Report {
  readonly schemaVersion: 1;
  readonly version: string;
  readonly verdict: "proven" | "not-proven" | "undecided";
  readonly expect: "allowed" | "denied";
  readonly exitCode: number;
  readonly role: {
    readonly expected: string | null;
    /** ARN of the session: `arn:aws:sts::…:assumed-role/…` */
    readonly assumed: string | null;
    readonly account: string | null;
  };
  readonly token: TokenSummary;
  readonly probe: { readonly name: string; readonly result: string | null };
  readonly checks: readonly Check[];
  /** How often it was tried, the first time included. */
  readonly attempts: number;
  readonly durationMs: number;
}

/** The first failure: what the exit code and the last line are about. */
export function firstFailure(report: Report): Check | undefined {
  return report.checks.find((check) => check.result === "fail");
}

/** What the verdict is about: the first failure or, where a warning fails with --strict, the first of them. */
export function decisive(report: Report): Check | undefined {
  return firstFailure(report) ?? (report.verdict === "not-proven" ? warnings(report)[0] : undefined);
}

export function warnings(report: Report): readonly Check[] {
  return report.checks.filter((check) => check.result === "warn");
}
