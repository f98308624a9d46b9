/** One element of a pattern: a literal character, exactly one character, or any run of characters. */
export type GlobToken = { readonly literal: string } | "one" | "any";

/** `*` and `?` as IAM reads them: every other character stands for itself, and both match "/", ":" and line ends too. */
export function parseGlob(pattern: string): GlobToken[] {
  return Array.from(pattern, (character) =>
    character === "*" ? "any" : character === "?" ? "one" : { literal: character },
  );
}

/**
 * Whether a whole text matches. Takes at most pattern × text steps whatever the pattern, since it is an attacker who may
 * choose either: a regular expression would take exponential time for some.
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
      // The last `*` takes one character more.
      next = star + 1;
      resume++;
      at = resume;
    } else {
      return false;
    }
  }
  return tokens.slice(next).every((token) => token === "any");
}
