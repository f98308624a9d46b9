import type { ValueProblem } from "../iam/names";

const LABEL_LENGTH = 63;
const SUBDOMAIN_LENGTH = 253;

/** Characters of a Helm release's name. Source: https://github.com/helm/helm/issues/6006 */
export const RELEASE_NAME_LENGTH = 53;

/**
 * Names that YAML 1.1, as Helm reads it, takes for a number, a boolean or null: in base 10 with fraction and exponent, 2,
 * 8 and 16, and YAML's words. Source: https://github.com/yaml/go-yaml/blob/v2.4.0/resolve.go
 */
const NO_STRINGS = /^(?:\d+(?:\.\d*)?(?:e-?\d+)?|0b[01]+|0o[0-7]+|0x[\da-f]+|true|false|yes|no|on|off|y|n|null)$/;

/** A namespace is an RFC 1123 label. Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
export function namespaceProblem(name: string): ValueProblem | undefined {
  if (name.length <= LABEL_LENGTH && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)) return undefined;
  return {
    problem: "is not a Kubernetes namespace",
    fix: `use lower-case letters, digits and "-", at most ${LABEL_LENGTH}`,
  };
}

/**
 * A service account's name is an RFC 1123 subdomain; as the name of its Helm release too, it is shorter.
 * Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
 */
export function serviceAccountProblem(name: string): ValueProblem | undefined {
  const label = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
  if (name === "default") {
    return {
      problem: "is the service account that every namespace has, and Helm cannot own it",
      fix: "use a name of its own",
    };
  }
  if (name.length > SUBDOMAIN_LENGTH || !new RegExp(`^${label}(\\.${label})*$`).test(name)) {
    return {
      problem: "is not a Kubernetes service account's name",
      fix: `use lower-case letters, digits, "-" and ".", at most ${RELEASE_NAME_LENGTH}`,
    };
  }
  if (name.length > RELEASE_NAME_LENGTH) {
    return {
      problem: `has ${name.length} characters, and is the name of its Helm release too`,
      fix: `use at most ${RELEASE_NAME_LENGTH}`,
    };
  }
  // The chart writes the name unquoted into YAML.
  if (NO_STRINGS.test(name)) {
    return {
      problem: "is a number or a boolean to YAML, and the chart does not quote it",
      fix: "begin it with a letter, and not as such a word",
    };
  }
  return undefined;
}
