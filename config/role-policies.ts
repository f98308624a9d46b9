import { nearest } from "../iam/nearest";
import { policySize } from "../iam/policy-lint";
import { INLINE_POLICIES_SIZE, MANAGED_POLICIES, MANAGED_POLICIES_RAISED } from "../iam/quotas";
import { policyArn } from "./cluster-identity";
import { type ClusterDraft, type Draft, entries, type IrsaDraft, items, type RoleDraft } from "./draft";
import type { InlinePolicies } from "./inline-policies";
import { checkOnce } from "./list-rules";
import { managedPolicyProblems } from "./managed-policy-rules";
import { type PolicySet, policySetNameProblem } from "./policy-set-schema";
import { error, type Finding, type Path, warning } from "./problems";
import type { InlinePolicy, Role } from "./project";
import { quote } from "./quote";
import type { Source } from "./source";

/** The policies of a role, with those of its policy sets. */
export type ResolvedPolicies = Pick<Role, "managedPolicies" | "inlinePolicies">;

export function roleKey(cluster: string, role: string): string {
  return `${cluster} ${role}`;
}

/** The policies of a role or of a policy set. */
interface PolicyList {
  /** `the role`, or `policy set "s3-reader"`. */
  readonly owner: string;
  readonly source: Source;
  readonly path: Path;
  readonly policies: readonly (readonly [index: number, policy: string])[];
  /** Policies without errors. */
  readonly inlinePolicies: readonly InlinePolicy[];
}

/** Checks the policies of roles and of policy sets, and merges the sets into the roles. */
export class RolePolicies {
  /** By the role, as `roleKey` returns. */
  readonly resolved = new Map<string, ResolvedPolicies>();
  private readonly lists = new Map<string, PolicyList>();
  /** The names of the sets; undefined if they are not known. */
  private readonly names: ReadonlySet<string> | undefined;

  /** @param irsa undefined if irsa.yaml cannot be read */
  constructor(
    private readonly inline: InlinePolicies,
    private readonly irsa: { readonly source: Source; readonly draft: IrsaDraft } | undefined,
  ) {
    this.names = irsa && setNames(irsa.source, irsa.draft);
  }

  /**
   * Returns the findings about the policy sets, in irsa.yaml. A set is checked for each cluster that uses the set.
   * @param allKnown whether the clusters are all clusters, with all their roles
   */
  checkSets(clusters: readonly ClusterDraft[], allKnown: boolean): Finding[] {
    if (!this.irsa) return [];
    const { source, draft } = this.irsa;
    const users = Map.groupBy(
      clusters.flatMap((cluster) => setsOf(cluster).map((set) => ({ set, cluster }))),
      ({ set }) => set,
    );
    return entries(draft.policySets).flatMap(([name, set]) => {
      const using = users.get(name)?.map(({ cluster }) => cluster) ?? [];
      const findings = this.checkSet(name, set, source, using);
      if (using.length > 0 || !allKnown) return findings;
      const at = ["policySets", name];
      return [...findings, warning(at, "no role uses the policy set", "remove the policy set", "key")];
    });
  }

  private checkSet(name: string, set: Draft<PolicySet>, source: Source, using: readonly ClusterDraft[]): Finding[] {
    const path = ["policySets", name];
    const accounts = new Map(using.map((cluster) => [`${cluster.partition} ${cluster.data.accountId}`, cluster]));
    const targets = using.length === 0 ? [{ partition: undefined, data: {} }] : accounts.values();
    const findings: Finding[] = [];
    let inlinePolicies: readonly InlinePolicy[] = [];
    for (const target of targets) {
      const checked = this.inline.check(source, target.partition, path, set.inlinePolicies);
      inlinePolicies = checked.policies;
      findings.push(...managedPolicyProblems(target, path, set.policies), ...checked.findings);
    }
    const list = { owner: `policy set ${quote(name)}`, source, path, policies: items(set.policies), inlinePolicies };
    this.lists.set(name, list);
    const problem = policySetNameProblem(name);
    if (problem) findings.push(error(path, `${quote(name)} ${problem.problem}`, problem.fix, "key"));
    if (!("policies" in set) && !("inlinePolicies" in set))
      findings.push(error(path, "has no policies", "add policies or inlinePolicies, or remove the policy set", "key"));
    return distinct([...findings, ...quotaProblems([list])]);
  }

  /** Returns the findings about the policies of a role, in the file of its cluster. */
  check(cluster: ClusterDraft, source: Source, name: string, role: RoleDraft): Finding[] {
    const path = ["roles", name];
    const { findings, policies: inlinePolicies } = this.inline.check(
      source,
      cluster.partition,
      path,
      role.inlinePolicies,
    );
    const own: PolicyList = { owner: "the role", source, path, policies: items(role.policies), inlinePolicies };
    const used = new Map(items(role.policySets).map(([index, set]) => [set, index]));
    const sets = [...used].flatMap(([set, index]) => {
      const list = this.lists.get(set);
      return list ? [{ list, at: [...path, "policySets", index] }] : [];
    });
    const lists = [own, ...sets.map(({ list }) => list)] as const;
    const partition = cluster.partition ?? "aws";
    this.resolved.set(roleKey(cluster.name, name), {
      managedPolicies: lists.flatMap(({ policies }) => policies.map(([, policy]) => policyArn(partition, policy))),
      inlinePolicies: lists.flatMap((list) => list.inlinePolicies),
    });
    return [
      ...managedPolicyProblems(cluster, path, role.policies),
      ...findings,
      ...this.referenceProblems([...path, "policySets"], role.policySets),
      ...sharedProblems(own, sets, (policy) => policyArn(partition, policy)),
      ...quotaProblems(lists),
    ];
  }

