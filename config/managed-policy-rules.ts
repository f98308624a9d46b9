import { type Arn, parsePolicyArn } from "../iam/arn";
import { awsManagedPolicyArn, isKnownManagedPolicy, nearestManagedPolicy } from "../iam/managed-policies";
import { policyNameProblem } from "../iam/names";
import { isPartition } from "../iam/partition";
import { MANAGED_POLICIES_RAISED } from "../iam/quotas";
import { policyArn } from "./cluster-identity";
import { type ClusterDraft, items, type RoleDraft } from "./draft";
import { error, type Finding, type Path, warning } from "./problems";
import { quote } from "./quote";

/** Where policies are attached. */
export type Target = Pick<ClusterDraft, "partition" | "data">;

/**
 * Checks managed policies, by name or ARN.
 * @param path of the role or policy set
 */
export function managedPolicyProblems(cluster: Target, path: Path, policies: RoleDraft["policies"]): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  // A longer list is an error as a whole.
  for (const [index, policy] of items(policies).slice(0, MANAGED_POLICIES_RAISED + 1)) {
    const at = [...path, "policies", index];
    const found = policy.startsWith("arn:") ? policyArnProblems(cluster, at, policy) : policyNameProblems(at, policy);
    findings.push(...found);
    if (found.some(({ severity }) => severity === "error")) continue;
    const arn = policyArn(cluster.partition ?? "aws", policy);
    if (seen.has(arn)) findings.push(error(at, `${quote(policy)} is attached twice`, "remove one of the two"));
    seen.add(arn);
    if (arn.endsWith(":aws:policy/AdministratorAccess")) {
      const message = "AdministratorAccess allows every action on every resource of the account";
      findings.push(warning(at, message, "attach only the permissions that the service needs"));
    }
  }
  return findings;
}

function policyNameProblems(at: Path, name: string): Finding[] {
  const path = name.slice(0, name.lastIndexOf("/") + 1);
  const withoutPath = name.slice(path.length);
  if (path !== "" && isKnownManagedPolicy(withoutPath))
    return [error(at, `${quote(name)} contains the path of the policy`, `use ${withoutPath}`)];
  const found = policyNameProblem(name);
  if (found && isKnownManagedPolicy(name.trim()))
    return [error(at, `${quote(name)} begins or ends with white space`, `use ${name.trim()}`)];
  if (found) {
    const fix = `use the name of an AWS managed policy or the ARN of a managed policy: ${found.fix}`;
    return [error(at, `${quote(name)} ${found.problem}`, fix)];
  }
  if (isKnownManagedPolicy(name)) return [];
  const meant = nearestManagedPolicy(name);
  if (meant !== undefined) {
    const fix = `did you mean ${meant}? For a policy of the account, use its ARN`;
    return [error(at, `${quote(name)} is not an AWS managed policy`, fix)];
  }
  const message = `${quote(name)} is not in the list of AWS managed policies`;
  return [
    warning(
      at,
      message,
      "check the name, or use the ARN of the policy: if the policy does not exist, the deployment fails",
    ),
  ];
}

function policyArnProblems(cluster: Target, path: Path, text: string): Finding[] {
  const arn = parsePolicyArn(text);
  if (!arn) {
    const fix = "use an ARN such as arn:aws:iam::123456789012:policy/my-policy";
    return [error(path, `${quote(text)} is not the ARN of an IAM policy`, fix)];
  }
  const foreign = ownershipProblems(cluster, path, arn);
  return foreign.length > 0 || arn.accountId !== "aws" ? foreign : awsPolicyProblems(path, text, arn);
}

/** Warns only: AWS may have added the policy after the list was made. */
function awsPolicyProblems(path: Path, text: string, { partition, resource }: Arn): Finding[] {
  const name = resource.slice(resource.lastIndexOf("/") + 1);
  const meant = isKnownManagedPolicy(name) ? name : nearestManagedPolicy(name);
  const arn = meant !== undefined && isPartition(partition) ? awsManagedPolicyArn(partition, meant) : undefined;
  if (arn === text) return [];
  const fix =
    arn === undefined
      ? "check the name: if the policy does not exist, the deployment fails"
      : `did you mean ${arn}? If the policy does not exist, the deployment fails`;
  return [warning(path, `${quote(text)} is not in the list of AWS managed policies`, fix)];
}

/** IAM attaches policies of AWS and of the role's account, in the role's partition. */
function ownershipProblems({ partition, data }: Target, path: Path, arn: Arn): Finding[] {
  if (partition !== undefined && arn.partition !== partition) {
    const message = `the policy is in partition ${arn.partition}, and the cluster is in ${partition}`;
    return [error(path, message, `use an ARN that begins with arn:${partition}:`)];
  }
  if (arn.accountId !== "aws" && data.accountId !== undefined && arn.accountId !== data.accountId) {
    const message = `the policy is in account ${arn.accountId}, and the role is in ${data.accountId}`;
    return [error(path, message, `use a policy of account ${data.accountId}`)];
  }
  return [];
}

/** Checks a permissions boundary against the account and partition of a cluster. */
export function boundaryProblems(cluster: ClusterDraft, path: Path, boundary: string | undefined): Finding[] {
  return boundary === undefined ? [] : policyArnProblems(cluster, path, boundary);
}
