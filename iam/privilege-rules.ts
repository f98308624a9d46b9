import { members, type OneOrMany, type PolicyProblem } from "./policy-types";
import { resourceTypesOf, type StatementContext, type StatementRule } from "./service-data";

type Warning = Omit<PolicyProblem, "severity">;

const warn = (problem: Warning): PolicyProblem => ({ ...problem, severity: "warning" });

/** Actions with which a role can get more privileges than its policies allow, and what they make possible. */
const ESCALATIONS: Readonly<Record<string, string>> = {
  "iam:AddUserToGroup": "add a user to a group with more permissions",
  "iam:AttachGroupPolicy": "attach any managed policy to a group",
  "iam:AttachRolePolicy": "attach any managed policy to a role",
  "iam:AttachUserPolicy": "attach any managed policy to a user",
  "iam:CreateAccessKey": "create keys for another user",
  "iam:CreateLoginProfile": "set the console password of another user",
  "iam:CreatePolicyVersion": "replace the content of a managed policy",
  "iam:DeleteRolePermissionsBoundary": "remove the permissions boundary of a role",
  "iam:PutGroupPolicy": "add any permission to a group",
  "iam:PutRolePolicy": "add any permission to a role",
  "iam:PutUserPolicy": "add any permission to a user",
  "iam:SetDefaultPolicyVersion": "activate another version of a managed policy",
  "iam:UpdateAssumeRolePolicy": "let anyone assume a role",
  "iam:UpdateLoginProfile": "set the console password of another user",
};

/** Actions that are a path to more privileges if they are allowed on every resource. */
const BROAD_ESCALATIONS: Readonly<Record<string, string>> = {
  "lambda:UpdateFunctionCode": "run code with the role of any function",
  "ssm:SendCommand": "run commands with the role of any managed instance",
  "ssm:StartSession": "run commands with the role of any managed instance",
  "sts:AssumeRole": "assume every role whose trust policy admits the account",
};

/** Actions that start code with a role that iam:PassRole passes. */
const RUNNERS = [
  "cloudformation:CreateStack",
  "codebuild:CreateProject",
  "datapipeline:CreatePipeline",
  "ec2:RunInstances",
  "ecs:RegisterTaskDefinition",
  "ecs:RunTask",
  "glue:CreateDevEndpoint",
  "glue:CreateJob",
  "lambda:CreateFunction",
  "sagemaker:CreateNotebookInstance",
  "sagemaker:CreateProcessingJob",
  "sagemaker:CreateTrainingJob",
  "states:CreateStateMachine",
];

/** Returns whether a statement allows an action on every resource of the action's type. */
const isBroad = ({ statement }: StatementContext) =>
  statement.Resource === undefined ||
  members(statement.Resource).some((resource) =>
    /^\*$|^arn:[^:]*:[^:]*:[^:]*:[^:]*:(?:[a-z-]+[/:])?\*$/.test(resource),
  );

/** Returns the names of the actions that a pattern of a statement includes, such as `iam:PassRole`. */
function names(
  context: StatementContext,
): { readonly pattern: string; readonly path: Warning["path"]; readonly actions: Set<string> }[] {
  return (context.actions ?? []).map(({ pattern, index, service, matches }) => ({
    pattern,
    path: index === undefined ? [...context.path, "Action"] : [...context.path, "Action", index],
    actions: new Set(matches.map(({ name }) => `${service}:${name}`)),
  }));
}

/**
 * Reports actions that are known paths to more privileges.
 * @param contexts all Allow statements of a policy
 */
export function escalationProblems(contexts: readonly StatementContext[]): PolicyProblem[] {
  const allowed = new Set(contexts.flatMap((context) => names(context).flatMap(({ actions }) => [...actions])));
  const runner = RUNNERS.find((action) => allowed.has(action));
  return contexts.flatMap((context) =>
    names(context).flatMap(({ pattern, path, actions }) => {
      const opened = [
        ...Object.entries(ESCALATIONS),
        ...(isBroad(context) ? Object.entries(BROAD_ESCALATIONS) : []),
        ...(isBroad(context) && runner ? [["iam:PassRole", `run code with any role, with ${runner}`] as const] : []),
      ].filter(([action]) => actions.has(action));
      const [first] = opened;
      if (!first) return [];
      const [action, effect] = first;
      const includes =
        action === pattern
          ? ""
          : `includes ${action}${opened.length > 1 ? ` and ${opened.length - 1} similar actions` : ""}, and `;
      const problem = `"${pattern}" ${includes}makes it possible to ${effect}`;
      const fix = "remove the action, or restrict Resource to what the service needs";
      return [warn({ path, rule: "privilege-escalation", problem, fix })];
    }),
  );
}

function exceptions(element: OneOrMany | undefined): string {
  return element === undefined ? "" : ` except ${members(element).join(", ")}`;
}

/** Reports statements that allow more than a service needs: every resource, or everything. */
export const breadthRule: StatementRule = ({ statement, path, data, actions }) => {
  const { Effect, Action, NotAction, Resource, NotResource, Condition } = statement;
  if (Effect !== "Allow") return [];
  const allActions = NotAction !== undefined || members(Action).some((action) => action === "*" || action === "*:*");
  const everywhere =
    NotResource !== undefined || members(Resource).some((text) => /^\*$|^arn:[^:]*:\*:[^:]*:[^:]*:\*$/.test(text));
  if (allActions && everywhere) {
    const problem = `allows every action${exceptions(NotAction)} on every resource${exceptions(NotResource)}`;
    const fix = "allow only the actions and resources that the service needs";
    return [warn({ path, rule: "full-access", problem, fix })];
  }
  if (Condition !== undefined || !members(Resource).includes("*")) return [];
  const wide = (actions ?? []).filter(({ service, matches }) =>
    matches.some((action) => {
      const types = resourceTypesOf(data, service, action);
      return (
        types !== undefined &&
        types.length > 0 &&
        action.accessLevel !== "List" &&
        !/^(?:Describe|List)/.test(action.name)
      );
    }),
  );
  if (wide.length === 0) return [];
  const list = wide.map(({ pattern }) => pattern).join(", ");
  const problem = `"*" includes every resource of the account for ${list}`;
  return [
    warn({ path: [...path, "Resource"], rule: "broad-resource", problem, fix: "use the ARNs that the service needs" }),
  ];
};
