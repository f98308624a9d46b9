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

const MARKS: Readonly<Record<Check["result"] | "undecided", Mark>> = {
  pass: { unicode: "√", ascii: "[ok]", colour: 32 },
  warn: { unicode: "‼", ascii: "[warn]", colour: 33 },
  fail: { unicode: "×", ascii: "[fail]", colour: 31 },
  skip: { unicode: "-", ascii: "[skip]", colour: 2 },
  undecided: { unicode: "?", ascii: "[?]", colour: 33 },
};

const MARK_OF_VERDICT = { proven: "pass", "not-proven": "fail", undecided: "undecided" } as const;

/**
 * Returns the report as text: categories and one line per check, as in `linkerd check`. The last lines are the verdict,
 * its cause and the fix. Each detail and each fix appears once.
 */
export function renderText(report: Report, style: TextStyle): string {
  const paint = (text: string, colour: number) => (style.colour ? `\u001b[${colour}m${text}\u001b[0m` : text);
  const mark = (result: keyof typeof MARKS) =>
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
  lines.push("", verdictLine(report, mark(MARK_OF_VERDICT[report.verdict])));
  if (cause) lines.push(...causeLines(report, cause));
  const text = `${lines.join("\n")}\n`;
  return style.unicode ? text : ascii(text);
}

/** @param isCause whether the last lines of the report show the detail and the fix */
function checkLines(check: Check, mark: string, isCause: boolean): string[] {
  const { result, title, detail, fix, hint } = check;
  if (result === "skip") return [`${mark} ${title} (skipped: ${detail})`];
  if (result === "pass") return [`${mark} ${title}`, ...indented(detail, "    ")];
  if (isCause) return [`${mark} ${headline(check)} (see the end)`];
  return [`${mark} ${headline(check)}`, ...indented(detail, "    "), ...fixLines(fix, "    "), `    see ${hint}`];
}

function causeLines(report: Report, cause: Check): string[] {
  const reasons = warnings(report).filter(({ code }) => explains(code, cause.code));
  return [
    `  cause: ${headline(cause)}`,
    ...indented(cause.detail, "    "),
    ...reasons.map((warning) => `  likely reason: ${headline(warning)} (see above)`),
    ...fixLines(cause.fix, "  "),
    `  see ${cause.hint}`,
  ];
}

function fixLines(fix: string | null, indent: string): string[] {
  if (fix === null) return [];
  if (!fix.includes("\n")) return [`${indent}fix: ${fix}`];
  const choice = fix.startsWith("1. If ") ? " (choose the one that applies)" : "";
  return [`${indent}fix${choice}:`, ...indented(fix, `${indent}  `)];
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
  const cause = decisive(report);
  const claim =
    cause?.code === "QV320"
      ? `isolation is broken: ${subject} can assume ${role}`
      : denied
        ? `isolation of ${role} from ${subject}`
        : `access of ${subject} as ${role}`;
  const line = `${mark} ${report.verdict.replace("-", " ")} ${after}${warned}: ${claim}`;
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
