import { checkActions } from "./action-rules";
import { parseArn } from "./arn";
import { conditionBlockProblems, conditionRule } from "./condition-rules";
import type { ValueProblem } from "./names";
import { nearest } from "./nearest";
import type { Partition } from "./partition";
import { checkCharacters } from "./policy-lint";
import type { Conditions, OneOrMany, PolicyProblem, Statement } from "./policy-types";
import type { IamData } from "./service-data";

/** A statement of a trust policy that allows something, in lists. */
export interface TrustStatement {
  readonly principals: { readonly [Type in PrincipalType]?: readonly string[] | undefined };
  readonly actions: readonly string[];
  readonly conditions?: Conditions | undefined;
}

export const PRINCIPAL_TYPES = ["AWS", "Service", "Federated"] as const;
export type PrincipalType = (typeof PRINCIPAL_TYPES)[number];

/** The role that a statement belongs to. */
export interface TrustingRole {
  /** Undefined if the partition is not known. */
  readonly partition: Partition | undefined;
  /** Undefined if the account is not known. */
  readonly accountId: string | undefined;
}

/** Returns the statement in the form of a policy document. A single value stays a string. */
export function trustStatement({ principals, actions, conditions }: TrustStatement): Statement {
  const types = PRINCIPAL_TYPES.flatMap((type) => (principals[type] ? [[type, oneOrMany(principals[type])]] : []));
  return {
    Effect: "Allow",
    Principal: Object.fromEntries(types),
    Action: oneOrMany(actions),
    ...(conditions === undefined ? {} : { Condition: conditions }),
  };
}

function oneOrMany(values: readonly string[]): OneOrMany {
  const [first, second] = values;
  return first !== undefined && second === undefined ? first : values;
}

/** Identity providers that IAM knows without an object in the account. */
const WEB_IDENTITY = ["accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"];

/** Returns the action with which a principal assumes a role. */
function assumeAction(type: PrincipalType, principal: string): string {
  if (type !== "Federated") return "sts:AssumeRole";
  return principal.includes(":saml-provider/") ? "sts:AssumeRoleWithSAML" : "sts:AssumeRoleWithWebIdentity";
}

/** Actions that a statement can have beside the one that assumes the role. */
const FURTHER_ACTIONS = ["sts:TagSession", "sts:SetSourceIdentity"];

/**
 * Returns the problems of a statement of a trust policy: principals that IAM does not accept, actions that the principals
 * cannot use, and conditions. The paths begin at `principals`, `actions` and `conditions`.
 * @param others the other statements of the policy, which can let the same principals assume the role
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function trustStatementProblems(
  { principals, actions, conditions }: TrustStatement,
  role: TrustingRole,
  data: IamData,
  others: readonly TrustStatement[] = [],
): PolicyProblem[] {
  const named = namedPrincipals(principals);
  const found = named.flatMap(({ type, name, path }) => {
    const problem = principalProblem(type, name, role);
    return problem ? [error("principal", path, `${quoted(name)} ${problem.problem}`, problem.fix)] : [];
  });
  const needed = [...new Set(named.map(({ type, name }) => assumeAction(type, name)))];
  return [
    ...found,
    ...actionProblems(
      actions,
      needed,
      named.every(({ type, name }) => others.some((other) => isAssumedBy(other, type, name))),
    ),
    ...podIdentityProblems(principals.Service, actions),
    ...conditionProblems(actions, conditions, data),
  ];
}

export interface NamedPrincipal {
  readonly type: PrincipalType;
  readonly name: string;
  /** The place in the statement, which begins with `principals`. */
  readonly path: PolicyProblem["path"];
}

export function namedPrincipals(principals: TrustStatement["principals"]): NamedPrincipal[] {
  return PRINCIPAL_TYPES.flatMap((type) =>
    (principals[type] ?? []).map((name, index) => ({ type, name, path: ["principals", type, index] })),
  );
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}

/** Source: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html */
function podIdentityProblems(services: readonly string[] | undefined, actions: readonly string[]): PolicyProblem[] {
  if (!services?.some((service) => service.startsWith("pods.eks.")) || actions.includes("sts:TagSession")) return [];
  const problem = "do not include sts:TagSession, which EKS Pod Identity uses";
  return [{ path: ["actions"], rule: "action", severity: "warning", problem, fix: "add sts:TagSession" }];
}

/** Whether actions let principals assume the role: sts:TagSession alone does not. */
export function areAssuming(actions: readonly string[]): boolean {
  return actions.some((action) => action.startsWith("sts:AssumeRole"));
}

function isAssumedBy({ principals, actions }: TrustStatement, type: PrincipalType, name: string): boolean {
  return areAssuming(actions) && principals[type]?.includes(name) === true;
}

