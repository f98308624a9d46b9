import { DEFAULT_NAMESPACE_PATTERN } from "../config/cluster-identity";
import { awsManagedPolicyArn, isKnownManagedPolicy } from "../iam/managed-policies";
import type { Partition } from "../iam/partition";
import { members } from "../iam/policy-types";
import { SESSION_DURATION } from "../iam/quotas";
import {
  type FoundAccount,
  type FoundCluster,
  type FoundServiceAccount,
  providerOf,
  type RoleDetails,
} from "./account";
import { accountOf, placement } from "./placement";
import { type Admitted, readTrust, type Subject, subjectText, type TrustReading, trustedProviders } from "./trust";

/** A role of the account, as the cluster file declares the role or explains why it does not. */
export interface TranslatedRole {
  readonly found: RoleDetails;
  readonly trust: TrustReading;
  /** The keys of the role in the order of the file. Undefined if the configuration cannot express the role. */
  readonly entry?: ReadonlyMap<string, unknown>;
  /** Sentences about the service accounts of the role, for a comment. */
  readonly notes?: readonly string[];
  /** Why the role is not declared, worded to follow its name and a colon. */
  readonly reason?: string;
}

/** A cluster of the configuration: the names by the ARNs of their OIDC providers. */
export type DeclaredClusters = ReadonlyMap<string, string>;

/**
 * Translates the roles that trust the cluster's provider into the words of the configuration.
 * @param accounts the service accounts of the cluster; undefined if they are not known
 */
export function translateRoles(
  account: FoundAccount,
  declared: DeclaredClusters,
  accounts: readonly FoundServiceAccount[] | undefined,
): TranslatedRole[] {
  const readings = account.trusting.map((found) => ({ found, ...readTrusts(found, account, declared) }));
  return readings.map(({ found, trust, trustedClusters }): TranslatedRole => {
    const { admitted } = trust;
    if (found.unread !== undefined) return { found, trust, reason: found.unread };
    if (!admitted) return { found, trust, reason: trust.obstacle ?? "" };
    if (admitted.scope === "environment") {
      if (!isEveryCombination(admitted.subjects)) {
        const list = admitted.subjects.map(subjectText).join(", ");
        const reason = `its trust policy admits ${list}, and not every one of these names in every one of these namespaces`;
        return { found, trust, reason };
      }
      const taken = takenBy(found, admitted.subjects, readings, accounts);
      if (taken !== undefined) return { found, trust, reason: taken };
    }
    const { keys, notes } = placement(found.arn, admitted, accounts);
    const accountKeys = [...subjectKeys(found.name, admitted), ...keys];
    const entry = entryOf(found, [...accountKeys, ...trustKeys(trust, trustedClusters)], account.cluster);
    return { found, trust, entry, notes };
  });
}

/** Returns why a service account stays with another role that admits it: a service account has one role. */
function takenBy(
  found: RoleDetails,
  subjects: readonly Subject[],
  readings: readonly { found: RoleDetails; trust: TrustReading }[],
  accounts: readonly FoundServiceAccount[] = [],
): string | undefined {
  for (const subject of subjects) {
    const text = subjectText(subject);
    const roleArn = accountOf(subject, accounts)?.roleArn;
    const owner = readings.find((reading) => reading.found.arn === roleArn);
    const { admitted } = owner?.trust ?? {};
    if (!owner || owner.found === found || admitted?.scope !== "environment") continue;
    if (admitted.subjects.some((other) => subjectText(other) === text))
      return `the service account ${text} has the role ${owner.found.name}, and a service account has one role`;
  }
  return undefined;
}

