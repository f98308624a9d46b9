import { type Category, explains } from "../checks/catalogue";
import { type Check, headline } from "../checks/result";
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

/**
 * Returns the report as text: categories and one line per check, as in `linkerd check`. The last lines are the verdict,
 * its cause and the fix.
 */
export function renderText(report: Report, style: TextStyle): string {
  const paint = (text: string, colour: number) => (style.colour ? `\u001b[${colour}m${text}\u001b[0m` : text);
  const mark = (result: Check["result"]) =>
    paint(style.unicode ? MARKS[result].unicode : MARKS[result].ascii, MARKS[result].colour);
  const cause = decisive(report);
  const lines: string[] = [];
  let heading: Category | undefined;
  for (const check of inCategories(report.checks)) {
    if (check.category !== heading) {
      heading = check.category;
      lines.push(...(lines.length > 0 ? [""] : []), HEADINGS[heading], "-".repeat(HEADINGS[heading].length));
    }
    lines.push(...checkLines(check, mark(check.result), check === cause));
  }
  lines.push("", verdictLine(report, mark(report.exitCode === 0 ? "pass" : "fail")));
  if (cause) lines.push(...causeLines(report, cause));
  const text = `${lines.join("\n")}\n`;
  return style.unicode ? text : ascii(text);
}

/** @param isCause whether the last lines of the report show the fix */
function checkLines(check: Check, mark: string, isCause: boolean): string[] {
  const detail = indented(check.detail, "    ");
  if (check.result === "pass") return [`${mark} ${check.title}`, ...detail];
  if (check.result === "skip") return [`${mark} ${check.title} (skipped)`, ...detail];
  const fix = isCause ? [] : [...fixLines(check.fix, "    "), `    see ${check.hint}`];
  return [`${mark} ${headline(check)}`, ...detail, ...fix];
}

/** Lines of the detail that the last lines of the report repeat: the answer, and what it means. */
const SUMMARY = 2;

function causeLines(report: Report, cause: Check): string[] {
  const summary = indented(cause.detail, "    ").slice(0, SUMMARY);
  return [
    `  cause: ${headline(cause)}`,
    ...summary.map((line) => line.replace(/:$/, ".")),
    ...warnings(report)
      .filter(({ code }) => explains(code, cause.code))
      .map((warning) => `  warning: ${headline(warning)}. ${warning.detail}`),
    ...fixLines(cause.fix, "  "),
    `  see ${cause.hint}`,
  ];
}

function fixLines(fix: string | null, indent: string): string[] {
  if (fix === null) return [];
  return fix.includes("\n") ? [`${indent}fix:`, ...indented(fix, `${indent}  `)] : [`${indent}fix: ${fix}`];
}

function indented(text: string | null, indent: string): string[] {
  return text === null ? [] : text.split("\n").map((line) => indent + line);
}

function inCategories(checks: readonly Check[]): readonly Check[] {
  const order = Object.keys(HEADINGS);
  return checks.toSorted((a, b) => order.indexOf(a.category) - order.indexOf(b.category));
}

function verdictLine(report: Report, mark: string): string {
  const count = warnings(report).length;
  const warned = count === 0 ? "" : ` (${count} ${count === 1 ? "warning" : "warnings"})`;
  const tries = report.attempts === 1 ? "" : `, after ${report.attempts} tries`;
  const after = `in ${(report.durationMs / 1000).toFixed(2)} s${tries}`;
  const [subject, role] = [report.token.subject ?? "this pod", report.role.expected ?? "a role"];
  const denied = report.expect === "denied";
  if (report.verdict === "proven") {
    return `${mark} proven ${after}${warned}: ${subject} ${denied ? "is denied" : "has access as"} ${role}`;
  }
  const claim = denied ? `that ${subject} is denied ${role}` : `access of ${subject} as ${role}`;
  const line = `${mark} ${report.verdict.replace("-", " ")} ${after}${warned}: ${claim}`;
  const cause = decisive(report);
  if (!cause) return `${line}; the verifier was stopped`;
  return cause.result === "warn" ? `${line}; a warning fails with --strict` : line;
}

/** Replaces every character that a terminal without UTF-8 cannot show. */
function ascii(text: string): string {
  return (
    text
      .replaceAll("…", "...")
      .replaceAll("→", "->")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape begins the colours.
      .replace(/[^\n\u001b -~]/g, "?")
  );
}
