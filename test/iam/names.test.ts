import {
  accountIdProblem,
  descriptionProblem,
  pathProblem,
  policyNameProblem,
  roleNameProblem,
  tagKeyProblem,
  tagValueProblem,
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
    roleNameProblem,
    ["a", "A-b_c+=,.@9", x(ROLE_NAME_LENGTH)],
    ["", "a b", "a/b", "é", "a\n", x(ROLE_NAME_LENGTH + 1)],
  ],
  ["policy names", policyNameProblem, ["a", x(POLICY_NAME_LENGTH)], ["", "a:b", x(POLICY_NAME_LENGTH + 1)]],
  [
    "paths",
    pathProblem,
    ["/", "/a/", "/a/b!~/", `/${x(PATH_LENGTH - 2)}/`],
    ["", "a", "/a", "a/", "//", "/a b/", "/é/", `/${x(PATH_LENGTH - 1)}/`],
  ],
  [
    "account IDs",
    accountIdProblem,
    ["123456789012", "012345678901"],
    ["", "12345678901", "1234567890123", "1234-5678-9012", "12345678901a"],
  ],
  [
    "descriptions",
    descriptionProblem,
    ["", "Reads S3: é ÿ\n", x(DESCRIPTION_LENGTH)],
    ["€", "\u0000", "\u007f", x(DESCRIPTION_LENGTH + 1)],
  ],
  [
    "tag keys",
    tagKeyProblem,
    ["team", "a b:c/d=e+f-g@h.i_j", "équipe", x(TAG_KEY_LENGTH)],
    ["", "aws:x", "AWS:x", "a;b", x(TAG_KEY_LENGTH + 1)],
  ],
  ["tag values", tagValueProblem, ["", "a b", x(TAG_VALUE_LENGTH)], ["a;b", "a\nb", x(TAG_VALUE_LENGTH + 1)]],
])("%s", (_, problemOf, good, bad) => {
  test.each(good)("accept %j", (text) => {
    expect(problemOf(text)).toBeUndefined();
  });
  test.each(bad)("reject %j", (text) => {
    expect(problemOf(text)).toEqual({ problem: expect.stringMatching(/./), fix: expect.stringMatching(/./) });
  });
});

test.each([
  [pathProblem, "team", "/team/"],
  [pathProblem, "", "/"],
  [pathProblem, "x".repeat(PATH_LENGTH - 1), "at most"],
  [accountIdProblem, "1234-5678-9012", '"123456789012"'],
])("%p proposes a fix for %j: %s", (problemOf, text, fix) => {
  expect(problemOf(text)?.fix).toContain(fix);
});
