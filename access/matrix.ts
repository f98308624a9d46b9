import type { Project, Role, Scope, Trust } from "../config/project";
import { type AdmittedPrincipal, admittedPrincipals } from "./principals";

/** A role, the subjects of one cluster that can assume it, and its policies. */
export interface AccessRow {
  /** The cluster whose tokens the role accepts: its own cluster, or one of its trusted clusters. */
  readonly cluster: string;
  readonly role: string;
  readonly roleArn: string;
  readonly scope: Scope;
  readonly subjects: readonly Subject[];
  /** The principals of the role's additional trust, in the row of the role's own cluster. */
  readonly principals: readonly AdmittedPrincipal[];
  /** Whether something else than this configuration creates the service account in the cluster of the role. */
  readonly createdElsewhere: boolean;
  readonly issuer: string;
  readonly providerArn: string;
  /** The ARNs of managed policies, and `inline:<name>` for inline policies. */
  readonly policies: readonly string[];
  /** Whether a deployment removes other policies. If false, other policies may be attached. */
  readonly exclusivePolicies: boolean;
}

export interface Subject {
  /** `system:serviceaccount:<namespace>:<name>`; in a pattern `*` matches any characters. */
  readonly subject: string;
  readonly match: "exact" | "pattern";
}

/** Returns the access matrix: every role, once for each cluster that it trusts, in the order of clusters and roles. */
export function accessMatrix(project: Project): AccessRow[] {
  return project.clusters.flatMap((cluster) => {
    const elsewhere = new Set(cluster.serviceAccounts.flatMap(({ roleName, release }) => (release ? [] : [roleName])));
    return cluster.roles.flatMap((role) =>
      role.trusts.map(({ cluster: trusted, subjects, match, issuer, providerArn }) => ({
        cluster: trusted,
        role: role.name,
        roleArn: role.arn,
        scope: role.scope,
        subjects: subjects.map((subject) => ({ subject, match })),
        principals: trusted === cluster.name ? admittedPrincipals(role) : [],
        createdElsewhere: trusted === cluster.name && elsewhere.has(role.name),
        issuer,
        providerArn,
        policies: [...role.managedPolicies, ...role.inlinePolicies.map(({ name }) => `inline:${name}`)],
        exclusivePolicies: role.exclusivePolicies,
      })),
    );
  });
}

/** One of the subjects that a role trusts. */
export type TrustedSubject = Omit<Trust, "subjects"> & { readonly subject: string };

/** Returns the subjects that a role trusts, in the order of its trusts; none without a role. */
export function trustedSubjects(role: Role | undefined): TrustedSubject[] {
  return (role?.trusts ?? []).flatMap(({ subjects, ...trust }) => subjects.map((subject) => ({ ...trust, subject })));
}