/** @param isAssumed whether other statements let the principals assume the role */
function actionProblems(actions: readonly string[], needed: readonly string[], isAssumed: boolean): PolicyProblem[] {
  const [action, second] = needed;
  if (action === undefined) return [];
  if (second !== undefined) {
    const fix = `write a separate statement for the principals that use ${second}`;
    return [error("principal", ["principals"], `need the actions ${needed.join(" and ")}`, fix)];
  }
  const accepted = [action, ...FURTHER_ACTIONS];
  const unknown = [...actions.entries()].flatMap(([index, name]) => {
    if (accepted.includes(name)) return [];
    const meant = nearest(name, accepted);
    const fix = meant === undefined ? `use ${action}` : `did you mean ${meant}?`;
    return [error("action", ["actions", index], `${quoted(name)} is not an action of these principals`, fix)];
  });
  if (unknown.length > 0 || actions.length === 0 || actions.includes(action) || isAssumed) return unknown;
  return [
    error(
      "action",
      ["actions"],
      `do not include ${action}, with which these principals assume a role`,
      `add ${action}`,
    ),
  ];
}

function conditionProblems(
  actions: readonly string[],
  conditions: Conditions | undefined,
  data: IamData,
): PolicyProblem[] {
  if (conditions === undefined) return [];
  const form = conditionBlockProblems(conditions, ["conditions"]);
  checkCharacters(conditions, ["conditions"], (path, problem, fix) =>
    form.push(error("character", path, problem, fix)),
  );
  if (form.length > 0) return form;
  const statement: Statement = { Effect: "Allow", Action: actions, Condition: conditions };
  const known = checkActions(actions, ["actions"], data).actions;
  const problems = conditionRule({
    statement,
    path: [],
    data,
    actions: known?.filter(({ pattern }) => !FURTHER_ACTIONS.includes(pattern)),
  });
  return problems.map((problem) => ({ ...problem, path: ["conditions", ...problem.path.slice(1)] }));
}

function principalProblem(type: PrincipalType, principal: string, role: TrustingRole): ValueProblem | undefined {
  if (type === "AWS") return awsProblem(principal, role);
  return type === "Service" ? serviceProblem(principal) : federatedProblem(principal, role);
}

function awsProblem(principal: string, { partition, accountId }: TrustingRole): ValueProblem | undefined {
  if (principal === "*" || /^\d{12}$/.test(principal)) return undefined;
  const account = accountId ?? "123456789012";
  if (/[*?]/.test(principal)) {
    const fix = `use the ARN of each role, or arn:${partition ?? "aws"}:iam::${account}:root with a condition on aws:PrincipalArn`;
    return { problem: "has a wildcard, which IAM accepts only as the whole principal", fix };
  }
  if (/^A[A-Z0-9]{15,}$/.test(principal))
    return {
      problem: "is the unique ID of a principal, perhaps of a deleted one",
      fix: "use the ARN of the role or user",
    };
  const arn = parseArn(principal);
  const known =
    arn?.region === "" &&
    /^\d{12}$/.test(arn.accountId) &&
    { iam: /^(?:root$|user\/|role\/)/, sts: /^(?:assumed-role\/[^/]+\/[^/]+|federated-user\/[^/]+)$/ }[
      arn.service
    ]?.test(arn.resource);
  if (!arn || !known)
    return {
      problem: "is not the ARN of an account, a role or a user",
      fix: `use an ARN such as arn:${partition ?? "aws"}:iam::${account}:role/deployer`,
    };
  return partitionProblem(arn.partition, partition);
}

function partitionProblem(found: string, partition: Partition | undefined): ValueProblem | undefined {
  if (partition === undefined || found === partition) return undefined;
  return {
    problem: `is in partition ${found}, and the role is in ${partition}`,
    fix: `use an ARN that begins with arn:${partition}:`,
  };
}

function serviceProblem(principal: string): ValueProblem | undefined {
  if (/^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?$/.test(principal)) return undefined;
  return { problem: "is not a service principal", fix: "use a name such as pods.eks.amazonaws.com" };
}

function federatedProblem(principal: string, { partition, accountId }: TrustingRole): ValueProblem | undefined {
  if (WEB_IDENTITY.includes(principal)) return undefined;
  const arn = parseArn(principal);
  if (arn?.service !== "iam" || !/^(?:oidc-provider\/[\w.~/-]+|saml-provider\/[\w.-]+)$/.test(arn.resource)) {
    const fix = `use an ARN such as arn:${partition ?? "aws"}:iam::${accountId ?? "123456789012"}:oidc-provider/token.actions.githubusercontent.com`;
    return { problem: "is not the ARN of an identity provider", fix };
  }
  const problem = partitionProblem(arn.partition, partition);
  if (problem || accountId === undefined || arn.accountId === accountId) return problem;
  const fix = `use the provider of account ${accountId}`;
  return {
    problem: `is in account ${arn.accountId}, and IAM needs a provider in the account of the role, ${accountId}`,
    fix,
  };
}

function error(rule: string, path: PolicyProblem["path"], problem: string, fix: string): PolicyProblem {
  return { path, rule, severity: "error", problem, fix };
}
