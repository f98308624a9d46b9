import type { ValueProblem } from "./names";
import { isRegion, type Partition } from "./partition";
import { members, type OneOrMany, type PolicyProblem } from "./policy-types";
import { INLINE_POLICIES_SIZE } from "./quotas";
import { formatTokens, patternsIntersect, resourceTokens } from "./resource-patterns";
import {
  type IamData,
  type ResourceType,
  resourceTypesOf,
  type ServiceAction,
  type StatementAction,
  type StatementContext,
  type StatementRule,
} from "./service-data";
import { placeholder } from "./variable-rules";

type Found = ValueProblem & Pick<PolicyProblem, "rule">;

/** Returns the six parts of an ARN or ARN pattern. A policy variable can contain colons. */
function arnParts(text: string): string[] | undefined {
  const parts = text.match(/(?:\$\{[^}]*\}|[^:])+|(?<=:)(?=:|$)/g) ?? [];
  if (parts[0] !== "arn" || parts.length < 6 || /\s/.test(text)) return undefined;
  return [...parts.slice(0, 5), text.slice(parts.slice(0, 5).join(":").length + 1)];
}

const isPattern = (text: string) => /[*?]|\$\{/.test(text);

/**
 * Returns the problem of the form of a resource, whatever the actions are.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export function resourceProblem(text: string, partition: Partition | undefined): Found | undefined {
  const rule = "resource-form";
  if (text === "*") return undefined;
  if (text.length > INLINE_POLICIES_SIZE) return { rule, problem: "is too long", fix: "use an ARN" };
  const s3 = /^s3:\/\/([^/]+)\/?(.*)$/.exec(text);
  if (s3) {
    const fix = `use arn:${partition ?? "aws"}:s3:::${s3[1]}${s3[2] ? `/${s3[2]}` : ""}`;
    return { rule, problem: "is a URI, not an ARN", fix };
  }
  const parts = arnParts(text);
  if (!parts || parts[5] === "" || parts[2] === "") {
    return { rule, problem: "is not an ARN", fix: `use an ARN, such as arn:${partition ?? "aws"}:s3:::my-bucket/*` };
  }
  if (placeholder(text) !== undefined) return undefined;
  const [, own = "", , region = "", account = ""] = parts;
  if (partition !== undefined && own !== partition && !isPattern(own)) {
    return { rule, problem: `is in partition ${own}, but the role is in ${partition}`, fix: `use arn:${partition}:…` };
  }
  if (region !== "" && !isPattern(region) && !isRegion(region)) {
    return { rule, problem: `contains "${region}", which is not a region`, fix: "use a region such as eu-west-3" };
  }
  if (account !== "" && !isPattern(account) && !/^(?:\d{12}|aws)$/.test(account)) {
    const fix = "use the 12 digits of the account";
    return { rule, problem: `contains "${account}", which is not an account ID`, fix };
  }
  return undefined;
}

/** Reports ARNs that fit no action of the statement, and actions that no resource of the statement fits. */
export const resourceRule: StatementRule = ({ statement, path, data, actions }) => {
  const key = statement.Resource === undefined ? "NotResource" : "Resource";
  const element = statement[key];
  const resources = [...members(element).entries()].filter(
    ([, text]) => resourceProblem(text, undefined) === undefined && placeholder(text) === undefined,
  );
  if (key === "Resource" && resources.some(([, text]) => text === "*")) return [];
  const types = key === "Resource" ? typesOfActions(actions, data) : undefined;
  /** Whether a resource is a resource of its service, beside one that the actions use: many policies have such a resource. */
  const isSpare = (text: string) =>
    resources.some(([, other]) => misfit(other, types ?? [], []) === undefined) &&
    misfit(text, Object.values(data.service(arnParts(text)?.[2] ?? "")?.resourceTypes ?? {}), []) === undefined;
  const problems = resources.flatMap(([index, text]): PolicyProblem[] => {
    const at = Array.isArray(element) ? [...path, key, index] : [...path, key];
    const service = arnParts(text)?.[2] ?? "";
    const candidates = types ?? Object.values(data.service(service)?.resourceTypes ?? {});
    if (types === undefined && candidates.length === 0) return [];
    const found = misfit(
      text,
      candidates,
      (actions ?? []).map(({ pattern }) => pattern),
    );
    if (!found) return [];
    const problem = `"${text}" ${found.problem}`;
    if (isSpare(text)) {
      return [{ ...found, path: at, severity: "warning", problem, fix: `remove the resource, or ${found.fix}` }];
    }
    return [{ ...found, path: at, severity: types?.length === 0 ? "warning" : "error", problem }];
  });
  const isIncomplete = resources.length < members(element).length;
  const isReported = types?.length === 0 && problems.length > 0;
  if (types === undefined || isReported || isIncomplete || problems.some(isError)) return problems;
  const mismatches = (actions ?? []).flatMap((action): PolicyProblem[] => {
    const own = typesOfActions([action], data);
    if (own === undefined || resources.some(([, text]) => misfit(text, own, [action.pattern]) === undefined)) return [];
    const at = action.index === undefined ? [...path, "Action"] : [...path, "Action", action.index];
    const [problem, fix] =
      own.length === 0
        ? ['supports only Resource "*", and may have', `move ${action.pattern} to a statement with Resource "*"`]
        : [
            "does not apply to a resource of this statement, and has",
            `add a resource of the form ${forms(own, resources[0]?.[1])}`,
          ];
    const problemText = `"${action.pattern}" ${problem} no effect here`;
    return [{ path: at, rule: "resource-mismatch", severity: "warning", problem: problemText, fix }];
  });
  return [...problems, ...mismatches];
};

const isError = ({ severity }: PolicyProblem) => severity === "error";

/**
 * Reports actions of EC2 that need permission for resources of several types, of which one is missing. For other
 * services, the required types of the data can be alternatives.
 * @param contexts all Allow statements of a policy
 */
export function missingResourceProblems(contexts: readonly StatementContext[]): PolicyProblem[] {
  const seen = new Set<string>();
  return contexts.flatMap(({ path, data, actions }) =>
    (actions ?? []).flatMap(({ pattern, index, service, matches: [action, ...others] }): PolicyProblem[] => {
      const types = action && resourceTypesOf(data, service, action);
      if (service !== "ec2" || !types || others.length > 0 || /[*?]/.test(pattern) || seen.has(pattern)) return [];
      seen.add(pattern);
      const required = types.filter((type) =>
        action.resourceTypes.some(({ name, required }) => required && name.toLowerCase() === type.key.toLowerCase()),
      );
      const allowing = contexts.filter((context) => allows(context, service, action));
      if (required.length < 2 || allowing.some(({ statement }) => !isSelective(statement.Resource))) return [];
      const resources = allowing.flatMap(({ statement }) => members(statement.Resource));
      const missing = required.filter((type) => resources.every((text) => misfit(text, [type], []) !== undefined));
      // The rule for one statement reports an action without any fitting resource.
      if (missing.length === 0 || missing.length === required.length) return [];
      const at = index === undefined ? [...path, "Action"] : [...path, "Action", index];
      const problem = `"${pattern}" needs permission for resources of other types too`;
      const fix = `add a resource of the form ${forms(missing, resources[0])}`;
      return [{ path: at, rule: "resource-mismatch", severity: "warning", problem, fix }];
    }),
  );
}

const allows = ({ actions }: StatementContext, service: string, action: ServiceAction) =>
  actions === undefined || actions.some((other) => other.service === service && other.matches.includes(action));

const isSelective = (element: OneOrMany | undefined) =>
  element !== undefined && members(element).every((text) => text !== "*" && placeholder(text) === undefined);

/** Returns the resource types of actions, or undefined if they are not all known. */
function typesOfActions(actions: readonly StatementAction[] | undefined, data: IamData): ResourceType[] | undefined {
  if (actions === undefined) return undefined;
  const types = new Map<string, ResourceType>();
  for (const { service: prefix, matches } of actions) {
    for (const action of matches) {
      const own = resourceTypesOf(data, prefix, action);
      if (own === undefined) return undefined;
      for (const type of own) types.set(type.arn, type);
    }
  }
  return [...types.values()];
}

/** @param near an ARN in the partition of the forms */
function forms(types: readonly ResourceType[], near = ""): string {
  const partition = /^arn:([\w-]+):/.exec(near)?.[1] ?? "aws";
  return types
    .slice(0, 2)
    .map(({ arn }) => arn.replace("${Partition}", partition))
    .join(" or ");
}

function misfit(text: string, types: readonly ResourceType[], actions: readonly string[]): Found | undefined {
  const rule = "resource-mismatch";
  const [, , service = "", region = "", account = "", resource = ""] = arnParts(text) ?? [];
  if (types.length === 0) {
    // Services check such an action on "*", on everything of the service, or on a type: dynamodb:ListTables on table/*.
    if (resource === "*" && actions.some((action) => action.split(":")[0]?.toLowerCase() === service)) return undefined;
    return {
      rule,
      problem: `is not "*", the only resource that AWS documents for ${actions.join(", ")}`,
      fix: 'use "*" if the service denies the action',
    };
  }
  const parsed = types.map((type) => ({ type, parts: splitFormat(type.arn) }));
  const sameService = parsed.filter(({ parts }) => fits(service, parts[2]));
  if (sameService.length === 0) {
    const services = [...new Set(parsed.map(({ parts }) => parts[2]))].join(", ");
    return {
      rule,
      problem: `is a resource of ${service}, but the actions use ${services}`,
      fix: `use an ARN of the form ${forms(types, text)}`,
    };
  }
  const tokens = resourceTokens(resource);
  const sameResource = sameService.filter(({ parts }) => patternsIntersect(tokens, formatTokens(parts[5] ?? "")));
  if (sameResource.length === 0) {
    const same = sameService.map(({ type }) => type);
    return {
      rule,
      problem: "is not a resource that the actions use",
      fix: `use an ARN of the form ${forms(same, text)}`,
    };
  }
  if (sameResource.some(({ parts }) => regionFits(region, parts[3], text) && accountFits(account, parts[4], text)))
    return undefined;
  const [{ type, parts } = { type: { arn: "" }, parts: [] as string[] }] = sameResource;
  const field = fits(region, parts[3] ?? "") ? "account" : "region";
  const problem =
    (field === "region" ? parts[3] : parts[4]) === "" ? `has a ${field}, which must be empty` : `has no ${field}`;
  return { rule, problem, fix: `use an ARN of the form ${forms([type as ResourceType], text)}` };
}

/** Returns the six parts of a format. Formats have no colons in their variables. */
function splitFormat(format: string): string[] {
  const parts = format.split(":");
  return [...parts.slice(0, 5), parts.slice(5).join(":")];
}

const fits = (text: string, format = "") => patternsIntersect(resourceTokens(text), formatTokens(format));

/** The data has no objects of a multi-Region access point, whose ARN has no region. */
const regionFits = (text: string, format: string | undefined, arn: string) =>
  fits(text, format) || (text === "" && /:s3::[^:]*:accesspoint\/[^/]*(?:\.mrap|\*)(?:\/|$)/.test(arn));

/** Parameters, documents and automations of AWS in Systems Manager have no account. */
const accountFits = (text: string, format: string | undefined, arn: string) =>
  fits(text, format) ||
  (text === "" && /:ssm:[^:]*::(?:parameter\/aws\/|(?:document|automation-definition)\/(?:aws|amazon|\*))/i.test(arn));
