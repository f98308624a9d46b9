/** One element of a pattern: a literal character, exactly one character, or any run of characters. */
export type GlobToken = { readonly literal: string } | "one" | "any";

/** Parsed patterns. The evaluation of many requests parses the patterns of a policy again and again. */
const PARSED = new Map<string, readonly GlobToken[]>();
const MOST_PARSED = 1000;

/** Returns the elements of an IAM pattern. Only `*` and `?` are special; both also match "/", ":" and line ends. */
export function parseGlob(pattern: string): readonly GlobToken[] {
  const known = PARSED.get(pattern);
  if (known) return known;
  const tokens = Array.from(
    pattern,
    (character): GlobToken => (character === "*" ? "any" : character === "?" ? "one" : { literal: character }),
  );
  if (PARSED.size >= MOST_PARSED) PARSED.clear();
  PARSED.set(pattern, tokens);
  return tokens;
}

/**
 * Returns whether a pattern matches a whole text. Takes at most pattern × text steps: an attacker can choose both, and a
 * regular expression takes exponential time for some patterns.
 */
export function globMatches(tokens: readonly GlobToken[], text: string): boolean {
  const characters = Array.from(text);
  let [at, next, star, resume] = [0, 0, -1, 0];
  while (at < characters.length) {
    const token = tokens[next];
    if (token === "any") {
      [star, resume] = [next, at];
      next++;
    } else if (token !== undefined && (token === "one" || token.literal === characters[at])) {
      next++;
      at++;
    } else if (star >= 0) {
      next = star + 1;
      resume++;
      at = resume;
    } else {
      return false;
    }
  }
  return tokens.slice(next).every((token) => token === "any");
}
