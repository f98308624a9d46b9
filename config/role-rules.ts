import { type Arn, type Partition, parseArn, parsePolicyArn } from "../iam/arn";
import { awsManagedPolicyArn, isKnownManagedPolicy, nearestManagedPolicy } from "../iam/managed-policies";
import { policyNameFlaw, roleNameFlaw, tagKeyFlaw } from "../iam/names";
import { policySize } from "../iam/policy-document";
import {
  MANAGED_POLICIES,
  MANAGED_POLICIES_RAISED,
  TAGS,
  TRUST_POLICY_SIZE,
  TRUST_POLICY_SIZE_RAISED,
} from "../iam/quotas";
import { trustPolicy } from "../iam/trust-policy";
import { type ClusterIdentity, policyArn, trustsOf } from "./derive";
import { type ClusterDraft, type IrsaDraft, items, type RoleDraft } from "./draft";
import { serviceAccountFlaw } from "./kubernetes-names";
import type { RoleEntry } from "./schema";
import type { Path, Source } from "./source";

// Rules of one role. What a single value can be held to is in schema.ts.

export function checkRole(
  cluster: ClusterDraft,
  irsa: IrsaDraft,
  name: string,
  role: RoleDraft,
  all: readonly ClusterDraft[],
): void {
  const { source } = cluster;
  const path = ["roles", name];
  // A merge key may bring what the rules between keys look for.
  if (source.isWhole(path)) checkScope(source, path, role);
  checkServiceAccountName(source, path, name, role);
  checkManagedPolicies(cluster, path, role);
  checkBoundary(cluster, [...path, "permissionsBoundary"], role.permissionsBoundary);
  checkTags(source, [...path, "tags"], role.tags, { ...irsa.data.defaults?.tags, ...cluster.data.tags });
  checkTrust(cluster, path, name, role, all);
  if (role.verification) {
    const fix = "a verifier that you run yourself takes --probe";
    source.report([...path, "verification"], "is used by npm run demo alone yet", fix, {
      severity: "warning",
      at: "key",
    });
  }
}

function checkScope(source: Source, path: Path, role: RoleDraft): void {
  const scope = role.scope ?? "environment";
  if (scope === "environment") {
    if (role.namespaces !== undefined) {
      source.report(
        [...path, "namespaces"],
        "goes with scope: cluster, and this role's is environment",
        "use namespace, or set scope: cluster",
        { at: "key" },
      );
    } else if (!("namespace" in role)) {
      source.report(
        [...path, "namespace"],
        "is missing",
        "add the environment's QOVERY_KUBERNETES_NAMESPACE_NAME, or set scope: cluster",
      );
    }
    if (role.namespace !== undefined) qoveryNamespace(source, [...path, "namespace"], role.namespace, "warning");
    return;
  }
  if (role.namespace !== undefined) {
    source.report(
      [...path, "namespace"],
      `goes with scope: environment, and this role's is ${scope}`,
      "use namespaces for where the service account is made",
      { at: "key" },
    );
  }
  const seen = new Set<string>();
  for (const [index, namespace] of items(role.namespaces)) {
    const at = [...path, "namespaces", index];
    if (seen.has(namespace)) source.report(at, `"${namespace}" is named twice`, "name it once");
    seen.add(namespace);
    if (scope === "cluster") qoveryNamespace(source, at, namespace, undefined);
  }
  const who =
    scope === "cluster"
      ? "that service account of every namespace that begins with z, also of environments to come,"
      : "every pod of the cluster, system pods too,";
  const fix = scope === "cluster" ? "use scope: environment for one environment" : "use scope: environment or cluster";
  source.report([...path, "scope"], `${who} may assume this role`, `${fix}, unless that is meant`, {
    severity: "warning",
  });
}

/** A cluster-scoped trust is in z*: a service account elsewhere would be annotated with a role that it cannot assume. */
function qoveryNamespace(source: Source, path: Path, namespace: string, severity: "warning" | undefined): void {
  if (namespace.startsWith("z")) return;
  const fix = "copy QOVERY_KUBERNETES_NAMESPACE_NAME of the environment";
  source.report(
    path,
    `"${namespace}" is not a Qovery environment's namespace, which begins with z`,
    fix,
    severity ? { severity } : {},
  );
}

