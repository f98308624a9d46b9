import type { ValueProblem } from "../iam/names";

const LABEL_LENGTH = 63;
const SUBDOMAIN_LENGTH = 253;

/** Characters of the name of a Helm release. Source: https://github.com/helm/helm/issues/6006 */
const RELEASE_NAME_LENGTH = 53;

/**
 * A chart's release and service account often have one name. A release of this project with that name would replace the
 * chart's release, and delete its objects.
 */
const RELEASE_PREFIX = "irsa-";

/** Characters of the name of a service account that a Helm release creates. */
const RELEASED_NAME_LENGTH = RELEASE_NAME_LENGTH - RELEASE_PREFIX.length;

/** Returns the name of the Helm release that creates a service account. */
export function releaseName(serviceAccount: string): string {
  return `${RELEASE_PREFIX}${serviceAccount}`;
}

/**
 * Names that Helm's YAML parser reads as a number, a boolean or null.
 * Source: https://github.com/yaml/go-yaml/blob/v2.4.0/resolve.go
 */
const NOT_A_STRING = /^(?:\d+(?:\.\d*)?(?:e-?\d+)?|0b[01]+|0o[0-7]+|0x[\da-f]+|true|false|yes|no|on|off|y|n|null)$/;

const LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
const NAMESPACE = new RegExp(`^${LABEL}$`);
const SERVICE_ACCOUNT = new RegExp(`^${LABEL}(\\.${LABEL})*$`);

/**
 * Checks the name of a namespace: an RFC 1123 label.
 * Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
 */
export function namespaceProblem(name: string): ValueProblem | undefined {
  if (name.length <= LABEL_LENGTH && NAMESPACE.test(name)) return undefined;
  if (name.includes("*")) {
    const fix = "use the name of one namespace: QOVERY_KUBERNETES_NAMESPACE_NAME of the environment";
    return { problem: "has a wildcard", fix };
  }
  const { namespace } = copied(name);
  const isValid = namespace !== undefined && namespaceProblem(namespace) === undefined;
  return {
    problem: "is not a valid Kubernetes namespace",
    fix: isValid ? `use ${namespace}` : `use lower-case letters, digits and "-", at most ${LABEL_LENGTH}`,
  };
}

/** Checks a pattern of namespaces: how their names begin, and "*". */
export function namespacePatternProblem(pattern: string): ValueProblem | undefined {
  const beginning = pattern.slice(0, -1);
  if (pattern.endsWith("*") && beginning.length <= LABEL_LENGTH && /^(?:[a-z0-9][a-z0-9-]*)?$/.test(beginning))
    return undefined;
  if (namespaceProblem(pattern) === undefined) {
    const fix = `for one namespace, use scope: environment and namespace: ${pattern} instead`;
    return { problem: 'has no "*" at its end', fix };
  }
  return {
    problem: "is not a pattern of namespaces",
    fix: `use at most ${LABEL_LENGTH} lower-case letters, digits and "-", and one "*" at the end`,
  };
}

/** Returns the names in a text that was copied with more around them: a token's subject, `<namespace>/<name>`, spaces. */
function copied(text: string): { namespace?: string | undefined; serviceAccount?: string | undefined } {
  const [, ...parts] = /^\s*(?:system:serviceaccount:([^:\s]+):([^:\s]+)|([^/:\s]+)\/([^/:\s]+))\s*$/.exec(text) ?? [];
  if (parts.length > 0) return { namespace: parts[0] ?? parts[2], serviceAccount: parts[1] ?? parts[3] };
  return text.trim() === text ? {} : { namespace: text.trim(), serviceAccount: text.trim() };
}

/**
 * Checks the name of a service account: an RFC 1123 subdomain.
 * Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
 */
export function serviceAccountProblem(name: string): ValueProblem | undefined {
  if (name.length <= SUBDOMAIN_LENGTH && SERVICE_ACCOUNT.test(name)) return undefined;
  const { serviceAccount } = copied(name);
  const isValid =
    serviceAccount !== undefined &&
    serviceAccountProblem(serviceAccount) === undefined &&
    releaseProblem(serviceAccount) === undefined;
  return {
    problem: "is not a valid service account name",
    fix: isValid
      ? `use ${serviceAccount}`
      : `use lower-case letters, digits, "-" and ".", at most ${RELEASED_NAME_LENGTH}`,
  };
}

/** Checks the valid name of a service account that a Helm release creates. */
export function releaseProblem(name: string): ValueProblem | undefined {
  if (name === "default")
    return { problem: "exists in every namespace, and Helm cannot manage it", fix: "use another name" };
  if (name.length > RELEASED_NAME_LENGTH) {
    return {
      problem: `has ${name.length} characters, too many for the Helm release ${RELEASE_PREFIX}<name>`,
      fix: `use at most ${RELEASED_NAME_LENGTH}`,
    };
  }
  // The chart does not quote the name.
  if (NOT_A_STRING.test(name)) {
    return {
      problem: "is a number, a boolean or null in the YAML of the chart",
      fix: "use a name that YAML reads as a string",
    };
  }
  return undefined;
}
