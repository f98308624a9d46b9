import { policySize } from "../iam/policy-lint";
import { TRUST_POLICY_SIZE, TRUST_POLICY_SIZE_RAISED } from "../iam/quotas";
import { trustPolicy } from "../iam/trust-policy";
import { additionalStatements } from "./additional-trust-rules";
import { MOST_SERVICE_ACCOUNTS, serviceAccountCount, trustsOf } from "./cluster-identity";
import { type ClusterDraft, items, type RoleDraft } from "./draft";
import { error, type Finding, type Path, warning } from "./problems";
import type { ClusterIdentity, Trust } from "./project";

/** Checks the clusters that a role trusts, and the size of the trust policy. */
export function trustProblems(
  cluster: ClusterDraft,
  path: Path,
  name: string,
  role: RoleDraft,
  all: readonly ClusterDraft[],
): Finding[] {
  const findings: Finding[] = [];
  const trusted: ClusterIdentity[] = [];
  const seen = new Set<string>();
  for (const [index, other] of items(role.trustedClusters)) {
    const at = [...path, "trustedClusters", index];
    const identity = all.find((candidate) => candidate.name === other)?.identity;
    const found = seen.has(other)
      ? error(at, `"${other}" is listed twice`, "remove one of the two")
      : trustedClusterProblem(cluster, at, other, all);
    seen.add(other);
    if (found) findings.push(found);
    else if (identity) trusted.push(identity);
  }
  if (!cluster.identity || serviceAccountCount(name, role) > MOST_SERVICE_ACCOUNTS) return findings;
  return [...findings, ...sizeProblems(path, role, trustsOf(name, role, [cluster.identity, ...trusted]))];
}

function sizeProblems(path: Path, role: RoleDraft, trusts: readonly Trust[]): Finding[] {
  if (trusts.some(({ subjects }) => subjects.length === 0)) return [];
  const size = policySize(trustPolicy(trusts, additionalStatements(role.additionalTrust)));
  if (size <= TRUST_POLICY_SIZE) return [];
  const isRaisable = size <= TRUST_POLICY_SIZE_RAISED;
  const keys = [
    ...(trusts.length > 1 ? ["trustedClusters"] : []),
    ...(role.namespaces !== undefined && (role.scope ?? "environment") === "environment" ? ["namespaces"] : []),
    ...(role.serviceAccounts === undefined ? [] : ["serviceAccounts"]),
    ...(role.additionalTrust === undefined ? [] : ["additionalTrust"]),
  ];
  const message = `the trust policy has ${size} characters; IAM accepts ${TRUST_POLICY_SIZE}, or ${TRUST_POLICY_SIZE_RAISED} with a raised quota`;
  const fix = `move entries of ${keys.join(" or ")} to a separate role${isRaisable ? ', or raise the IAM quota "Role trust policy length"' : ""}`;
  return [(isRaisable ? warning : error)([...path, ...keys.slice(0, 1)], message, fix, "key")];
}

function trustedClusterProblem(
  { name, identity, partition }: ClusterDraft,
  path: Path,
  other: string,
  all: readonly ClusterDraft[],
): Finding | undefined {
  if (other === name)
    return error(
      path,
      `"${other}" is the role's own cluster`,
      "remove the entry: a role always trusts its own cluster",
    );
  const found = all.find((candidate) => candidate.name === other);
  if (!found) {
    const names = all
      .filter((candidate) => candidate.name !== name && candidate.identity?.accountId === identity?.accountId)
      .map((candidate) => candidate.name);
    const fix = names.length > 0 ? `use one of ${names.join(", ")}` : "remove the entry";
    return error(path, `clusters/${other}.yaml does not exist`, fix);
  }
  // The OIDC provider of a trusted cluster must be in the role's account.
  if (found.identity && identity && found.identity.accountId !== identity.accountId) {
    const message = `cluster ${other} is in account ${found.identity.accountId}, and the role is in ${identity.accountId}`;
    const fix = `use clusters of account ${identity.accountId}, or add a second file for the cluster ${other} with this account (docs/how-to/another-account.md)`;
    return error(path, message, fix);
  }
  if (found.partition !== undefined && partition !== undefined && found.partition !== partition) {
    const message = `cluster ${other} is in partition ${found.partition}, and the role is in ${partition}`;
    return error(path, message, `use clusters of partition ${partition}`);
  }
  return undefined;
}
