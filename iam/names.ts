import {
  DESCRIPTION_LENGTH,
  PATH_LENGTH,
  POLICY_NAME_LENGTH,
  ROLE_NAME_LENGTH,
  TAG_KEY_LENGTH,
  TAG_VALUE_LENGTH,
} from "./quotas";

/** A problem of a single value. */
export interface ValueProblem {
  /** Completes a sentence that begins with the value, such as `has 65 characters`. */
  readonly problem: string;
  /** An imperative clause, such as `use at most 64 characters`. */
  readonly fix: string;
}

const NAME_CHARACTERS = "letters, digits and _+=,.@-";

/** Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html (RoleName) */
export function roleNameProblem(name: string): ValueProblem | undefined {
  return nameProblem(name, "an IAM role name", ROLE_NAME_LENGTH);
}

/** Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html (PolicyName) */
export function policyNameProblem(name: string): ValueProblem | undefined {
  return nameProblem(name, "an IAM policy name", POLICY_NAME_LENGTH);
}

function nameProblem(name: string, what: string, longest: number): ValueProblem | undefined {
  if (/^[\w+=,.@-]+$/.test(name)) return lengthProblem(name, longest);
  return {
    problem: name === "" ? "is empty" : `is not ${what}`,
    fix: `use 1 to ${longest} characters: ${NAME_CHARACTERS}`,
  };
}

function lengthProblem(text: string, longest: number): ValueProblem | undefined {
  if (text.length <= longest) return undefined;
  return { problem: `has ${text.length} characters`, fix: `use at most ${longest} characters` };
}

/** Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html (Path) */
export function pathProblem(path: string): ValueProblem | undefined {
  if (!/^[!-~]*$/.test(path))
    return { problem: "is not an IAM path", fix: "use printable ASCII characters without spaces" };
  if (path === "/" || /^\/.+\/$/.test(path))
    return path === "//" ? wrongSlashes(path) : lengthProblem(path, PATH_LENGTH);
  return wrongSlashes(path);
}

function wrongSlashes(path: string): ValueProblem {
  const name = path.replace(/^\/+|\/+$/g, "");
  const fixed = name === "" ? "/" : `/${name}/`;
  const fix = fixed.length > PATH_LENGTH ? `use at most ${PATH_LENGTH} characters` : `use ${fixed}`;
  return { problem: 'does not begin and end with one "/"', fix };
}

/** Source: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html */
export function accountIdProblem(id: string): ValueProblem | undefined {
  if (/^\d{12}$/.test(id)) return undefined;
  const digits = id.replace(/[-\s]/g, "");
  return {
    problem: "is not an AWS account ID",
    fix: /^\d{12}$/.test(digits) ? `use "${digits}"` : "use the account's 12 digits, in quotes",
  };
}

/** Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html (Description) */
export function descriptionProblem(text: string): ValueProblem | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: IAM's pattern names tab, line feed and carriage return.
  if (!/^[\u0009\u000a\u000d\u0020-\u007e\u00a1-\u00ff]*$/.test(text)) {
    return { problem: "has characters that IAM does not accept", fix: "use ASCII characters and ¡ to ÿ" };
  }
  return lengthProblem(text, DESCRIPTION_LENGTH);
}

/** Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html */
export function tagKeyProblem(key: string): ValueProblem | undefined {
  if (key === "") return { problem: "is empty", fix: `use 1 to ${TAG_KEY_LENGTH} characters` };
  if (/^aws:/i.test(key)) return { problem: "begins with aws:, a prefix that AWS reserves", fix: "use another prefix" };
  return tagCharactersProblem(key) ?? lengthProblem(key, TAG_KEY_LENGTH);
}

/** Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html */
export function tagValueProblem(value: string): ValueProblem | undefined {
  return tagCharactersProblem(value) ?? lengthProblem(value, TAG_VALUE_LENGTH);
}

function tagCharactersProblem(text: string): ValueProblem | undefined {
  if (/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text)) return undefined;
  return {
    problem: "has characters that IAM does not accept in a tag",
    fix: "use letters, digits, spaces and _.:/=+-@",
  };
}
