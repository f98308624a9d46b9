import { checkActions } from "./action-rules";
import { conditionBlockProblems, conditionRule } from "./condition-rules";
import type { ValueProblem } from "./names";
import { nearest } from "./nearest";
import type { Partition } from "./partition";
import { members, type OneOrMany, type PolicyProblem, type Statement } from "./policy-types";
import { breadthRule, escalationProblems } from "./privilege-rules";
import { INLINE_POLICIES_SIZE } from "./quotas";
import { missingResourceProblems, resourceProblem, resourceRule } from "./resource-rules";
import type { IamData, StatementContext } from "./service-data";
import { variableRule } from "./variable-rules";

const DOCUMENT_KEYS = ["Version", "Id", "Statement"];
const STATEMENT_KEYS = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];

type Path = PolicyProblem["path"];
type Report = (path: Path, problem: string, fix: string, rule?: string) => void;

/**
 * Returns the problems of an identity-based policy. Errors are what IAM refuses, and what can never have an effect.
 * Warnings are what probably does not have the meaning that it seems to have, and what allows too much.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 * @param partition the account's partition; resources of other partitions are errors. @default - any partition
 */
export function policyProblems(document: unknown, data: IamData, partition?: Partition): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const report: Report = (path, problem, fix, rule = "structure") =>
    problems.push({ path, problem, fix, rule, severity: "error" });
  if (!isObject(document)) {
    report([], "is not a policy document", 'use an object with Version "2012-10-17" and Statement');
    return problems;
  }
  if (isTrustPolicy(document)) {
    const fix = "remove this policy: the role's scope, namespace and serviceAccount produce the trust policy";
    report([], "is a trust policy, not a policy with permissions", fix, "trust-policy");
    return problems;
  }
  checkCharacters(document, [], report);
  unknownKeys(document, DOCUMENT_KEYS, [], report);
  problems.push(...versionProblems(document));
  const list = Array.isArray(document.Statement);
  const statements = members(document.Statement as unknown);
  if (statements.length === 0) {
    const problem = "Statement" in document ? "is empty" : "is missing";
    report(["Statement"], problem, "add a statement with Effect, Action and Resource");
  }
  const sids = new Set<string>();
  // The rules that use the data take too long for a document that IAM refuses anyway.
  const usedData = policySize(document) > INLINE_POLICIES_SIZE ? undefined : data;
  const contexts = statements.flatMap((statement, index) =>
    checkStatement(statement, list ? ["Statement", index] : ["Statement"], sids, usedData, partition, problems),
  );
  const rules = [resourceRule, conditionRule, variableRule(document.Version), breadthRule];
  problems.push(...contexts.flatMap((context) => rules.flatMap((rule) => rule(context))));
  const allowing = contexts.filter(({ statement }) => statement.Effect === "Allow");
  problems.push(...missingResourceProblems(allowing), ...escalationProblems(allowing));
  return problems;
}

/** Returns the number of characters that IAM counts: white space does not count. */
export function policySize(document: unknown): number {
  return JSON.stringify(document).replace(/\s/g, "").length;
}

function isTrustPolicy(document: Record<string, unknown>): boolean {
  return members(document.Statement as unknown).some(
    (statement) =>
      isObject(statement) &&
      ("Principal" in statement || "NotPrincipal" in statement) &&
      members(statement.Action as unknown).some((action) => /^sts:(?:AssumeRole|TagSession)/i.test(String(action))),
  );
}

/** Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html (PolicyDocument) */
export function checkCharacters(value: unknown, path: Path, report: Report): void {
  if (typeof value === "string") {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: IAM's pattern names tab, line feed and carriage return.
    const found = /[^\u0009\u000a\u000d\u0020-\u00ff]/u.exec(value)?.[0];
    if (found === undefined) return;
    const code = `U+${found.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`;
    const fix = 'use ASCII characters, such as - and " instead of typographic ones';
    report(path, `contains the character ${code}, which IAM does not accept`, fix, "character");
  } else if (typeof value === "object" && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      const at = [...path, Array.isArray(value) ? Number(key) : key];
      checkCharacters(key, at, report);
      checkCharacters(member, at, report);
    }
  }
}

function versionProblems(document: Record<string, unknown>): PolicyProblem[] {
  const { Version } = document;
  if (Version === "2012-10-17") return [];
  const at = { path: ["Version"], rule: "version", fix: 'use "2012-10-17", in quotes' };
  if (Version === "2008-10-17") {
    return [{ ...at, severity: "warning", problem: "is an old version, in which policy variables have no effect" }];
  }
  const problem =
    Version === undefined ? "is missing" : `${JSON.stringify(Version)} is not a version of the policy language`;
  return [{ ...at, severity: "error", problem }];
}

