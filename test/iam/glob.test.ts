import fc from "fast-check";
import { globMatches, parseGlob } from "../../iam/glob";

const matches = (pattern: string, text: string) => globMatches(parseGlob(pattern), text);

describe("patterns", () => {
  test.each([
    ["", "", true],
    ["", "a", false],
    ["*", "", true],
    ["*", "any/thing:\nat all", true],
    ["?", "", false],
    ["?", "x", true],
    ["?", "€", true],
    ["?", "😀", true],
    ["a*c", "abbbc", true],
    ["a*c", "abbb", false],
    ["a*b*c", "aXbYbZc", true],
    ["a.c", "abc", false],
    ["[a]", "a", false],
    ["z*:sa", "zab:sa", true],
    ["z*:sa", "ab:sa", false],
  ])("matches %j with %j: %s", (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  test("a pattern without wildcards matches only the same text", () => {
    const plain = fc.string({ unit: "grapheme" }).filter((text) => !/[*?]/.test(text));
    fc.assert(fc.property(plain, plain, (a, b) => matches(a, a) && (a === b || !matches(a, b))));
  });

  test("a pattern matches every text that is generated from it", () => {
    const piece = fc.oneof(
      fc
        .string()
        .filter((text) => !/[*?]/.test(text))
        .map((text) => [text, text]),
      fc.string().map((text) => ["*", text]),
      fc.string({ minLength: 1, maxLength: 1, unit: "grapheme-ascii" }).map((text) => ["?", text]),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) =>
        matches(pieces.map(([p]) => p).join(""), pieces.map(([, t]) => t).join("")),
      ),
    );
  });

  test("evaluates a pattern with many wildcards in polynomial time", () => {
    expect(matches(`${"a*".repeat(200)}b`, "a".repeat(2000))).toBe(false);
  });
});
