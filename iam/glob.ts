const ONE = Symbol("?");
const ANY = Symbol("*");

/** One element of a pattern: a literal character, exactly one character, or any run of characters. */
export type GlobToken = string | typeof ONE | typeof ANY;

/** An IAM pattern. */
export class Glob {
  /** @param tokens the elements, where a `*` or `?` of the text is a literal character */
  constructor(
    readonly text: string,
    private parsed?: readonly GlobToken[],
  ) {}

  /** The elements. Most patterns are only compared as text, so they are not split before they are needed. */
  get tokens(): readonly GlobToken[] {
    this.parsed ??= Array.from(this.text, (character) =>
      character === "*" ? ANY : character === "?" ? ONE : character,
    );
    return this.parsed;
  }
}

/** Returns an IAM pattern. Only `*` and `?` are special; both also match "/", ":" and line ends. */
export function parseGlob(pattern: string): Glob {
  return new Glob(pattern);
}

/** Returns a pattern with these elements. */
export function globOf(tokens: readonly GlobToken[]): Glob {
  return new Glob(tokens.map((token) => (token === ANY ? "*" : token === ONE ? "?" : token)).join(""), tokens);
}

/**
 * Returns whether a pattern matches a whole text. Takes at most pattern × text steps: an attacker can choose both, and a
 * regular expression takes exponential time for some patterns.
 */
export function globMatches(glob: Glob, text: string): boolean {
  if (!/[*?]/.test(glob.text)) return glob.text === text;
  const { tokens } = glob;
  const characters = Array.from(text);
  let [at, next, star, resume] = [0, 0, -1, 0];
  while (at < characters.length) {
    const token = tokens[next];
    if (token === ANY) {
      [star, resume] = [next, at];
      next++;
    } else if (token === ONE || (token !== undefined && token === characters[at])) {
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
  return tokens.slice(next).every((token) => token === ANY);
}