/** Adds a statement's problems. Returns what further rules need, if the statement has a valid structure. */
function checkStatement(
  statement: unknown,
  path: Path,
  sids: Set<string>,
  data: IamData | undefined,
  partition: Partition | undefined,
  problems: PolicyProblem[],
): StatementContext[] {
  const before = problems.length;
  const report: Report = (at, problem, fix, rule = "structure") =>
    problems.push({ path: at, problem, fix, rule, severity: "error" });
  if (!isObject(statement)) {
    report(path, "is not a statement", "use an object with Effect, Action and Resource");
    return [];
  }
  unknownKeys(statement, STATEMENT_KEYS, path, report);
  if (statement.Effect !== "Allow" && statement.Effect !== "Deny") {
    report([...path, "Effect"], "Effect" in statement ? "is not an effect" : "is missing", "use Allow or Deny");
  }
  checkSid(statement.Sid, path, sids, report);
  checkOneOf(statement, "Action", "NotAction", path, report);
  checkOneOf(statement, "Resource", "NotResource", path, report);
  for (const key of ["Action", "NotAction"]) checkStrings(statement[key], [...path, key], report, actionProblem);
  for (const key of ["Resource", "NotResource"]) {
    checkStrings(statement[key], [...path, key], report, (text) => resourceProblem(text, partition));
  }
  if (statement.Condition !== undefined) {
    for (const problem of conditionBlockProblems(statement.Condition, [...path, "Condition"])) problems.push(problem);
  }
  const element = statement.Action === undefined ? "NotAction" : "Action";
  if (data === undefined || !isStrings(statement[element])) return [];
  const { problems: unknown, actions } = checkActions(statement[element], [...path, element], data);
  const valid = problems.length === before;
  problems.push(...unknown);
  if (!valid) return [];
  // A statement without structural problems has this type.
  const typed = statement as unknown as Statement;
  return [{ statement: typed, path, data, actions: element === "Action" ? actions : undefined }];
}

function checkSid(value: unknown, path: Path, seen: Set<string>, report: Report): void {
  if (value === undefined || value === "") return;
  if (typeof value !== "string" || !/^[A-Za-z0-9]*$/.test(value)) {
    report([...path, "Sid"], `${JSON.stringify(value)} is not a statement ID`, "use letters and digits");
    return;
  }
  if (seen.has(value)) {
    report(
      [...path, "Sid"],
      `${JSON.stringify(value)} is the ID of another statement`,
      "use another ID, or remove the ID",
    );
  }
  seen.add(value);
}

function checkOneOf(statement: Record<string, unknown>, key: string, other: string, path: Path, report: Report): void {
  const [one, two] = [key in statement, other in statement];
  if (one && two) report([...path, other], `cannot be used with ${key}`, `remove ${key} or ${other}`);
  if (!one && !two) report([...path, key], "is missing", `add ${key} or ${other}`);
}

type StringRule = (text: string) => (ValueProblem & { readonly rule?: string }) | undefined;

function checkStrings(value: unknown, path: Path, report: Report, rule: StringRule): void {
  if (value === undefined) return;
  const list = Array.isArray(value);
  if (list && value.length === 0) report(path, "is an empty list", "add at least one member");
  for (const [index, member] of (list ? value : [value]).entries()) {
    const at = list ? [...path, index] : path;
    if (typeof member !== "string") {
      report(at, `${JSON.stringify(member)} is not a string`, "use a string or a list of strings");
      continue;
    }
    const found = rule(member);
    if (found) report(at, `${JSON.stringify(member.slice(0, 200))} ${found.problem}`, found.fix, found.rule);
  }
}

const ACTION = /^(?:\*|[a-zA-Z0-9-]+|\*):[\w*?-]+$|^\*$/;

const actionProblem: StringRule = (text) =>
  ACTION.test(text) ? undefined : { problem: "is not an action", fix: "use service:Action, such as s3:GetObject" };

function isStrings(value: unknown): value is OneOrMany {
  const strings = members(value);
  return strings.length > 0 && strings.every((member) => typeof member === "string" && ACTION.test(member));
}

function unknownKeys(value: Record<string, unknown>, known: readonly string[], path: Path, report: Report): void {
  for (const key of Object.keys(value).filter((candidate) => !known.includes(candidate))) {
    if (key === "Principal" || key === "NotPrincipal") {
      report([...path, key], "is not allowed in a role's policy", "remove the element: the policy applies to the role");
      continue;
    }
    const meant = nearest(key, known);
    const fix = meant ? `did you mean ${meant}?` : `use one of ${known.join(", ")}`;
    report([...path, key], "is not an element of a policy", fix);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