/** Reads the trust policy for the tokens of the cluster, and for those of declared clusters that it treats in the same way. */
function readTrusts(
  { trustPolicy }: RoleDetails,
  { cluster }: FoundAccount,
  declared: DeclaredClusters,
): { trust: TrustReading; trustedClusters: readonly string[] } {
  const own = providerOf(cluster);
  const others = [...new Set(trustedProviders(trustPolicy))].filter((arn) => arn !== own.arn && declared.has(arn));
  const trust = readTrust(trustPolicy, own, new Set(others));
  const same = others.every((arn) => {
    const issuer = `https://${arn.slice(arn.indexOf(":oidc-provider/") + ":oidc-provider/".length)}`;
    const rest = new Set([own.arn, ...others].filter((other) => other !== arn));
    const { admitted } = readTrust(trustPolicy, { arn, issuer }, rest);
    return JSON.stringify(admitted) === JSON.stringify(trust.admitted);
  });
  const trustedClusters = others.map((arn) => declared.get(arn) ?? "");
  if (same || !trust.admitted) return { trust, trustedClusters };
  const { admitted: _, ...reading } = trust;
  const obstacle = `its trust policy admits other service accounts of the clusters ${trustedClusters.join(", ")}`;
  return { trust: { ...reading, obstacle }, trustedClusters };
}

function entryOf(
  found: RoleDetails,
  trustKeys: readonly (readonly [string, unknown])[],
  { partition }: FoundCluster,
): ReadonlyMap<string, unknown> {
  const { path, description, permissionsBoundary, maxSessionDuration, inlinePolicies } = found;
  const policies = found.managedPolicies.map((arn) => policyName(arn, partition));
  // IAM reserves the prefix for tags that AWS sets.
  const tags = [...found.tags].filter(([key]) => !/^aws:/i.test(key));
  const keys: (readonly [string, unknown])[] = [
    ...trustKeys,
    ["description", description],
    ["path", path],
    ["policies", policies],
    ["inlinePolicies", new Map(inlinePolicies.map((policy) => [policy.name, policy.document ?? null]))],
    ["permissionsBoundary", permissionsBoundary],
    ["maxSessionDuration", maxSessionDuration === SESSION_DURATION.least ? undefined : maxSessionDuration],
    ["tags", new Map(tags)],
    ["import", true],
    ["importPolicies", policies],
    ["importInlinePolicies", inlinePolicies.map((policy) => policy.name)],
  ];
  return new Map(keys.filter(([, value]) => !isEmpty(value)));
}

function trustKeys({ additional }: TrustReading, trustedClusters: readonly string[]): [string, unknown][] {
  const statements = additional.map(({ Principal, Action, Condition }) => ({
    principals: Object.fromEntries(Object.entries(Principal ?? {}).map(([type, values]) => [type, members(values)])),
    actions: members(Action),
    ...(Condition === undefined ? {} : { conditions: Condition }),
  }));
  return [
    ["trustedClusters", trustedClusters],
    ["additionalTrust", statements],
  ];
}

function subjectKeys(role: string, admitted: Admitted): [string, unknown][] {
  if (admitted.scope === "any-service-account") return [["scope", admitted.scope]];
  if (admitted.scope === "cluster") {
    const { scope, namespacePattern, serviceAccounts } = admitted;
    const pattern = namespacePattern === DEFAULT_NAMESPACE_PATTERN ? undefined : namespacePattern;
    return [["scope", scope], ["namespacePattern", pattern], nameKey(role, serviceAccounts)];
  }
  const { namespaces, names } = partsOf(admitted.subjects);
  return [oneOrMany("namespace", namespaces), nameKey(role, names)];
}

/** Returns the key with the names of the service accounts. The default is the name of the role. */
function nameKey(role: string, names: readonly string[]): [string, unknown] {
  return oneOrMany("serviceAccount", names.length === 1 && names[0] === role ? [] : names);
}

function oneOrMany(key: string, values: readonly string[]): [string, unknown] {
  return values.length > 1 ? [`${key}s`, values] : [key, values[0]];
}

function partsOf(subjects: readonly Subject[]) {
  return {
    namespaces: [...new Set(subjects.map(({ namespace }) => namespace))].toSorted(),
    names: [...new Set(subjects.map(({ serviceAccount }) => serviceAccount))].toSorted(),
  };
}

/** Whether subjects, each of them different, are all the combinations of their namespaces and names. */
function isEveryCombination(subjects: readonly Subject[]): boolean {
  const { namespaces, names } = partsOf(subjects);
  return namespaces.length * names.length === subjects.length;
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === undefined || (value instanceof Map && value.size === 0);
}

/** Returns the name of a known AWS managed policy, else the ARN. */
function policyName(arn: string, partition: Partition): string {
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  return isKnownManagedPolicy(name) && awsManagedPolicyArn(partition, name) === arn ? name : arn;
}
