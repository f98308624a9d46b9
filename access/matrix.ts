import type { Project, Scope } from "../config/project";

/** Who may assume a role by one cluster's tokens, and what it may then do. */
export interface AccessRow {
  /** Whose tokens: the role's own cluster, or one that it trusts. */
  readonly cluster: string;
  readonly role: string;
  readonly roleArn: string;
  readonly scope: Scope;
  readonly subjects: readonly Subject[];
  readonly providerArn: string;
  /** Managed policies' ARNs, and inline policies as `inline:<name>`. */
  readonly policies: readonly string[];
}

export interface Subject {
  /** `system:serviceaccount:<namespace>:<name>`; in a pattern `*` stands for any characters. */
  readonly subject: string;
  readonly match: "exact" | "pattern";
}

/** The access matrix of a project: every role, in the order of clusters and roles, once for each cluster that it trusts. */
export function accessMatrix(project: Project): AccessRow[] {
  return project.clusters.flatMap((cluster) =>
    cluster.roles.flatMap((role) =>
      role.trusts.map(({ cluster: trusted, subject, match, providerArn }) => ({
        cluster: trusted,
        role: role.name,
        roleArn: role.arn,
        scope: role.scope,
        subjects: [{ subject, match }],
        providerArn,
        policies: [...role.managedPolicies, ...role.inlinePolicies.map(({ name }) => `inline:${name}`)],
      })),
    ),
  );
}
