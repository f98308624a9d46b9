import { printable } from "../pod/printable";
import { CATALOGUE, type CatalogueEntry, type Category, type Code, hint } from "./catalogue";

/** What a failed check or a warning has to say. */
export interface Finding {
  /** What was seen. */
  readonly detail: string;
  /** What to do about it. */
  readonly fix: string;
}

/** Why a call failed. */
export interface Failure extends Finding {
  readonly code: Code;
}

/** The places on Qovery that can set a pod's variable. */
export const VARIABLES = "Variables of the service, its environment and its project on Qovery";

/** One check of a report. */
export interface Check {
  /** A check that passes keeps the code that it would fail with. */
  readonly code: Code;
  readonly category: Category;
  readonly title: string;
  readonly result: "pass" | "warn" | "fail" | "skip";
  readonly detail: string | null;
  readonly fix: string | null;
  readonly hint: string;
}

function entry(code: Code): CatalogueEntry {
  return CATALOGUE[code];
}

function check(code: Code, result: Check["result"], detail: string | null, fix: string | null): Check {
  const { category, title } = entry(code);
  return { code, category, title, result, detail, fix, hint: hint(code) };
}

export function passed(code: Code, detail?: string): Check {
  return check(code, "pass", detail === undefined ? null : printable(detail), null);
}

/** A check that could not be made, since one before it failed, or that is not asked for. */
export function skipped(code: Code, detail?: string): Check {
  return check(code, "skip", detail === undefined ? null : printable(detail), null);
}

/** A failure, or a warning where the catalogue says that its code is one. */
export function found(code: Code, { detail, fix }: Finding): Check {
  return check(code, entry(code).exit === 0 ? "warn" : "fail", printable(detail), printable(fix));
}

export function isRetryable(code: Code): boolean {
  return entry(code).retryable === true;
}

export function exitOf(code: Code): number {
  return entry(code).exit;
}

/** A failed check or a warning in a few words: `QV301 STS denies the role to this token`. */
export function headline({ code }: Check): string {
  return `${code} ${entry(code).failure}`;
}

/** One check as data: what it looks at, and what it finds. */
export interface CheckDefinition<Facts> {
  readonly code: Code;
  /** The finding where the check fails, "skip" where it cannot be made, undefined where it passes. */
  readonly find: (facts: Facts) => Finding | "skip" | undefined;
  /** What a pass has to say. @default - nothing */
  readonly pass?: (facts: Facts) => string | undefined;
}

/** Makes every check of a list, whatever the others find. */
export function runChecks<Facts>(definitions: readonly CheckDefinition<Facts>[], facts: Facts): Check[] {
  return definitions.map(({ code, find, pass }) => {
    const finding = find(facts);
    if (finding === "skip") return skipped(code);
    return finding ? found(code, finding) : passed(code, pass?.(facts));
  });
}
