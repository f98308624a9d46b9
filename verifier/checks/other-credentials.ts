import { shownPath } from "../pod/printable";
import { type PodView, setOf, variable } from "../pod/view";

// Credentials that the SDK of an application can use instead of the role.

/** The current names and the old ones, which some SDKs still read. */
export const STATIC_KEYS = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY", "AWS_SECRET_KEY"];

export const PROFILES = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

const POD_IDENTITY = ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"];

/** Settings of a shared configuration file that give an SDK other credentials than the role's. */
const OTHER_CREDENTIALS =
  /^\s*(?:\[\s*profile\s|(?:aws_access_key_id|credential_process|credential_source|role_arn|source_profile|sso_\w+|web_identity_token_file)\s*=)/m;

/** The first line of a file that SDKs cannot read as a shared configuration file. */
const NOT_INI = /^(?:\s*(?:[#;].*)?\n)*\s*[^\s[#;]/;

/** Returns the variables and files with other credentials than the role's. */
export function otherCredentials(pod: PodView): readonly string[] {
  return [...setOf(pod, [...STATIC_KEYS, ...POD_IDENTITY, ...PROFILES]), ...shadowingFiles(pod)];
}

/** Returns the shared configuration files that change the credentials of an SDK, or make the SDK fail. */
export function shadowingFiles(pod: PodView): readonly string[] {
  const home = variable(pod, "HOME") ?? "";
  return [
    variable(pod, "AWS_SHARED_CREDENTIALS_FILE") ?? `${home}/.aws/credentials`,
    variable(pod, "AWS_CONFIG_FILE") ?? `${home}/.aws/config`,
  ]
    .filter((path) => isShadowing(pod, path))
    .map(shownPath);
}

function isShadowing(pod: PodView, path: string): boolean {
  try {
    const text = pod.read(path, 1024 * 1024).toString("utf8");
    return OTHER_CREDENTIALS.test(text) || NOT_INI.test(text);
  } catch {
    return false;
  }
}
