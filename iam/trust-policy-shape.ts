import { expectedValue, OPERATORS, parseOperator } from "./operators";
import { members, type PolicyDocument } from "./policy-types";

/** A document is not a trust policy. The message names the place and what IAM expects there. */
export class PolicyError extends Error {}

const VERSIONS = ["2012-10-17", "2008-10-17"];
const DOCUMENT_ELEMENTS = ["Version", "Id", "Statement"];
const STATEMENT_ELEMENTS = ["Sid", "Effect", "Principal", "Action", "NotAction", "Condition"];
const PRINCIPALS = ["AWS", "Federated", "Service", "CanonicalUser"];

/**
 * Checks that IAM accepts a document as the trust policy of a role. The evaluator relies on it. The rules for policies
 * that users write are in policy-lint.ts.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 * @throws PolicyError
 */
export function checkPolicyShape(document: unknown): asserts document is PolicyDocument {
  if (!isObject(document)) throw new PolicyError("the policy is not a JSON object");
  checkElements(document, DOCUMENT_ELEMENTS, "");
  if (document.Version !== undefined && !VERSIONS.includes(document.Version as string))
    throw new PolicyError(`Version: expected ${VERSIONS.join(" or ")}`);
  const statements = members(document.Statement as unknown);
  if (statements.length === 0) throw new PolicyError("Statement: expected at least one statement");
  statements.forEach((statement, index) => {
    checkStatement(statement, `Statement[${index}]`);
  });
}

function checkElements(value: Record<string, unknown>, known: readonly string[], at: string): void {
  for (const key of Object.keys(value).filter((candidate) => !known.includes(candidate))) {
    throw new PolicyError(`${at}${key}: a trust policy cannot have this element; expected ${known.join(", ")}`);
  }
}

function checkStatement(statement: unknown, at: string): void {
  if (!isObject(statement)) throw new PolicyError(`${at}: expected an object`);
  checkElements(statement, STATEMENT_ELEMENTS, `${at}.`);
  if (statement.Effect !== "Allow" && statement.Effect !== "Deny")
    throw new PolicyError(`${at}.Effect: expected Allow or Deny`);
  if ((statement.Action === undefined) === (statement.NotAction === undefined))
    throw new PolicyError(`${at}: expected either Action or NotAction`);
  for (const key of ["Action", "NotAction"]) {
    if (statement[key] !== undefined) checkStrings(statement[key], `${at}.${key}`);
  }
  checkPrincipal(statement.Principal, `${at}.Principal`);
  if (statement.Condition !== undefined) checkCondition(statement.Condition, `${at}.Condition`);
}

function checkPrincipal(principal: unknown, at: string): void {
  if (typeof principal === "string") return;
  if (!isObject(principal) || Object.keys(principal).length === 0)
    throw new PolicyError(`${at}: expected "*" or an object with one of ${PRINCIPALS.join(", ")}`);
  for (const [type, value] of Object.entries(principal)) {
    if (!PRINCIPALS.includes(type)) throw new PolicyError(`${at}.${type}: expected one of ${PRINCIPALS.join(", ")}`);
    checkStrings(value, `${at}.${type}`);
  }
}

function checkCondition(block: unknown, at: string): void {
  if (!isObject(block)) throw new PolicyError(`${at}: expected an object`);
  for (const [name, keys] of Object.entries(block)) {
    const operator = parseOperator(name);
    if (!operator) throw new PolicyError(`${at}.${name}: unknown operator; expected one of ${OPERATORS.join(", ")}`);
    if (!isObject(keys)) throw new PolicyError(`${at}.${name}: expected an object`);
    for (const [key, value] of Object.entries(keys)) {
      const values = members(value);
      const plain = values.every((member) => ["string", "number", "boolean"].includes(typeof member));
      if (!plain || values.length === 0) {
        throw new PolicyError(`${at}.${name}.${key}: expected a string or a list of strings`);
      }
      const expected = values.map((member) => expectedValue(operator, String(member))).find(Boolean);
      if (expected !== undefined) throw new PolicyError(`${at}.${name}.${key}: expected ${expected}`);
    }
  }
}

function checkStrings(value: unknown, at: string): void {
  const strings = members(value);
  if (strings.length === 0 || !strings.every((member) => typeof member === "string")) {
    throw new PolicyError(`${at}: expected a string or a list of strings`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
