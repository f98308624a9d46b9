/** The longest text of one finding, in characters: no answer of a server fills a log. */
const LONGEST = 2000;

/** A JWT, whole or cut, wherever it stands: no text that came from outside may carry one into a log. */
const JWT = /eyJ[\w-]{8,}(?:\.[\w-]*){1,2}/g;

/** Access key ids, and what AWS's XML holds of secrets. */
const KEYS = /\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b|(<(SecretAccessKey|SessionToken|AccessKeyId)>)[^<]*/g;

/**
 * A text from outside (claims, error messages, variables) as it may be printed: no control characters, which could
 * rewrite a terminal or forge a line of a log, no tokens or keys, and not endless. Line ends that are ours are kept.
 */
export function printable(text: string): string {
  const clean = text
    .slice(0, LONGEST * 4)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced.
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g, "\ufffd")
    .replace(JWT, "[token]")
    .replace(KEYS, (_, tag: string | undefined) => `${tag ?? ""}[key]`);
  return cut(clean, LONGEST);
}

/** The same for a value within a line: line ends are replaced too, and it is cut short. */
export function oneLine(text: string, longest = 300): string {
  return cut(printable(text).replaceAll("\n", "\ufffd"), longest);
}

/** Between characters, also those that are two units of UTF-16. */
function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const half = /[\ud800-\udbff]/.test(text[longest - 1] ?? "");
  return `${text.slice(0, half ? longest - 1 : longest)}…`;
}
