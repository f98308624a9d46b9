import { type Arn, parseArn, parsePolicyArn } from "../iam/arn";
import { awsManagedPolicyArn, isKnownManagedPolicy, nearestManagedPolicy } from "../iam/managed-policies";
import { policyNameProblem } from "../iam/names";
import type { Partition } from "../iam/partition";
import { MANAGED_POLICIES, MANAGED_POLICIES_RAISED } from "../iam/quotas";
import { policyArn } from "./derive";
import { type ClusterDraft, items, type RoleDraft } from "./draft";
import type { Path, Source } from "./source";

// Rules of managed policies, by name or ARN, and of permissions boundaries.

export function checkManagedPolicies(cluster: ClusterDraft, path: Path, role: RoleDraft): void {
  const { source, partition } = cluster;
  const seen = new Set<string>();
  const policies = items(role.policies);
  for (const [index, policy] of policies) {
    const at = [...path, "policies", index];
    const arn = policy.startsWith("arn:") ? checkPolicyArn(cluster, at, policy) : checkPolicyName(source, at, policy);
    if (!arn) continue;
    const key = policyArn(partition ?? "aws", policy);
    if (seen.has(key)) source.report(at, `"${policy}" is attached twice`, "name it once");
    seen.add(key);
    if (key.endsWith(":aws:policy/AdministratorAccess")) {
      source.report(
        at,
        "AdministratorAccess lets the service do anything in the account",
        "attach what the service needs",
        { severity: "warning" },
      );
    }
  }
  if (policies.length > MANAGED_POLICIES) {
    const message = `${policies.length} managed policies on a role: IAM takes ${MANAGED_POLICIES}, and ${MANAGED_POLICIES_RAISED} with a raised quota`;
    const severe = policies.length > MANAGED_POLICIES_RAISED;
    source.report(
      [...path, "policies"],
      message,
      "merge some, or use inlinePolicies",
      severe ? { at: "key" } : { severity: "warning", at: "key" },
    );
  }
}

function checkPolicyName(source: Source, path: Path, policy: string): boolean {
  const flaw = policyNameProblem(policy);
  if (flaw) {
    source.report(
      path,
      `"${policy}" ${flaw.problem}`,
      `use an AWS managed policy's name or a managed policy's ARN; ${flaw.fix}`,
    );
    return false;
  }
  if (isKnownManagedPolicy(policy)) return true;
  const meant = nearestManagedPolicy(policy);
  if (meant !== undefined) {
    source.report(
      path,
      `"${policy}" is not an AWS managed policy`,
      `did you mean ${meant}? For one of your own give its ARN`,
    );
    return false;
  }
  const fix = "check its name, or give its ARN";
  source.report(path, `"${policy}" is not among the AWS managed policies known here`, fix, { severity: "warning" });
  return true;
}

function checkPolicyArn(cluster: ClusterDraft, path: Path, text: string): boolean {
  const arn = parsePolicyArn(text);
  if (!arn) {
    cluster.source.report(
      path,
      `"${text}" is not an IAM policy's ARN`,
      "use one such as arn:aws:iam::123456789012:policy/my-policy",
    );
    return false;
  }
  if (!checkOwnership(cluster.source, path, arn, cluster)) return false;
  if (arn.accountId === "aws") checkAwsPolicyArn(cluster.source, path, text, arn);
  return true;
}

/** AWS may have made a policy since; one that is nearly another's ARN, or lacks its path, is more likely a mistake. */
function checkAwsPolicyArn(source: Source, path: Path, text: string, { partition, resource }: Arn): void {
  const name = resource.slice(resource.lastIndexOf("/") + 1);
  const meant = isKnownManagedPolicy(name) ? name : nearestManagedPolicy(name);
  const arn = meant === undefined ? undefined : awsManagedPolicyArn(partition as Partition, meant);
  if (arn === text) return;
  const fix = arn === undefined ? "check its name" : `did you mean ${arn}?`;
  source.report(path, `"${text}" is not among the AWS managed policies known here`, fix, { severity: "warning" });
}

interface Owned {
  readonly partition: string;
  readonly accountId: string;
}

/** IAM takes managed policies of AWS and of the role's own account, in the role's partition. */
function checkOwnership(source: Source, path: Path, arn: Owned, { partition, data }: ClusterDraft): boolean {
  if (partition !== undefined && arn.partition !== partition) {
    source.report(
      path,
      `the ARN is of partition ${arn.partition}, the cluster of ${partition}`,
      `use arn:${partition}:…`,
    );
    return false;
  }
  if (arn.accountId !== "aws" && data.accountId !== undefined && arn.accountId !== data.accountId) {
    source.report(
      path,
      `the policy is of account ${arn.accountId}, the role of ${data.accountId}`,
      "use a policy of the role's own account",
    );
    return false;
  }
  return true;
}

export function checkBoundary(
  cluster: ClusterDraft,
  path: Path,
  boundary: string | undefined,
  at: Source = cluster.source,
): void {
  const arn = boundary === undefined ? undefined : parseArn(boundary);
  if (arn) checkOwnership(at, path, arn, cluster);
}
