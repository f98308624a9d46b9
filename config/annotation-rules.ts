import { nearest } from "../iam/nearest";
import { STS_AUDIENCE } from "../iam/trust-policy";
import { entries, type RoleDraft } from "./draft";
import { error, type Finding, type Path, warning } from "./problems";
import { quote } from "./quote";

/** The prefix of the annotations that the EKS webhook reads. */
const EKS = "eks.amazonaws.com/";

/** Seconds. Source: https://github.com/aws/amazon-eks-pod-identity-webhook/blob/master/pkg/constants.go */
const TOKEN_EXPIRATION = { least: 600, most: 86_400 };

/** Bytes of the keys and values together. Source: https://github.com/kubernetes/apimachinery/blob/master/pkg/api/validation/objectmeta.go */
const LARGEST = 256 * 1024;

const NAME = /^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** Checks the annotations of the service accounts of a role. */
export function annotationProblems(path: Path, role: RoleDraft): Finding[] {
  if (role.annotations === undefined) return [];
  const at = [...path, "annotations"];
  if (role.createServiceAccount === false) {
    const fix = "remove the key, and set the annotations where the service account is created";
    return [error(at, "is not valid with createServiceAccount: false", fix, "key")];
  }
  const annotations = entries(role.annotations);
  const findings = annotations.flatMap(([key, value]) => annotationProblem([...at, key], key, value) ?? []);
  const size = annotations.reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
  if (size <= LARGEST) return findings;
  return [...findings, error(at, `the annotations have ${size} bytes`, `use at most ${LARGEST} bytes`, "key")];
}

function annotationProblem(at: Path, key: string, value: string): Finding | undefined {
  if (!isAnnotationKey(key)) {
    const fix = "use a key such as example.com/team: letters, digits, -, _ and ., at most 63 after the slash";
    return error(at, `${quote(key)} is not a valid key of an annotation`, fix, "key");
  }
  if (key.startsWith("meta.helm.sh/")) return error(at, "is an annotation that Helm sets", "remove the key", "key");
  return key.startsWith(EKS) ? eksProblem(at, key.slice(EKS.length), value) : undefined;
}

/** Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/#syntax-and-character-set */
function isAnnotationKey(key: string): boolean {
  const slash = key.indexOf("/");
  const [prefix, name] = [key.slice(0, Math.max(slash, 0)), key.slice(slash + 1)];
  if (name.length > 63 || !NAME.test(name)) return false;
  return slash < 0 || (prefix.length <= 253 && PREFIX.test(prefix));
}

/**
 * Checks an annotation that the EKS webhook reads. The webhook ignores or replaces a value that is not valid.
 * Source: https://github.com/aws/amazon-eks-pod-identity-webhook#eks-walkthrough
 */
function eksProblem(at: Path, name: string, value: string): Finding | undefined {
  switch (name) {
    case "role-arn":
      return error(at, "is set by this project to the ARN of the role", "remove the key", "key");
    case "audience": {
      if (value === STS_AUDIENCE) return undefined;
      const message = `${quote(value)} is not the audience that the trust policy requires`;
      return error(at, message, `use ${STS_AUDIENCE}`);
    }
    case "sts-regional-endpoints":
      if (value === "true" || value === "false") return undefined;
      return error(at, `${quote(value)} is ignored by the EKS webhook`, 'use "true" or "false"');
    case "token-expiration": {
      const { least, most } = TOKEN_EXPIRATION;
      const seconds = /^\d{1,9}$/.test(value) ? Number(value) : 0;
      if (seconds >= least && seconds <= most) return undefined;
      const fix = `use "${least}" to "${most}" (10 minutes to 1 day)`;
      return error(at, `${quote(value)} is not a valid lifetime of a token in seconds`, fix);
    }
    default: {
      const meant = nearest(name, ["audience", "sts-regional-endpoints", "token-expiration"]);
      const fix = meant === undefined ? "remove the key" : `did you mean ${EKS}${meant}?`;
      return warning(at, "is not an annotation that the EKS webhook reads on a service account", fix, "key");
    }
  }
}
