import type { Role } from "../config/project";
import { globMatches, parseGlob } from "../iam/glob";
import { members, type Statement } from "../iam/policy-types";

// What inline policies allow, action by action, so that two revisions of a role can be compared.

/** An action of AWS. */
export interface AwsAction {
  /** Such as `s3:GetObject`. */
  readonly name: string;
  /** Such as `Write` or `Permissions management`. */
  readonly accessLevel: string;
}

/** Returns the actions that a pattern such as `s3:Get*` matches. */
export type ExpandAction = (pattern: string) => readonly AwsAction[];

/** One action on one resource, allowed or denied by a statement. */
export interface Permission {
  readonly action: AwsAction;
  /** An ARN pattern; with `not`, every resource except it. */
  readonly resource: string;
  /** The statement's condition as JSON, or "". */
  readonly condition: string;
}

export interface Permissions {
  readonly allowed: readonly Permission[];
  readonly denied: readonly Permission[];
}

/** The name of the action that stands for all actions, which are too many to list. */
export const ALL_ACTIONS = "all actions";
const EXCEPT = `${ALL_ACTIONS} except `;
const ANY_LEVEL = "all access levels";

/** Returns what a role's inline policies allow and deny, with the patterns of actions expanded. */
export function inlinePermissions({ inlinePolicies }: Role, expand: ExpandAction): Permissions {
  const statements = inlinePolicies.flatMap(({ document }) => members(document.Statement));
  const of = (effect: Statement["Effect"]) =>
    statements.filter(({ Effect }) => Effect === effect).flatMap((statement) => permissionsOf(statement, expand));
  return { allowed: of("Allow"), denied: of("Deny") };
}

function permissionsOf(statement: Statement, expand: ExpandAction): Permission[] {
  const { Resource, NotResource, Condition } = statement;
  const resources = NotResource === undefined ? members(Resource) : [`all except ${members(NotResource).join(", ")}`];
  const condition = Condition === undefined ? "" : JSON.stringify(Condition);
  return actionsOf(statement, expand).flatMap((action) =>
    resources.map((resource) => ({ action, resource, condition })),
  );
}

function actionsOf({ Action, NotAction }: Statement, expand: ExpandAction): AwsAction[] {
  if (NotAction !== undefined) {
    return [{ name: `${EXCEPT}${members(NotAction).toSorted().join(", ")}`, accessLevel: ANY_LEVEL }];
  }
  const found = new Map<string, AwsAction>();
  for (const pattern of members(Action)) {
    const everything = /^\*(:\*)?$/.test(pattern);
    for (const action of everything ? [{ name: ALL_ACTIONS, accessLevel: ANY_LEVEL }] : expand(pattern)) {
      found.set(action.name.toLowerCase(), action);
    }
  }
  return [...found.values()];
}

/** Returns the permissions that none of the other permissions includes. */
export function notIncluded(permissions: readonly Permission[], others: readonly Permission[]): Permission[] {
  const byAction = Map.groupBy(others, ({ action }) => action.name.toLowerCase());
  const general = others.filter(({ action }) => action.name.startsWith(ALL_ACTIONS));
  return permissions.filter((permission) => {
    const same = byAction.get(permission.action.name.toLowerCase()) ?? [];
    const wider = general.filter(({ action }) => stands(action.name, permission.action.name));
    return ![...same, ...wider].some((other) => includes(other, permission));
  });
}

/** Returns whether `all actions`, or `all actions except …`, includes an action. */
function stands(general: string, action: string): boolean {
  if (!general.startsWith(EXCEPT)) return true;
  if (action.startsWith(ALL_ACTIONS)) return false;
  const excluded = general.slice(EXCEPT.length).toLowerCase().split(", ");
  return !excluded.some((pattern) => globMatches(parseGlob(pattern), action.toLowerCase()));
}

/** Returns whether a permission includes another one with an action that it includes. Can return false for one that it does. */
function includes(wide: Permission, narrow: Permission): boolean {
  if (wide.condition !== "" && wide.condition !== narrow.condition) return false;
  return resourceIncludes(wide.resource, narrow.resource);
}

function resourceIncludes(wide: string, narrow: string): boolean {
  if (wide === narrow || wide === "*") return true;
  // `?` stands for one character, and a `*` in the narrow pattern for any number; a policy variable can have any value.
  if (/[?]|\$\{|^all except /.test(wide) || /\$\{|^all except /.test(narrow)) return false;
  return globMatches(parseGlob(wide), narrow);
}
