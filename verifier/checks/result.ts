import { printable } from "../pod/printable";
import { CATALOGUE, type CatalogueEntry, type Category, type Code, hint, whomToAsk } from "./catalogue/index";

/** The text of a failed check or a warning. */
export interface Finding {
  /** The observed value and the expected one. */
  readonly detail: string;
  /** What to do, one fix per line. */
  readonly fix: string;
}

/** Why a call failed. */
export interface Failure extends Finding {
  readonly code: Code;
  /** The code that decides the exit code and whether a retry can help. @default - `code` */
  readonly reason?: Code;
  /** Whether the same call is likely to succeed at once. @default false */
  readonly transient?: true;
  /** Whether STS's message shows that the role's trust policy denied the call. @default false */
  readonly byTrustPolicy?: true;
}

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

function check(code: Code, result: Check["result"], detail?: string, fix?: string): Check {
  const { category, title } = entry(code);
  const text = (value?: string) => (value === undefined ? null : printable(value));
  return { code, category, title, result, detail: text(detail), fix: text(fix), hint: hint(code) };
}

export function passed(code: Code, detail?: string): Check {
  return check(code, "pass", detail);
}

/** Returns a check that was not made: an earlier check failed, or an option disables the check. */
export function skipped(code: Code, detail?: string): Check {
  return check(code, "skip", detail);
}

/** Returns a failure, or a warning if the catalogue declares the code as one. */
export function found(code: Code, { detail, fix }: Finding): Check {
  return check(code, entry(code).exit === 0 ? "warn" : "fail", detail, withContact(code, fix));
}

/** Returns a fix, followed by the people to ask if the fix needs more than Qovery's console. */
export function withContact(code: Code, fix: string): string {
  const contact = whomToAsk(code);
  return contact === undefined ? fix : `${fix}\n${contact}`;
}

export function isRetryable(code: Code): boolean {
  return entry(code).retryable === true;
}

export function exitOf(code: Code): number {
  return entry(code).exit;
}

/** Returns the code and the failure of a check, such as `QV301 STS denied access to the role`. */
export function headline({ code }: Check): string {
  return `${code} ${entry(code).failure}`;
}

/** A check as data. */
export interface CheckDefinition<Facts> {
  readonly code: Code;
  /** Returns the finding if the check fails, "skip" if the check cannot be made, undefined if the check passes. */
  readonly find: (facts: Facts) => Finding | "skip" | undefined;
  /** Returns the detail of a check that passes. @default - no detail */
  readonly pass?: (facts: Facts) => string | undefined;
}

/** Makes every check of a list, also after a failure. */
export function runChecks<Facts>(definitions: readonly CheckDefinition<Facts>[], facts: Facts): Check[] {
  return definitions.map(({ code, find, pass }) => {
    const finding = find(facts);
    if (finding === "skip") return skipped(code);
    return finding ? found(code, finding) : passed(code, pass?.(facts));
  });
}
