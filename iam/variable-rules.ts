import { parseOperator } from "./operators";
import { members, type PolicyProblem } from "./policy-types";
import { findConditionKey, type IamData, type StatementRule } from "./service-data";

/** Returns a part of a text that a user was meant to replace, such as `<account>` or `xxxx`. */
export function placeholder(text: string): string | undefined {
  return /<[^<>]*>|(?<=^|[:/._-])[xX]{4,}(?=$|[:/._-])|\bYOUR[-_]\w+|\b(?:ACCOUNT|REGION|BUCKET)(?:[-_]?(?:ID|NAME))?\b/.exec(
    text,
  )?.[0];
}

/**
 * Reports policy variables that IAM does not replace, and placeholders.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function variableRule(version: unknown): StatementRule {
  return ({ statement, path, data }) => {
    const problems: PolicyProblem[] = [];
    const check = (value: unknown, at: PolicyProblem["path"]) => {
      for (const [index, text] of members(value).entries()) {
        const found = typeof text === "string" ? textProblem(text, version, data) : undefined;
        if (found) problems.push({ ...found, severity: "warning", path: Array.isArray(value) ? [...at, index] : at });
      }
    };
    for (const key of ["Resource", "NotResource"] as const) check(statement[key], [...path, key]);
    for (const [name, keys] of Object.entries(statement.Condition ?? {})) {
      const comparison = parseOperator(name)?.comparison;
      const replaced = typeof comparison === "object" && ["string", "arn"].includes(comparison.type);
      if (replaced) for (const [key, value] of Object.entries(keys)) check(value, [...path, "Condition", name, key]);
    }
    return problems;
  };
}

type Found = Pick<PolicyProblem, "rule" | "problem" | "fix">;

function textProblem(text: string, version: unknown, data: IamData): Found | undefined {
  const marked = placeholder(text);
  if (marked !== undefined) {
    return { rule: "placeholder", problem: `"${text}" contains the placeholder ${marked}`, fix: "use the real value" };
  }
  const escaped = /(?:\$\$|&)\{([^}]*)\}/.exec(text);
  if (escaped) {
    const problem = `"${text}" contains ${escaped[0]}, an escape sequence of another tool`;
    return { rule: "policy-variable", problem, fix: `use \${${escaped[1]}}` };
  }
  for (const [variable, inner = ""] of text.matchAll(/\$\{([^}]*)\}/g)) {
    const found = variableProblem(variable, inner, version, data);
    if (found) return { rule: "policy-variable", ...found };
  }
  return undefined;
}

function variableProblem(
  variable: string,
  inner: string,
  version: unknown,
  data: IamData,
): Omit<Found, "rule"> | undefined {
  if (["*", "?", "$"].includes(inner) && version === "2012-10-17") return undefined;
  const key = /^\s*([^\s,]+:[^\s,]+)\s*(?:,\s*'[^']*'\s*)?$/.exec(inner)?.[1];
  if (key === undefined && !["*", "?", "$"].includes(inner)) {
    const terraform = /^(?:data|var|local|module|aws_\w+|each|path)\./.test(inner);
    return {
      problem: `${variable} is ${terraform ? "a Terraform expression" : "not a policy variable"}, and never matches`,
      fix: terraform ? "use its value" : "use the value, or a condition key such as ${aws:username}",
    };
  }
  if (version !== "2012-10-17") {
    return { problem: `${variable} is literal text in this policy version`, fix: 'use Version "2012-10-17"' };
  }
  if (key === undefined || key.includes(".") || findConditionKey(data, key)) return undefined;
  return {
    problem: `${variable} is not a condition key of AWS (data of ${data.date}), and never matches`,
    fix: "use a condition key such as ${aws:username}",
  };
}
