/** One element of a pattern: a literal character, one character, or any run of characters. */
type Token = { readonly literal: string } | "one" | "any" | "anyButSlash";

/** Returns the tokens of a resource in a policy. A policy variable can have any value. */
export function resourceTokens(text: string): Token[] {
  return Array.from(text.replace(/\$\{[^}]*\}/g, "*"), (character) =>
    character === "*" ? "any" : character === "?" ? "one" : { literal: character },
  );
}

/** Tokens of the formats of AWS's data. */
const FORMATS = new Map<string, readonly Token[]>();

/** Returns the tokens of a format such as `${BucketName}/${ObjectName}`. Its variables are not empty. */
export function formatTokens(format: string): readonly Token[] {
  const known = FORMATS.get(format);
  if (known) return known;
  const tokens = parsedFormat(format);
  FORMATS.set(format, tokens);
  return tokens;
}

function parsedFormat(format: string): Token[] {
  return format.split(/(\$\{[^}]*\})/).flatMap((part): Token[] => {
    if (!part.startsWith("${")) return Array.from(part, (literal) => ({ literal }));
    // A bucket's name has no slash: this separates the ARNs of buckets from those of objects.
    return part === "${BucketName}" ? ["anyButSlash"] : ["one", "any"];
  });
}

/** Returns whether one text exists that both patterns match. Takes at most a × b steps. */
export function patternsIntersect(first: readonly Token[], second: readonly Token[]): boolean {
  let same = 0;
  for (; typeof first[same] === "object" && typeof second[same] === "object"; same++) {
    if (!consumes(first[same] as Token, second[same] as Token)) return false;
  }
  const [a, b] = [first.slice(same), second.slice(same)];
  // reachable[j]: the first i tokens of a and the first j tokens of b match one text.
  let reachable = row(b, [true]);
  for (const token of a) {
    const next: boolean[] = [isRun(token) && reachable[0] === true];
    for (let j = 1; j <= b.length; j++) {
      const other = b[j - 1] as Token;
      next[j] =
        (isRun(token) && (reachable[j] === true || (consumes(token, other) && next[j - 1] === true))) ||
        (isRun(other) && (next[j - 1] === true || (consumes(other, token) && reachable[j] === true))) ||
        (!isRun(token) && !isRun(other) && consumes(token, other) && reachable[j - 1] === true);
    }
    reachable = next;
  }
  return reachable[b.length] === true;
}

function row(b: readonly Token[], start: boolean[]): boolean[] {
  for (const [j, token] of b.entries()) start.push(isRun(token) && start[j] === true);
  return start;
}

const isRun = (token: Token) => token === "any" || token === "anyButSlash";

/** Returns whether a token of one pattern can stand for a token of the other pattern. */
function consumes(a: Token, b: Token): boolean {
  if (typeof a === "object" && typeof b === "object") return a.literal === b.literal;
  return ![
    [a, b],
    [b, a],
  ].some(([one, other]) => one === "anyButSlash" && typeof other === "object" && other.literal === "/");
}
