/** The longest text of one finding, in characters, so that no response of a server fills a log. */
const LONGEST = 2000;

/** A JWT, complete or truncated, anywhere in a text. */
const JWT = /eyJ[\w-]{8,}(?:\.[\w-]*){1,2}/g;

/** Access key IDs, and secrets in the XML of AWS. */
const KEYS = /\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b|(<(SecretAccessKey|SessionToken|AccessKeyId)>)[^<]*/g;

/**
 * Returns a text from outside (claims, error messages, variables) in a form that is safe to print: without control
 * characters, which could rewrite a terminal or forge a line of a log, without tokens and keys, and cut to a limit. Line
 * ends are kept.
 */
export function printable(text: string, longest = LONGEST): string {
  const clean = text
    .slice(0, longest * 4)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression replaces them.
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g, "\ufffd")
    .replace(JWT, "[token]")
    .replace(KEYS, (_, tag: string | undefined) => `${tag ?? ""}[key]`);
  return cut(clean, longest);
}

/** Returns the same for a value within a line: line ends are replaced, and the limit is shorter. */
export function oneLine(text: string, longest = 300): string {
  return cut(printable(text, Math.max(longest, LONGEST)).replaceAll("\n", "\ufffd"), longest);
}

/** Returns an absolute path, or the length of another value: a variable can hold a secret by mistake. */
export function shownPath(value: string): string {
  return value.startsWith("/") ? oneLine(value) : `a value of ${value.length} characters that is not an absolute path`;
}

/** Cuts a text, and never within a surrogate pair. */
function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const half = /[\ud800-\udbff]/.test(text.charAt(longest - 1));
  return `${text.slice(0, half ? longest - 1 : longest)}…`;
}
