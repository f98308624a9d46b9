import type { Category } from "../checks/catalogue";
import { type Check, headline } from "../checks/check";
import { decisive, type Report, warnings } from "./report";

export interface TextStyle {
  readonly unicode: boolean;
  readonly colour: boolean;
}

const HEADINGS: Readonly<Record<Category, string>> = {
  environment: "environment",
  token: "token",
  sts: "sts",
  identity: "identity and probe",
  network: "network",
};

type Mark = { readonly unicode: string; readonly ascii: string; readonly colour: number };

const MARKS: Readonly<Record<Check["result"], Mark>> = {
  pass: { unicode: "√", ascii: "[ok]", colour: 32 },
  warn: { unicode: "‼", ascii: "[warn]", colour: 33 },
  fail: { unicode: "×", ascii: "[fail]", colour: 31 },
  skip: { unicode: "-", ascii: "[skip]", colour: 2 },
};

/** The report for a person, as `linkerd check` shows its own: categories, a line a check, the verdict last. */
export function renderText(report: Report, style: TextStyle): string {
  const paint = (text: string, colour: number) => (style.colour ? `\u001b[${colour}m${text}\u001b[0m` : text);
  const mark = (result: Check["result"]) =>
    paint(style.unicode ? MARKS[result].unicode : MARKS[result].ascii, MARKS[result].colour);
  const lines: string[] = [];
  let heading: Category | undefined;
  for (const check of inCategories(report.checks)) {
    if (check.category !== heading) {
      heading = check.category;
      lines.push(...(lines.length > 0 ? [""] : []), HEADINGS[heading], "-".repeat(HEADINGS[heading].length));
    }
    lines.push(...checkLines(check, mark(check.result)));
  }
  const failure = decisive(report);
  lines.push("", verdictLine(report, failure, mark(report.exitCode === 0 ? "pass" : "fail")));
  if (failure?.fix) lines.push(`  fix: ${failure.fix}`, `  see ${failure.hint}`);
  const text = `${lines.join("\n")}\n`;
  return style.unicode ? text : ascii(text);
}

/** Checks that passed or were skipped without a word are many and say little: they are one line each. */
function checkLines(check: Check, mark: string): string[] {
  const indent = (text: string) => text.split("\n").map((line) => `    ${line}`);
  if (check.result === "pass" || check.result === "skip") {
    return [`${mark} ${check.title}`, ...(check.detail ? indent(check.detail) : [])];
  }
  return [
    `${mark} ${headline(check)}`,
    ...(check.detail ? indent(check.detail) : []),
    ...(check.fix ? indent(`fix: ${check.fix}`) : []),
    `    see ${check.hint}`,
  ];
}

function inCategories(checks: readonly Check[]): readonly Check[] {
  const order = Object.keys(HEADINGS);
  return checks.toSorted((a, b) => order.indexOf(a.category) - order.indexOf(b.category));
}

function verdictLine(report: Report, failure: Check | undefined, mark: string): string {
  const count = warnings(report).length;
  const warned = count === 0 ? "" : ` (${count} ${count === 1 ? "warning" : "warnings"})`;
  const tries = report.attempts === 1 ? "" : `, at try ${report.attempts}`;
  const after = `in ${(report.durationMs / 1000).toFixed(2)} s${tries}`;
  const what =
    report.expect === "denied"
      ? `${report.token.subject} is denied ${report.role.expected}`
      : `${report.token.subject} has access as ${report.role.expected}`;
  if (report.verdict === "proven") return `${mark} proven ${after}${warned}: ${what}`;
  const strictly = failure?.result === "warn" ? ", which fails with --strict" : "";
  const cause = failure ? `${headline(failure)}${strictly}` : "the verifier was stopped";
  return `${mark} ${report.verdict === "undecided" ? "undecided" : "not proven"} ${after}${warned}: ${cause}`;
}

/** Text from outside may hold any character; a terminal without UTF-8 gets none that it cannot show. */
function ascii(text: string): string {
  return (
    text
      .replaceAll("…", "...")
      .replaceAll("→", "->")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape begins the colours.
      .replace(/[^\n\u001b -~]/g, "?")
  );
}
