import {
  accountIdFlaw,
  descriptionFlaw,
  pathFlaw,
  policyNameFlaw,
  roleNameFlaw,
  tagKeyFlaw,
  tagValueFlaw,
} from "../../iam/names";
import {
  DESCRIPTION_LENGTH,
  PATH_LENGTH,
  POLICY_NAME_LENGTH,
  ROLE_NAME_LENGTH,
  TAG_KEY_LENGTH,
  TAG_VALUE_LENGTH,
} from "../../iam/quotas";

const x = (length: number) => "x".repeat(length);

describe.each([
  [
    "role names",
    roleNameFlaw,
    ["a", "A-b_c+=,.@9", x(ROLE_NAME_LENGTH)],
    ["", "a b", "a/b", "é", "a\n", x(ROLE_NAME_LENGTH + 1)],
  ],
  ["policy names", policyNameFlaw, ["a", x(POLICY_NAME_LENGTH)], ["", "a:b", x(POLICY_NAME_LENGTH + 1)]],
  [
    "paths",
    pathFlaw,
    ["/", "/a/", "/a/b!~/", `/${x(PATH_LENGTH - 2)}/`],
    ["", "a", "/a", "a/", "//", "/a b/", "/é/", `/${x(PATH_LENGTH - 1)}/`],
  ],
  [
    "account ids",
    accountIdFlaw,
    ["123456789012", "012345678901"],
    ["", "12345678901", "1234567890123", "1234-5678-9012", "12345678901a"],
  ],
  [
    "descriptions",
    descriptionFlaw,
    ["", "Reads S3: é ÿ\n", x(DESCRIPTION_LENGTH)],
    ["€", "\u0000", "\u007f", x(DESCRIPTION_LENGTH + 1)],
  ],
  [
    "tag keys",
    tagKeyFlaw,
    ["team", "a b:c/d=e+f-g@h.i_j", "équipe", x(TAG_KEY_LENGTH)],
    ["", "aws:x", "AWS:x", "a;b", x(TAG_KEY_LENGTH + 1)],
  ],
  ["tag values", tagValueFlaw, ["", "a b", x(TAG_VALUE_LENGTH)], ["a;b", "a\nb", x(TAG_VALUE_LENGTH + 1)]],
])("%s", (_, flawOf, good, bad) => {
  test.each(good)("%j is one", (text) => {
    expect(flawOf(text)).toBeUndefined();
  });
  test.each(bad)("fails for %j", (text) => {
    expect(flawOf(text)).toEqual({ problem: expect.stringMatching(/./), fix: expect.stringMatching(/./) });
  });
});

test("a path is mended", () => {
  expect(pathFlaw("team")?.fix).toBe("use /team/");
  expect(pathFlaw("")?.fix).toBe("use /");
});

test("an account id that is only written otherwise is mended", () => {
  expect(accountIdFlaw("1234-5678-9012")?.fix).toBe('use "123456789012"');
});
