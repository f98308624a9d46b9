import type { LineCounter, YAMLParseError } from "yaml";
import { codePoint } from "./quote";

/** A syntax error in the words of the file instead of the parser. */
export interface SyntaxProblem {
  readonly offset: number;
  readonly message: string;
  readonly fix: string;
}

/** Spaces that YAML does not treat as spaces, and characters without a width. */
const UNUSUAL_SPACE = /[\u00a0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff]/;

/** A key and a value without a space in between, or with a full-width colon. A URL, a Windows path and an ARN do not match. */
const NO_SPACE = /^(\s*(?:- )*)([A-Za-z][\w.-]*)(?::(?![\s:/\\]|$)|：\s*)(.+)$/;

/** Keys whose values no message shows. */
const SECRET = /secret|token|passw|credential|access_?key/i;

/** A line that Git writes where it cannot merge. */
const CONFLICT = /^(?:<{7}|={7}|>{7})(?= |\r?$)/m;

/** Returns the problem of a file with a conflict of Git; undefined for other files. */
export function explainConflict(text: string): SyntaxProblem | undefined {
  const found = CONFLICT.exec(text);
  const message = "the file has a conflict that Git could not merge";
  return found ? { offset: found.index, message, fix: "resolve the conflict" } : undefined;
}

/**
 * Explains a syntax error of the YAML parser. The parser can report an error far from its cause.
 * @param quotes whether the message can quote the file
 */
export function explainSyntax(text: string, lines: LineCounter, error: YAMLParseError, quotes: boolean): SyntaxProblem {
  const byCode = { offset: error.pos[0], ...explainCode(error) };
  if (!quotes) return byCode;
  const { line } = lines.linePos(error.pos[0]);
  const near = [line, line + 1, line - 1].filter((number) => number > 0);
  return (
    unusualSpace(text, lines, near) ??
    missingSpace(text, lines, near) ??
    indentation(text, lines, line, error) ??
    byCode
  );
}

function lineAt(text: string, lines: LineCounter, number: number): { start: number; content: string } {
  const start = lines.lineStarts[number - 1] ?? text.length;
  const end = lines.lineStarts[number] ?? text.length;
  return { start, content: text.slice(start, end).replace(/\r?\n$/, "") };
}

function unusualSpace(text: string, lines: LineCounter, near: readonly number[]): SyntaxProblem | undefined {
  for (const number of near) {
    const { start, content } = lineAt(text, lines, number);
    const found = UNUSUAL_SPACE.exec(content.replace(/#.*/, ""));
    if (found) {
      const message = `the character ${codePoint(found[0])} is not a space in YAML`;
      return { offset: start + found.index, message, fix: "replace the character with a space, or remove it" };
    }
  }
  return undefined;
}

function missingSpace(text: string, lines: LineCounter, near: readonly number[]): SyntaxProblem | undefined {
  for (const number of near) {
    const { start, content } = lineAt(text, lines, number);
    const found = NO_SPACE.exec(content);
    if (!found) continue;
    const [, indent = "", key = "", value = ""] = found;
    return { offset: start + indent.length, ...spaceAfterColon(key, value) };
  }
  return undefined;
}

/** Returns the problem of a text such as `namespace:z1`; undefined for other texts. */
export function explainMissingSpace(text: string): { message: string; fix: string } | undefined {
  const [, , key, value] = NO_SPACE.exec(text) ?? [];
  return key === undefined || value === undefined ? undefined : spaceAfterColon(key, value);
}

function spaceAfterColon(key: string, value: string): { message: string; fix: string } {
  const shown = SECRET.test(key) ? "…" : value.length > 40 ? `${value.slice(0, 40)}…` : value;
  return { message: `there is no space after the colon of ${key}`, fix: `write ${key}: ${shown}` };
}

function indentation(
  text: string,
  lines: LineCounter,
  line: number,
  { code, pos }: YAMLParseError,
): SyntaxProblem | undefined {
  if (code !== "BAD_INDENT" && code !== "BLOCK_AS_IMPLICIT_KEY" && code !== "MULTILINE_IMPLICIT_KEY") return undefined;
  const current = lineAt(text, lines, line);
  // The parser reports a line that is indented too deep at the value of the line above.
  const [above, below, number] =
    code === "BAD_INDENT"
      ? [lineAt(text, lines, line - 1), current, line]
      : [current, lineAt(text, lines, line + 1), line + 1];
  const [before, after] = [above, below].map(({ content }) => /^ */.exec(content)?.[0].length ?? 0);
  if (before === undefined || after === undefined || before === after || below.content.trim() === "") return undefined;
  if (code === "BAD_INDENT" ? line === 1 || pos[0] > below.start + after : after < before) return undefined;
  const message = `line ${number} is indented by ${after} spaces, and line ${number - 1} by ${before}`;
  return { offset: below.start + after, message, fix: "indent the keys of one map by the same number of spaces" };
}

function explainCode({ code, message }: YAMLParseError): { message: string; fix: string } {
  const bracket = /end with a ([\]}])/.exec(message)?.[1];
  if (bracket) return { message: "a bracket is not closed before this position", fix: `add the missing ${bracket}` };
  if (code === "TAB_AS_INDENT" || /tab/i.test(message))
    return { message: "the line is indented with a tab", fix: "indent with spaces" };
  if (/quote/.test(message)) return { message: "a quote is not closed before this position", fix: "close the quote" };
  if (code === "BLOCK_AS_IMPLICIT_KEY")
    return { message: 'the value contains ": "', fix: 'quote the value, such as description: "a: b"' };
  if (code === "BAD_SCALAR_START")
    return { message: "the value begins with a reserved character", fix: 'quote the value, such as "@name"' };
  if (/followed by map values/.test(message))
    return {
      message: "the line has no colon",
      fix: "write a key and a value, such as namespace: z1a2b3c4d-production",
    };
  if (code === "BAD_ALIAS") return { message: "the value begins with *", fix: 'quote the value, such as "*"' };
  const fix = "check the indentation, quotes, commas and brackets at this position";
  return { message: "the syntax is not valid", fix };
}
