import { markdownTable } from "../access/markdown";

/** A finding of the audit. The names are a public interface: a name never changes its meaning. */
export interface AuditFinding {
  readonly name: FindingName;
  readonly severity: Severity;
  /** What the finding is about: `role NAME`, `service account NAMESPACE/NAME` or `provider ARN`. */
  readonly about: string;
  /** The observed state. */
  readonly reason: string;
  /** An imperative sentence. A fix never widens access. */
  readonly fix: string;
}

/** `error`: something does not work. `warning`: access is wider than necessary, or two tools manage one object. `note`: to know. */
export type Severity = "error" | "warning" | "note";

interface Kind {
  readonly severity: Severity;
  /** What the finding means, for the documentation. */
  readonly meaning: string;
}

/** Every finding of the audit. The order is the order of the report. */
export const FINDINGS = {
  "provider-missing": {
    severity: "error",
    meaning: "The account has no IAM OIDC provider for the cluster's issuer. STS rejects every token of the cluster.",
  },
  "provider-audience": {
    severity: "error",
    meaning: "The provider does not accept the audience `sts.amazonaws.com`. STS rejects the tokens that EKS projects.",
  },
  "wildcard-in-string-equals": {
    severity: "error",
    meaning: "A subject with `*` or `?` is below `StringEquals`, which has no wildcards: the statement admits nobody.",
  },
  "arn-condition-key": {
    severity: "error",
    meaning:
      "A condition key begins with the ARN of the provider instead of the issuer's host: the statement admits nobody.",
  },
  "role-missing": {
    severity: "error",
    meaning: "The annotation of a service account names a role that does not exist, or is not the ARN of a role.",
  },
  "service-account-denied": {
    severity: "error",
    meaning: "The annotation of a service account names a role whose trust policy does not admit the service account.",
  },
  "dual-stack-provider": {
    severity: "warning",
    meaning:
      "A provider has the dual-stack URL of the cluster's issuer (`oidc-eks.….api.aws`), which no token contains.",
  },
  "any-subject": {
    severity: "warning",
    meaning: "Every service account of the cluster can assume the role, including those of the system.",
  },
  "missing-audience": {
    severity: "warning",
    meaning: "The trust policy does not require the audience `sts.amazonaws.com`.",
  },
  "managed-by-cloudformation": {
    severity: "warning",
    meaning: "A CloudFormation stack, such as those of eksctl, manages the role. Two tools would change one role.",
  },
  "unused-role": {
    severity: "note",
    meaning: "No service account of the cluster has the role in its annotation.",
  },
  "other-cluster": {
    severity: "note",
    meaning: "The role trusts the provider of another EKS cluster, and not this cluster's. It is not adopted.",
  },
} as const satisfies Readonly<Record<string, Kind>>;

export type FindingName = keyof typeof FINDINGS;

export function finding(name: FindingName, about: string, reason: string, fix: string): AuditFinding {
  return { name, severity: FINDINGS[name].severity, about, reason, fix };
}

/** Returns the findings in the order of the catalogue. */
export function sortFindings(findings: readonly AuditFinding[]): AuditFinding[] {
  const order = Object.keys(FINDINGS);
  return findings.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

/** Returns the table of findings in docs/adopting.md. */
export function findingsTable(): string {
  const rows = Object.entries(FINDINGS).map(([name, { severity, meaning }]) => [`\`${name}\``, severity, meaning]);
  return markdownTable(["finding", "severity", "meaning"], rows);
}
