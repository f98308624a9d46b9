import { type Glob, type GlobToken, globOf, parseGlob } from "./glob";

/** The condition keys of a request, in lower case, with their values. */
export type RequestContext = ReadonlyMap<string, readonly string[]>;

/**
 * Returns a condition's value as a pattern in which policy variables are replaced: `${key}`, `${key, 'default'}`, and
 * `${*}`, `${?}` and `${$}` for these characters. A `*` or `?` that comes from a variable is a literal character.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 * @returns undefined if a variable does not have exactly one value, which prevents the statement from matching
 */
export function patternWithVariables(value: string, context: RequestContext): Glob | undefined {
  if (!value.includes("${")) return parseGlob(value);
  const tokens: GlobToken[] = [];
  let from = 0;
  for (const match of value.matchAll(/\$\{([^}]*)\}/g)) {
    tokens.push(...parseGlob(value.slice(from, match.index)).tokens);
    const replaced = variable(match[1] ?? "", context);
    if (replaced === undefined) return undefined;
    tokens.push(...replaced);
    from = match.index + match[0].length;
  }
  tokens.push(...parseGlob(value.slice(from)).tokens);
  return globOf(tokens);
}

function variable(text: string, context: RequestContext): string | undefined {
  if (["*", "?", "$"].includes(text)) return text;
  const [, key = "", fallback] = /^\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?$/.exec(text) ?? [];
  const values = context.get(key.toLowerCase());
  if (values === undefined) return fallback;
  return values.length === 1 ? values[0] : undefined;
}
