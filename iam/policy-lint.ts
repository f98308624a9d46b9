import type { ValueProblem } from "./names";
import { nearest } from "./nearest";
import { parseOperator } from "./operators";
import type { Partition } from "./partition";

/** A problem at a place of a policy document. */
export interface PolicyProblem extends ValueProblem {
  /** Keys and indexes from the document's root. */
  readonly path: readonly (string | number)[];
  readonly severity: "error" | "warning";
}

const DOCUMENT_KEYS = ["Version", "Id", "Statement"];
const STATEMENT_KEYS = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];

type Path = readonly (string | number)[];
type Report = (path: Path, problem: string, fix: string, severity?: PolicyProblem["severity"]) => void;

/**
 * Returns what IAM refuses in an identity-based policy, and warnings about statements that have no effect.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 * @param partition the account's partition; resources of other partitions are errors. @default - any partition
 */
export function policyProblems(document: unknown, partition?: Partition): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const report: Report = (path, problem, fix, severity = "error") => problems.push({ path, problem, fix, severity });
  if (!isObject(document)) {
    report([], "is not a policy document", 'use an object with Version "2012-10-17" and Statement');
    return problems;
  }
  unknownKeys(document, DOCUMENT_KEYS, [], report);
  if ("Version" in document) version(document.Version, report);
  else report(["Version"], "is missing", 'add Version: "2012-10-17"');
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  if (!("Statement" in document) || statements.length === 0) {
    const problem = "Statement" in document ? "is empty" : "is missing";
    report(["Statement"], problem, "add a statement with Effect, Action and Resource");
    return problems;
  }
  const sids = new Set<string>();
  statements.forEach((statement, index) => {
    const path = Array.isArray(document.Statement) ? ["Statement", index] : ["Statement"];
    checkStatement(statement, path, sids, partition, report);
  });
  return problems;
}

/** Returns the number of characters that IAM counts: white space does not count. */
export function policySize(document: unknown): number {
  return JSON.stringify(document).replace(/\s/g, "").length;
}

function version(value: unknown, report: Report): void {
  if (value === "2012-10-17") return;
  if (value === "2008-10-17")
    report(["Version"], "is an old version, in which policy variables have no effect", 'use "2012-10-17"', "warning");
  else
    report(
      ["Version"],
      `${JSON.stringify(value)} is not a version of the policy language`,
      'use "2012-10-17", in quotes',
    );
}

function checkStatement(
  statement: unknown,
  path: Path,
  sids: Set<string>,
  partition: Partition | undefined,
  report: Report,
): void {
  if (!isObject(statement)) {
    report(path, "is not a statement", "use an object with Effect, Action and Resource");
    return;
  }
  unknownKeys(statement, STATEMENT_KEYS, path, report);
  if (statement.Effect !== "Allow" && statement.Effect !== "Deny") {
    report([...path, "Effect"], "Effect" in statement ? "is not an effect" : "is missing", "use Allow or Deny");
  }
  sid(statement.Sid, path, sids, report);
  oneOf(statement, "Action", "NotAction", path, report);
  oneOf(statement, "Resource", "NotResource", path, report);
  for (const key of ["Action", "NotAction"]) eachString(statement[key], [...path, key], report, action);
  for (const key of ["Resource", "NotResource"])
    eachString(statement[key], [...path, key], report, resource(partition));
  if (statement.Condition !== undefined) condition(statement.Condition, [...path, "Condition"], report);
}

function sid(value: unknown, path: Path, seen: Set<string>, report: Report): void {
  if (value === undefined) return;
  if (typeof value !== "string" || !/^[A-Za-z0-9]*$/.test(value)) {
    report([...path, "Sid"], `${JSON.stringify(value)} is not a statement ID`, "use letters and digits");
    return;
  }
  if (seen.has(value))
    report([...path, "Sid"], `${JSON.stringify(value)} is the ID of another statement`, "use another ID, or remove it");
  seen.add(value);
}

function oneOf(statement: Record<string, unknown>, key: string, other: string, path: Path, report: Report): void {
  const [one, two] = [key in statement, other in statement];
  if (one && two) report([...path, other], `cannot be used with ${key}`, `remove ${key} or ${other}`);
  if (!one && !two) report([...path, key], "is missing", `add ${key} or ${other}`);
}

type StringRule = (text: string) => ValueProblem | undefined;

function eachString(value: unknown, path: Path, report: Report, rule: StringRule): void {
  if (value === undefined) return;
  const list = Array.isArray(value);
  if (list && value.length === 0) report(path, "is an empty list", "add at least one member");
  for (const [index, member] of (list ? value : [value]).entries()) {
    const at = list ? [...path, index] : path;
    if (typeof member !== "string")
      report(at, `${JSON.stringify(member)} is not a string`, "use a string or a list of strings");
    else {
      const found = rule(member);
      if (found) report(at, `${JSON.stringify(member)} ${found.problem}`, found.fix);
    }
  }
}

const action: StringRule = (text) =>
  text === "*" || text === "*:*" || /^[a-zA-Z0-9-]+:[\w*?-]+$/.test(text)
    ? undefined
    : { problem: "is not an action", fix: "use service:Action, such as s3:GetObject" };

/**
 * Returns the problem of an ARN or ARN pattern. The region and account can contain wildcards and policy variables. IAM
 * rejects resources of another partition.
 */
const resource =
  (partition: Partition | undefined): StringRule =>
  (text) => {
    if (text === "*") return undefined;
    const own = /^arn:([^:\s]+):[^:\s]+:[^:]*:[^:]*:\S[^\n]*$/.exec(text)?.[1];
    if (own === undefined)
      return { problem: "is not a resource", fix: 'use "*" or an ARN, such as arn:aws:s3:::my-bucket/*' };
    if (partition === undefined || own === partition || /[*?$]/.test(own)) return undefined;
    return { problem: `is in partition ${own}, but the role is in ${partition}`, fix: `use arn:${partition}:…` };
  };

function condition(value: unknown, path: Path, report: Report): void {
  if (!isObject(value)) {
    report(path, "is not a condition block", "use the form operator: { key: value }");
    return;
  }
  for (const [operator, keys] of Object.entries(value)) {
    if (!parseOperator(operator)) {
      report(
        [...path, operator],
        "is not a condition operator",
        "use one such as StringEquals, StringLike, ArnLike or Bool",
      );
    }
    if (!isObject(keys)) report([...path, operator], "has no condition keys", "add key: value below the operator");
    else for (const [key, wanted] of Object.entries(keys)) conditionValue(wanted, [...path, operator, key], report);
  }
}

function conditionValue(value: unknown, path: Path, report: Report): void {
  const list = Array.isArray(value);
  if (list && value.length === 0) report(path, "is an empty list", "add at least one value");
  for (const [index, member] of (list ? value : [value]).entries()) {
    if (["string", "number", "boolean"].includes(typeof member)) continue;
    const problem = `${JSON.stringify(member)} is not a condition value`;
    report(list ? [...path, index] : path, problem, "use a string or a list of strings");
  }
}

function unknownKeys(value: Record<string, unknown>, known: readonly string[], path: Path, report: Report): void {
  for (const key of Object.keys(value).filter((candidate) => !known.includes(candidate))) {
    if (key === "Principal" || key === "NotPrincipal") {
      report([...path, key], "is not allowed in a role's policy", "remove it: the policy applies to the role");
      continue;
    }
    const meant = nearest(key, known);
    report(
      [...path, key],
      "is not an element of a policy",
      meant ? `did you mean ${meant}?` : `use one of ${known.join(", ")}`,
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
