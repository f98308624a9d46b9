import {
  DESCRIPTION_LENGTH,
  PATH_LENGTH,
  POLICY_NAME_LENGTH,
  ROLE_NAME_LENGTH,
  TAG_KEY_LENGTH,
  TAG_VALUE_LENGTH,
} from "./quotas";

/** What is wrong with a value, worded to follow it, and how to mend it. */
export interface ValueProblem {
  readonly problem: string;
  readonly fix: string;
}

const FRIENDLY = "letters, digits and _+=,.@-";

/** Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html (RoleName) */
export function roleNameProblem(name: string): ValueProblem | undefined {
  return friendlyNameProblem(name, "an IAM role's name", ROLE_NAME_LENGTH);
}

/** Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html (PolicyName) */
export function policyNameProblem(name: string): ValueProblem | undefined {
  return friendlyNameProblem(name, "an IAM policy's name", POLICY_NAME_LENGTH);
}

function friendlyNameProblem(name: string, what: string, longest: number): ValueProblem | undefined {
  if (name === "") return { problem: "is empty", fix: `use 1 to ${longest} ${FRIENDLY}` };
  if (name.length > longest)
    return { problem: `has ${name.length} characters, more than ${what} may have`, fix: `use at most ${longest}` };
  if (!/^[\w+=,.@-]+$/.test(name)) return { problem: `is not ${what}`, fix: `use ${FRIENDLY}, at most ${longest}` };
  return undefined;
}

/** Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html (Path) */
export function pathProblem(path: string): ValueProblem | undefined {
  const wrapped = `/${path.replace(/^\/+|\/+$/g, "")}/`;
  if (path.length > PATH_LENGTH) return { problem: `has ${path.length} characters`, fix: `use at most ${PATH_LENGTH}` };
  if (!/^[!-~]*$/.test(path))
    return { problem: "is not an IAM path", fix: "use printable ASCII characters without spaces" };
  if (path !== "/" && (path === "//" || !/^\/.+\/$/.test(path))) {
    return { problem: 'does not begin and end with "/"', fix: wrapped === "//" ? "use /" : `use ${wrapped}` };
  }
  return undefined;
}

/** Source: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html */
export function accountIdProblem(id: string): ValueProblem | undefined {
  if (/^\d{12}$/.test(id)) return undefined;
  const digits = id.replace(/[-\s]/g, "");
  return {
    problem: "is not an AWS account id",
    fix: /^\d{12}$/.test(digits) ? `use "${digits}"` : "use its 12 digits, in quotes",
  };
}

/** Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html (Description) */
export function descriptionProblem(text: string): ValueProblem | undefined {
  if (text.length > DESCRIPTION_LENGTH)
    return { problem: `has ${text.length} characters`, fix: `use at most ${DESCRIPTION_LENGTH}` };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: IAM's own pattern names tab, line feed and carriage return.
  if (!/^[\u0009\u000a\u000d\u0020-\u007e\u00a1-\u00ff]*$/.test(text)) {
    return { problem: "has characters that IAM does not take", fix: "use Latin-1 characters (ASCII and ¡ to ÿ)" };
  }
  return undefined;
}

const TAG_CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const TAG_FIX = "use letters, digits, spaces and _.:/=+-@";

/** Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html */
export function tagKeyProblem(key: string): ValueProblem | undefined {
  if (key === "") return { problem: "is empty", fix: `use 1 to ${TAG_KEY_LENGTH} characters` };
  if (key.length > TAG_KEY_LENGTH)
    return { problem: `has ${key.length} characters`, fix: `use at most ${TAG_KEY_LENGTH}` };
  if (/^aws:/i.test(key)) return { problem: "begins with aws:, which is AWS's own", fix: "use another prefix" };
  return TAG_CHARACTERS.test(key)
    ? undefined
    : { problem: "has characters that a tag's key may not have", fix: TAG_FIX };
}

export function tagValueProblem(value: string): ValueProblem | undefined {
  if (value.length > TAG_VALUE_LENGTH)
    return { problem: `has ${value.length} characters`, fix: `use at most ${TAG_VALUE_LENGTH}` };
  return TAG_CHARACTERS.test(value)
    ? undefined
    : { problem: "has characters that a tag's value may not have", fix: TAG_FIX };
}
