import type { Project, Role } from "../config/project";
import { globMatches, parseGlob } from "../iam/glob";
import { SESSION_DURATION } from "../iam/quotas";
import { type TrustedSubject, trustedSubjects } from "./matrix";
import { type AwsAction, type ExpandAction, inlinePermissions, notIncluded, type Permission } from "./permissions";

import { type AdmittedPrincipal, admittedPrincipals, isNarrower, principalText } from "./principals";

/** One change of access between two revisions of a configuration. */
export interface AccessChange {
  readonly kind: "added" | "removed" | "widened" | "narrowed";
  /** What changes: who can assume the role, what the role can do, or what limits the role. */
  readonly element: "subject" | "principal" | "policy" | "action" | "limit";
  /** The cluster of the role. */
  readonly cluster: string;
  readonly role: string;
  readonly roleArn: string;
  /** `system:serviceaccount:<namespace>:<name>`, a principal, a policy, or a sentence about a limit. */
  readonly what: string;
  /** The cluster whose tokens have the subject, if it is not the cluster of the role. */
  readonly tokensOf?: string;
  /** The issuer of the tokens, if the cluster had another issuer before. */
  readonly issuer?: string;
  /** The subject or principal that a widened or narrowed one replaces. */
  readonly before?: string;
  /** Who can assume the role, for a principal that is more than one named identity. */
  readonly open?: string;
  /** The policies of the role, for subjects and principals. */
  readonly policies?: readonly string[];
  /** The actions that are gained or lost. */
  readonly actions?: readonly AwsAction[];
  /** Where the actions apply. */
  readonly scope?: { readonly resource: string; readonly condition: string };
}

type Entry = readonly [role: Role, cluster: string];

/**
 * Returns the changes of access from one revision to another: first per role in the order of the later revision, then the
 * removed roles.
 * @param before undefined if the earlier revision has no configuration
 */
export function accessDiff(before: Project | undefined, after: Project, expand: ExpandAction): AccessChange[] {
  const [old, current] = [rolesByArn(before), rolesByArn(after)];
  const changed = [...current].flatMap(([arn, entry]) => roleChanges(old.get(arn), entry, expand));
  const gone = [...old].flatMap(([arn, entry]) => (current.has(arn) ? [] : roleChanges(entry, undefined, expand)));
  return [...changed, ...gone];
}

function rolesByArn(project: Project | undefined): Map<string, Entry> {
  const entries = project?.clusters.flatMap(({ name, roles }) => roles.map((role): Entry => [role, name])) ?? [];
  return new Map(entries.map((entry) => [entry[0].arn, entry]));
}

function roleChanges(before: Entry | undefined, after: Entry | undefined, expand: ExpandAction): AccessChange[] {
  const [role, cluster] = (after ?? before) as Entry;
  const base = { cluster, role: role.name, roleArn: role.arn };
  const subjects = [
    ...subjectChanges(before?.[0], after?.[0], base),
    ...principalChanges(before?.[0], after?.[0], base),
  ];
  if (!after) return subjects;
  if (!before) return [...subjects, ...firstActions(after[0], base, expand), ...firstLimits(after[0], base)];
  return [
    ...subjects,
    ...policyChanges(before[0], after[0], base),
    ...actionChanges(before[0], after[0], base, expand),
    ...limitChanges(before[0], after[0], base),
  ];
}

type Base = Pick<AccessChange, "cluster" | "role" | "roleArn">;

