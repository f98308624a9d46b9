import { printable } from "../pod/printable";
import { CATALOGUE, type CatalogueEntry, type Category, type Code, hint, notesOn, whomToAsk } from "./catalogue/index";

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
  /** What was observed, or why the check was skipped. */
  readonly detail: string | null;
  readonly fix: string | null;
  readonly hint: string;
}

/** The longest fix, in characters: several sentences of the catalogue, with an ARN and a subject in them. */
const LONGEST_FIX = 4000;

function entry(code: Code): CatalogueEntry {
  return CATALOGUE[code];
}

function check(code: Code, result: Check["result"], detail?: string, fix?: string): Check {
  const { category, title } = entry(code);
  const text = (value?: string, longest?: number) => (value === undefined ? null : printable(value, longest));
  return { code, category, title, result, detail: text(detail), fix: text(fix, LONGEST_FIX), hint: hint(code) };
}

export function passed(code: Code, detail?: string): Check {
  return check(code, "pass", detail);
}

/** Returns a check that was not made. @param reason a phrase such as `QV101 failed` */
export function skipped(code: Code, reason: string): Check {
  return check(code, "skip", reason);
}

/**
 * Returns a failure, or a warning if the catalogue declares the code as one.
 * @param reason the code whose fixes apply. @default - `code`
 */
export function found(code: Code, { detail, fix }: Finding, reason = code): Check {
  return check(code, entry(code).exit === 0 ? "warn" : "fail", detail, withNotes(reason, fix));
}

/** Returns a fix, followed by what its words mean and by the people to ask if Qovery's console is not enough. */
function withNotes(code: Code, fix: string): string {
  const contact = whomToAsk(code);
  return [fix, ...notesOn(fix), ...(contact === undefined ? [] : [contact])].join("\n");
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

/** A check that cannot be made, or that another check replaces. */
export interface Skip {
  readonly skip: string;
}

/** A check as data. */
export interface CheckDefinition<Facts> {
  readonly code: Code;
  /** Returns the finding if the check fails, the reason if the check is not made, undefined if the check passes. */
  readonly find: (facts: Facts) => Finding | Skip | undefined;
  /** Returns the detail of a check that passes. @default - no detail */
  readonly pass?: (facts: Facts) => string | undefined;
}

/** Makes every check of a list, also after a failure. */
export function runChecks<Facts>(definitions: readonly CheckDefinition<Facts>[], facts: Facts): Check[] {
  return definitions.map(({ code, find, pass }) => {
    const finding = find(facts);
    if (finding && "skip" in finding) return skipped(code, finding.skip);
    return finding ? found(code, finding) : passed(code, pass?.(facts));
  });
}
