import { type Conditions, members, type PolicyDocument, type Statement } from "../iam/policy-types";
import { MANAGED_POLICY_SIZE } from "../iam/quotas";
import type { Permission } from "./permissions";

/** Returns policies that allow exactly the permissions. No policy exceeds the size of a managed policy. */
export function policyDocuments(permissions: readonly Permission[]): PolicyDocument[] {
  const documents: Statement[][] = [];
  for (const statement of statementsOf(permissions).flatMap(splitStatement)) {
    const last = documents.at(-1);
    if (last && sizeOf([...last, statement]) <= MANAGED_POLICY_SIZE) last.push(statement);
    else documents.push([statement]);
  }
  return documents.map((Statement) => ({ Version: "2012-10-17", Statement }));
}

/** Returns a statement for all actions that have the same resources and the same condition. */
function statementsOf(permissions: readonly Permission[]): Statement[] {
  const byAction = groupBy(permissions, ({ action, condition }) => JSON.stringify([action, condition]));
  const grants = byAction.map((group) => {
    const { action, condition } = group[0];
    return { action, condition, resources: [...new Set(group.map(({ resource }) => resource))].sort() };
  });
  const byResources = groupBy(grants, ({ condition, resources }) => JSON.stringify([condition, resources]));
  return byResources.map((group) => {
    const { condition, resources } = group[0];
    return statement(group.map(({ action }) => action).sort(), resources, condition);
  });
}

function statement(actions: readonly string[], resources: readonly string[], condition?: Conditions): Statement {
  return {
    Effect: "Allow",
    Action: actions,
    Resource: resources,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

/** Splits a statement that is larger than a policy by its resources. */
function splitStatement(whole: Statement): Statement[] {
  const resources = members(whole.Resource);
  if (sizeOf([whole]) <= MANAGED_POLICY_SIZE || resources.length < 2) return [whole];
  const middle = Math.ceil(resources.length / 2);
  return [resources.slice(0, middle), resources.slice(middle)].flatMap((Resource) =>
    splitStatement({ ...whole, Resource }),
  );
}

function sizeOf(statements: readonly Statement[]): number {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements }).length;
}

/** Returns the members of a list by key, in the order of the first member of each key. */
function groupBy<T>(list: readonly T[], keyOf: (member: T) => string): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const member of list) {
    const group = groups.get(keyOf(member));
    if (group) group.push(member);
    else groups.set(keyOf(member), [member]);
  }
  return [...groups.values()];
}
