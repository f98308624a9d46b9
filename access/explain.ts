import { printable } from "../config/problems";
import type { Cluster, Project, Role } from "../config/project";
import { oidcProviderArn } from "../iam/arn";
import { evaluateTrustPolicy, type Mismatch, traceTrustPolicy, webIdentityContext } from "../iam/evaluate";
import { STS_AUDIENCE } from "../iam/trust-policy";
import { type TrustedSubject, trustedSubjects } from "./matrix";

/** Why a trust policy allows or denies a service account. */
export interface Explanation {
  readonly outcome: "allow" | "deny";
  /** `system:serviceaccount:<namespace>:<name>` */
  readonly subject: string;
  /** The cluster that issues the token of the service account. */
  readonly cluster: string;
  readonly issuer: string;
  readonly audience: string;
  readonly role: string;
  readonly roleArn: string;
  /** The cluster file with the role. */
  readonly roleCluster: string;
  /** The index of the statement that decides. Without it, no statement allows the service account. */
  readonly statement?: number;
  readonly statements: readonly StatementExplanation[];
  /** The subjects that the configuration declares for the role. */
  readonly declared: readonly Pick<TrustedSubject, "cluster" | "subject" | "match">[];
}

export interface StatementExplanation {
  readonly index: number;
  readonly sid?: string;
  readonly effect: "Allow" | "Deny";
  /** What prevents the statement from matching; empty if the statement matches. */
  readonly mismatches: readonly Mismatch[];
}

export interface Question {
  /** `system:serviceaccount:<namespace>:<name>` */
  readonly subject: string;
  readonly role: Role;
  /** The name of the cluster that issues the token. */
  readonly cluster: string;
}

/** Explains whether a service account can assume a role, with the token that the EKS webhook requests. */
export function explain({ clusters }: Project, { subject, role, cluster }: Question): Explanation {
  const [own, { oidc }] = [named(clusters, role.cluster), named(clusters, cluster)];
  const request = {
    // STS looks for the provider in the account of the role.
    providerArn: oidcProviderArn(own.partition, own.accountId, oidc.issuer),
    context: webIdentityContext(oidc.issuer, { aud: STS_AUDIENCE, sub: subject }),
  };
  const { outcome, statement } = evaluateTrustPolicy(role.trustPolicy, request);
  return {
    outcome: outcome === "allow" ? "allow" : "deny",
    subject,
    cluster,
    issuer: oidc.issuer,
    audience: STS_AUDIENCE,
    role: role.name,
    roleArn: role.arn,
    roleCluster: role.cluster,
    ...(statement === undefined ? {} : { statement }),
    statements: traceTrustPolicy(role.trustPolicy, request).map(
      ({ index, statement: { Sid, Effect }, mismatches }) => ({
        index,
        ...(Sid === undefined ? {} : { sid: Sid }),
        effect: Effect,
        mismatches,
      }),
    ),
    declared: trustedSubjects(role).map(({ cluster: name, subject: declared, match }) => ({
      cluster: name,
      subject: declared,
      match,
    })),
  };
}

function named(clusters: readonly Cluster[], name: string): Cluster {
  const found = clusters.find((cluster) => cluster.name === name);
  if (!found) throw new Error(`cluster ${name} is not declared`);
  return found;
}

/** Returns an explanation as text. */
export function renderExplanation(explanation: Explanation): string {
  const { outcome, subject, cluster, roleArn, roleCluster, role, statement, statements, declared } = explanation;
  const can = outcome === "allow" ? "can" : "cannot";
  const decisive = statements.find(({ index }) => index === statement);
  const width = Math.max(...declared.map((trust) => trust.cluster.length));
  const lines = [
    `${outcome}: ${subject} of cluster ${cluster} ${can} assume ${roleArn}`,
    ...(decisive
      ? [`  ${title(decisive)} matches`]
      : statements.flatMap((each) => [`  ${title(each)} does not match:`, ...relevant(each).flatMap(mismatchLines)])),
    "",
    `clusters/${roleCluster}.yaml roles.${role} declares:`,
    ...declared.map((trust) => `  ${trust.cluster.padEnd(width)}  ${trust.subject}${pattern(trust)}`),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

function title({ index, sid, effect }: StatementExplanation): string {
  return `statement ${index} (${sid === undefined ? "" : `${sid}, `}${effect})`;
}

function pattern({ match }: Pick<TrustedSubject, "match">): string {
  return match === "pattern" ? " (pattern)" : "";
}

/** A statement for other principals or actions has conditions on keys that the request cannot have. */
function relevant({ mismatches }: StatementExplanation): readonly Mismatch[] {
  const [first] = mismatches;
  return first && first.element !== "Condition" ? [first] : mismatches;
}

function mismatchLines(mismatch: Mismatch): string[] {
  const { element, expected, actual } = mismatch;
  const what = element === "Condition" ? `condition ${mismatch.operator} ${mismatch.key}` : element;
  return [
    `    ${what}`,
    `      request:   ${actual?.join(", ") ?? "has no value"}`,
    `      statement: ${expected.join(", ")}`,
  ];
}
