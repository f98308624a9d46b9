import type { FoundAccount, FoundServiceAccount } from "./account";
import { audit } from "./audit";
import { clusterFile, type FutureFile } from "./cluster-file";
import type { AuditFinding } from "./findings";
import type { PlannedRole } from "./first-plan";
import { type DeclaredClusters, translateRoles } from "./translate";

/** What `discover` found out about a cluster. */
export interface Discovery {
  readonly account: FoundAccount;
  /** The roles that trust the cluster, in the order of their names. */
  readonly roles: readonly PlannedRole[];
  readonly findings: readonly AuditFinding[];
  /** Undefined if the cluster could not be read. */
  readonly serviceAccounts: readonly FoundServiceAccount[] | undefined;
  /** What could not be read: one sentence each. */
  readonly gaps: readonly string[];
  /** The text of the cluster's file. */
  readonly text: string;
}

export interface DiscoveryInput {
  readonly account: FoundAccount;
  /** A sentence if the cluster could not be read. */
  readonly serviceAccounts: readonly FoundServiceAccount[] | string;
  /** The clusters of the configuration, which roles can trust too. */
  readonly declared: DeclaredClusters;
  /** The name of the cluster's file, without `.yaml`. */
  readonly name: string;
  readonly file: FutureFile;
}

/**
 * Translates and audits what AWS and Kubernetes returned.
 * @throws Error if the configuration does not accept the cluster
 */
export function discoverCluster({ account, serviceAccounts: read, declared, name, file }: DiscoveryInput): Discovery {
  const serviceAccounts = typeof read === "string" ? undefined : read;
  const gaps = typeof read === "string" ? [...account.gaps, read] : account.gaps;
  const translated = translateRoles(account, declared, serviceAccounts);
  const { text, roles } = clusterFile(account, translated, serviceAccounts !== undefined, file);
  const findings = audit({ account, cluster: name, roles, serviceAccounts });
  return { account, roles, findings, serviceAccounts, gaps, text };
}

/** Returns the name of the file for a cluster of EKS: file names have no upper-case letters and no `_`. */
export function fileNameOf(cluster: string): string {
  return cluster.toLowerCase().replaceAll("_", "-").replace(/-+$/, "");
}