function subjectChanges(before: Role | undefined, after: Role | undefined, base: Base): AccessChange[] {
  const missing = (subjects: readonly TrustedSubject[], others: readonly TrustedSubject[]) => {
    const keys = new Set(others.map(subjectKey));
    return subjects.filter((subject) => !keys.has(subjectKey(subject)));
  };
  const [old, current] = [trustedSubjects(before), trustedSubjects(after)];
  const removed = missing(old, current);
  const replaced = new Set<TrustedSubject>();
  const added = missing(current, old).map((trusted): AccessChange => {
    const elsewhere = old.filter(({ cluster, issuer }) => cluster === trusted.cluster && issuer !== trusted.issuer);
    const changed = elsewhere.length === 0 ? {} : { issuer: trusted.issuer };
    const common = { ...subjectChange(trusted, after, base), ...changed };
    // Another issuer can be in the hands of somebody else.
    const same = elsewhere.find(({ subject }) => subject === trusted.subject);
    if (same) {
      replaced.add(same);
      return { ...common, kind: "widened", before: `${same.subject} of ${same.issuer}` };
    }
    // A new pattern that includes a subject, or a subject that an old pattern included, is a change of that subject.
    const narrower = old.find((other) => includes(trusted, other));
    const wider = old.find((other) => includes(other, trusted));
    for (const other of removed) if (includes(trusted, other) || includes(other, trusted)) replaced.add(other);
    if (narrower) return { ...common, kind: "widened", before: narrower.subject };
    if (wider && removed.includes(wider)) return { ...common, kind: "narrowed", before: wider.subject };
    return { ...common, kind: "added" };
  });
  const gone = removed
    .filter((trusted) => !replaced.has(trusted))
    .map((trusted): AccessChange => ({ ...subjectChange(trusted, before, base), kind: "removed" }));
  return [...added, ...gone];
}

function subjectChange(trusted: TrustedSubject, role: Role | undefined, base: Base): Omit<AccessChange, "kind"> {
  const foreign = trusted.cluster === base.cluster ? {} : { tokensOf: trusted.cluster };
  return { ...base, element: "subject", what: trusted.subject, policies: policiesOf(role), ...foreign };
}

function policiesOf(role: Role | undefined): string[] {
  return [...(role?.managedPolicies ?? []), ...(role?.inlinePolicies ?? []).map(({ name }) => `inline:${name}`)];
}

/** Changed conditions or actions of a principal are a change of that principal. */
function principalChanges(before: Role | undefined, after: Role | undefined, base: Base): AccessChange[] {
  const [old, current] = [admittedPrincipals(before), admittedPrincipals(after)];
  const texts = (all: readonly AdmittedPrincipal[]) => new Set(all.map(principalText));
  const [kept, known] = [texts(current), texts(old)];
  const removed = old.filter((principal) => !kept.has(principalText(principal)));
  const added = current
    .filter((principal) => !known.has(principalText(principal)))
    .map((principal): AccessChange => {
      const common = principalChange(principal, after, base);
      const index = removed.findIndex(({ type, name }) => type === principal.type && name === principal.name);
      const [earlier] = index < 0 ? [] : removed.splice(index, 1);
      // Anyone of an account or of a service is more than one more principal of a role that exists.
      if (!earlier) return { ...common, kind: before && common.open !== undefined ? "widened" : "added" };
      const kind = isNarrower(principal, earlier) ? "narrowed" : "widened";
      return { ...common, kind, before: principalText(earlier) };
    });
  const gone = removed.map(
    (principal): AccessChange => ({ ...principalChange(principal, before, base), kind: "removed" }),
  );
  return [...added, ...gone];
}

function principalChange(principal: AdmittedPrincipal, role: Role | undefined, base: Base): Omit<AccessChange, "kind"> {
  const { open } = principal;
  const common = { ...base, element: "principal", what: principalText(principal), policies: policiesOf(role) } as const;
  return open === undefined ? common : { ...common, open };
}

function subjectKey({ providerArn, subject, match }: TrustedSubject): string {
  return `${providerArn} ${match} ${subject}`;
}

function includes(wide: TrustedSubject, narrow: TrustedSubject): boolean {
  if (wide.providerArn !== narrow.providerArn || wide.match !== "pattern") return false;
  return globMatches(parseGlob(wide.subject), narrow.subject);
}