  private referenceProblems(path: Path, used: RoleDraft["policySets"]): Finding[] {
    return checkOnce(path, items(used), (at, set) => {
      if (this.names === undefined || this.names.has(set)) return [];
      const known = [...this.names];
      // The names of two sets can differ in one word, such as queue-reader and queue-writer.
      const meant = nearest(set, known, 5);
      const some =
        known.length > 0 ? `use one of ${known.join(", ")}` : "add the policy set to policySets of irsa.yaml";
      const fix = meant === undefined ? some : `did you mean ${meant}?`;
      return [error(at, `${quote(set)} is not a policy set of irsa.yaml`, fix)];
    });
  }
}

function setNames(source: Source, draft: IrsaDraft): ReadonlySet<string> | undefined {
  const { policySets } = draft;
  if (!source.isWhole(["policySets"]) || (policySets === undefined && "policySets" in draft)) return undefined;
  return new Set(Object.keys(policySets ?? {}));
}

/** Returns the policy sets that roles of a cluster use. */
function setsOf({ data }: ClusterDraft): string[] {
  const used = entries(data.roles).flatMap(([, role]) => items(role.policySets).map(([, set]) => set));
  return [...new Set(used)];
}

/** A set that clusters of several accounts use has the same problem several times. */
function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify([finding.path, finding.message]), finding])).values()];
}

/** Returns a problem for each policy that a policy set has in common with the role, or with an earlier set. */
function sharedProblems(
  own: PolicyList,
  sets: readonly { readonly list: PolicyList; readonly at: Path }[],
  arn: (policy: string) => string,
): Finding[] {
  if (sets.length === 0) return [];
  const first = new Map(named(own, arn).map((policy) => [policy.id, policy]));
  return sets.flatMap(({ list, at }) =>
    named(list, arn).flatMap((policy) => {
      const earlier = first.get(policy.id);
      if (earlier === undefined) first.set(policy.id, policy);
      if (earlier === undefined || earlier.list === list) return [];
      const message = `${ownerOf(policy)} and ${ownerOf(earlier)} both have ${policy.what}`;
      return [error(at, message, "remove one of the two policies")];
    }),
  );
}

interface NamedPolicy {
  readonly list: PolicyList;
  /** The ARN, or the name of an inline policy: IAM accepts one of each. */
  readonly id: string;
  readonly what: string;
  readonly path: Path;
}

function named(list: PolicyList, arn: (policy: string) => string): NamedPolicy[] {
  const { path, policies, inlinePolicies } = list;
  return [
    ...policies.map(([index, policy]) => ({
      list,
      id: arn(policy),
      what: policy,
      path: [...path, "policies", index],
    })),
    ...inlinePolicies.map(({ name }) => ({
      list,
      id: name,
      what: `the inline policy ${name}`,
      path: [...path, "inlinePolicies", name],
    })),
  ];
}

/** Returns such as `policy set "s3-reader" (irsa.yaml:4:5)`. */
function ownerOf({ list: { owner, source }, path }: NamedPolicy): string {
  const [problem] = source.locate([error(path, "", "", "key")]);
  return `${owner} (${problem ? `${problem.file}:${problem.line}:${problem.column}` : source.file})`;
}

interface Place {
  readonly path: Path;
  /** Such as `the role has`. */
  readonly whose: string;
}

/**
 * Checks the quotas of a policy set, or of a role with its policy sets. A quota that one policy set exceeds is reported at
 * the set only.
 */
function quotaProblems(lists: readonly [own: PolicyList, ...sets: PolicyList[]]): Finding[] {
  const [own] = lists;
  const place = (key: "policies" | "inlinePolicies"): Place | undefined => {
    const filled = lists.filter((list) => list[key].length > 0);
    if (filled.length > 1) return { path: [...own.path, "policySets"], whose: "the role and its policy sets have" };
    return filled[0] === own ? { path: [...own.path, key], whose: `${own.owner} has` } : undefined;
  };
  const [managed, inline] = [place("policies"), place("inlinePolicies")];
  return [
    ...(managed ? countProblems(managed, lists.flatMap(({ policies }) => policies).length) : []),
    ...(inline
      ? sizeProblems(
          inline,
          lists.flatMap(({ inlinePolicies }) => inlinePolicies),
        )
      : []),
  ];
}

function countProblems({ path, whose }: Place, count: number): Finding[] {
  if (count <= MANAGED_POLICIES) return [];
  const message = `a role can have ${MANAGED_POLICIES} managed policies, or ${MANAGED_POLICIES_RAISED} with a raised quota; ${whose} ${count}`;
  const report = count > MANAGED_POLICIES_RAISED ? error : warning;
  return [report(path, message, "merge policies, or use inlinePolicies", "key")];
}

function sizeProblems({ path, whose }: Place, policies: readonly InlinePolicy[]): Finding[] {
  const size = policies.reduce((sum, { document }) => sum + policySize(document), 0);
  if (size <= INLINE_POLICIES_SIZE) return [];
  const message = `a role can have ${INLINE_POLICIES_SIZE} characters of inline policies, without white space; ${whose} ${size}`;
  return [error(path, message, "remove statements, or use managed policies", "key")];
}
