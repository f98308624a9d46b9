import type { Check } from "../checks/result";
import type { TokenSummary } from "../checks/token";

/** The report of a run: the JSON of `-o json`, and the source of every other output. */
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
  /** The number of tries, with the first one. */
  readonly attempts: number;
  readonly durationMs: number;
}

/** Returns the first failure, which decides the exit code. */
export function firstFailure(report: Report): Check | undefined {
  return report.checks.find((check) => check.result === "fail");
}

/** Returns the cause of the verdict: the first failure or, if a warning fails with `--strict`, the first warning. */
export function decisive(report: Report): Check | undefined {
  return firstFailure(report) ?? (report.verdict === "not-proven" ? warnings(report)[0] : undefined);
}

export function warnings(report: Report): readonly Check[] {
  return report.checks.filter((check) => check.result === "warn");
}