function policyChanges(before: Role, after: Role, base: Base): AccessChange[] {
  const difference = (one: Role, other: Role) =>
    one.managedPolicies.filter((policy) => !other.managedPolicies.includes(policy));
  const change =
    (kind: "widened" | "narrowed") =>
    (what: string): AccessChange => ({ ...base, kind, element: "policy", what });
  return [...difference(after, before).map(change("widened")), ...difference(before, after).map(change("narrowed"))];
}

function actionChanges(before: Role, after: Role, base: Base, expand: ExpandAction): AccessChange[] {
  const [old, current] = [inlinePermissions(before, expand), inlinePermissions(after, expand)];
  const lost = notIncluded(old.allowed, current.allowed);
  /** Whether a part of a lost permission stays, such as fewer resources or the same ones with a condition. */
  const remains = (permission: Permission) =>
    current.allowed.some((other) => notIncluded([other], [permission]).length === 0);
  const changes = (kind: "widened" | "narrowed", what: string, permissions: readonly Permission[]) =>
    grouped(permissions).map(
      ({ actions, scope }): AccessChange => ({ ...base, kind, element: "action", what, actions, scope }),
    );
  return [
    ...changes("widened", "allowed", notIncluded(current.allowed, old.allowed)),
    ...changes("widened", "no longer denied", notIncluded(old.denied, current.denied)),
    ...changes(
      "narrowed",
      "no longer allowed",
      lost.filter((permission) => !remains(permission)),
    ),
    ...changes("narrowed", "no longer allowed in all cases", lost.filter(remains)),
    ...changes("narrowed", "denied", notIncluded(current.denied, old.denied)),
  ];
}

/** Returns what the inline policies of a new role allow: a renamed role is a new one, and can have other policies. */
function firstActions(role: Role, base: Base, expand: ExpandAction): AccessChange[] {
  return grouped(inlinePermissions(role, expand).allowed).map(
    (group): AccessChange => ({ ...base, kind: "added", element: "action", what: "allowed", ...group }),
  );
}

function firstLimits({ exclusivePolicies }: Role, base: Base): AccessChange[] {
  if (exclusivePolicies) return [];
  return [{ ...base, kind: "added", element: "limit", what: "policies that are not declared are not removed" }];
}

/** Returns the permissions by where they apply. */
function grouped(permissions: readonly Permission[]) {
  const scopes = Map.groupBy(permissions, ({ resource, condition }) => JSON.stringify([resource, condition]));
  return [...scopes.values()].map((group) => {
    const { resource, condition } = group[0] as Permission;
    return { actions: group.map(({ action }) => action), scope: { resource, condition } };
  });
}

function limitChanges(before: Role, after: Role, base: Base): AccessChange[] {
  const limit = (kind: "widened" | "narrowed", what: string): AccessChange => ({
    ...base,
    kind,
    element: "limit",
    what,
  });
  const changes: AccessChange[] = [];
  const [old, current] = [before.permissionsBoundary, after.permissionsBoundary];
  if (old === undefined && current !== undefined) changes.push(limit("narrowed", `permissions boundary ${current}`));
  // What a boundary allows is not part of the configuration, so another boundary counts as a wider one.
  else if (old !== current) changes.push(limit("widened", `permissions boundary ${current ?? "removed"} (was ${old})`));
  const session = (role: Role) => role.maxSessionDuration ?? SESSION_DURATION.least;
  if (session(before) !== session(after)) {
    const kind = session(after) > session(before) ? "widened" : "narrowed";
    changes.push(limit(kind, `sessions of at most ${session(after)} seconds (was ${session(before)})`));
  }
  if (before.exclusivePolicies && !after.exclusivePolicies)
    changes.push(limit("widened", "policies that are not declared are no longer removed"));
  if (!before.exclusivePolicies && after.exclusivePolicies)
    changes.push(limit("narrowed", "policies that are not declared are removed"));
  return changes;
}