function checkServiceAccountName(source: Source, path: Path, name: string, role: RoleDraft): void {
  if ("serviceAccount" in role) return;
  const flaw = serviceAccountFlaw(name);
  if (!flaw || roleNameFlaw(name)) return;
  const message = `is missing, and the role's name "${name}" in its place ${flaw.problem}`;
  source.report([...path, "serviceAccount"], message, `add serviceAccount: ${flaw.fix}`);
}

function checkManagedPolicies(cluster: ClusterDraft, path: Path, role: RoleDraft): void {
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
  const flaw = policyNameFlaw(policy);
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

type Tags = Readonly<Record<string, string | undefined>>;

/**
 * The tags of one level, and with them what a role or a provider will have of the levels above. What those are wrong by
 * themselves is told there. Keys are compared without regard to case, as IAM does.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
 */
export function checkTags(source: Source, path: Path, tags: Tags = {}, inherited: Tags = {}): void {
  const seen = new Map(Object.keys(inherited).map((key) => [key.toLowerCase(), key]));
  for (const key of Object.keys(tags)) {
    const report = (problem: string, fix: string) =>
      source.report([...path, key], `the key "${key}" ${problem}`, fix, { at: "key" });
    const flaw = tagKeyFlaw(key);
    if (flaw) report(flaw.problem, flaw.fix);
    const twin = seen.get(key.toLowerCase());
    if (twin !== undefined && twin !== key) {
      const fix = twin in inherited ? `write it as "${twin}", which is inherited` : "keep one";
      report(`is "${twin}" to IAM, which ignores case`, fix);
    }
    seen.set(key.toLowerCase(), key);
  }
  const [above, count] = [inherited, { ...inherited, ...tags }].map((level) => Object.keys(level).length) as [
    number,
    number,
  ];
  if (above > TAGS || count <= TAGS) return;
  const message = above === 0 ? `${count} tags` : `${count} tags with those that are inherited`;
  source.report(path, message, `use at most ${TAGS}`, { at: "key" });
}

function checkTrust(
  cluster: ClusterDraft,
  path: Path,
  name: string,
  role: RoleDraft,
  all: readonly ClusterDraft[],
): void {
  const trusted = items(role.trustedClusters).flatMap(([index, other]) =>
    trustedCluster(cluster, [...path, "trustedClusters", index], other, role, index, all),
  );
  if (!cluster.identity || ((role.scope ?? "environment") === "environment" && role.namespace === undefined)) return;
  const size = policySize(trustPolicy(trustsOf(name, role as RoleEntry, [cluster.identity, ...trusted])));
  if (size <= TRUST_POLICY_SIZE) return;
  const message = `the trust policy has ${size} characters: IAM takes ${TRUST_POLICY_SIZE}, and ${TRUST_POLICY_SIZE_RAISED} with a raised quota`;
  const fix = "trust fewer clusters with one role";
  const severe = size > TRUST_POLICY_SIZE_RAISED;
  cluster.source.report(
    [...path, "trustedClusters"],
    message,
    fix,
    severe ? { at: "key" } : { severity: "warning", at: "key" },
  );
}

function trustedCluster(
  cluster: ClusterDraft,
  path: Path,
  other: string,
  role: RoleDraft,
  index: number,
  all: readonly ClusterDraft[],
): ClusterIdentity[] {
  const { source, identity } = cluster;
  const found = all.find((candidate) => candidate.name === other);
  if (other === cluster.name)
    source.report(path, `"${other}" is the role's own cluster, which it trusts anyway`, "remove it");
  else if (!found) {
    const names = all.map((candidate) => candidate.name).filter((candidate) => candidate !== cluster.name);
    source.report(
      path,
      `there is no clusters/${other}.yaml`,
      names.length > 0 ? `use one of ${names.join(", ")}` : "remove it",
    );
  } else if (items(role.trustedClusters).some(([at, twin]) => at < index && twin === other)) {
    source.report(path, `"${other}" is named twice`, "name it once");
  } else if (found.identity && identity) {
    if (found.identity.accountId === identity.accountId) return [found.identity];
    // Its OIDC provider would have to be in the role's account; clusters/*.yaml puts it into the cluster's.
    source.report(
      path,
      `cluster ${other} is in account ${found.identity.accountId}, the role in ${identity.accountId}`,
      "trust clusters of the role's own account",
    );
  }
  return [];
}
