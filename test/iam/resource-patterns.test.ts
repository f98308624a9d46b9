import fc from "fast-check";
import { globMatches, parseGlob } from "../../iam/glob";
import { formatTokens, patternsIntersect, resourceTokens } from "../../iam/resource-patterns";

const fits = (resource: string, format: string) => patternsIntersect(resourceTokens(resource), formatTokens(format));

test.each([
  ["photos", "${BucketName}", true],
  ["photos*", "${BucketName}", true],
  ["photos/*", "${BucketName}", false],
  ["photos/a/b", "${BucketName}/${ObjectName}", true],
  ["photos", "${BucketName}/${ObjectName}", false],
  ["photos*", "${BucketName}/${ObjectName}", true],
  ["*", "${BucketName}/${ObjectName}", true],
  ["${aws:username}", "role/${RoleName}", true],
  ["role/", "role/${RoleName}", false],
  ["r?le/x", "role/${RoleName}", true],
  ["roles/x", "role/${RoleName}", false],
  ["log-group:x:*", "log-group:${LogGroupName}:log-stream:${LogStreamName}", true],
  ["", "", true],
  ["*", "", true],
  ["x", "", false],
])("the resource %j fits the format %j: %s", (resource, format, expected) => {
  expect(fits(resource, format)).toBe(expected);
});

test("a pattern intersects a text if it matches the text", () => {
  const letters = (characters: string) => fc.string({ unit: fc.constantFrom(...characters), maxLength: 8 });
  fc.assert(
    fc.property(letters("ab*?"), letters("ab"), (pattern, text) => {
      expect(patternsIntersect(resourceTokens(pattern), resourceTokens(text))).toBe(
        globMatches(parseGlob(pattern), text),
      );
      expect(patternsIntersect(resourceTokens(text), resourceTokens(pattern))).toBe(
        globMatches(parseGlob(pattern), text),
      );
    }),
  );
});
