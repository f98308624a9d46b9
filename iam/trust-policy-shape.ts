import { members, type PolicyDocument } from "./policy-types";

/** A document is not a trust policy. The message names the place and what IAM expects there. */
export class PolicyError extends Error {}

const PRINCIPALS = ["AWS", "Federated", "Service", "CanonicalUser"];

/**
 * Checks the structure that the evaluator relies on. The rules for policies that users write are in policy-lint.ts.
 * @throws PolicyError
 */
export function checkPolicyShape(document: unknown): asserts document is PolicyDocument {
  if (!isObject(document)) throw new PolicyError("the policy is not a JSON object");
  const statements = members(document.Statement as unknown);
  if (statements.length === 0) throw new PolicyError("Statement: expected at least one statement");
  statements.forEach((statement, index) => {
    checkStatement(statement, `Statement[${index}]`);
  });
}

function checkStatement(statement: unknown, at: string): void {
  if (!isObject(statement)) throw new PolicyError(`${at}: expected an object`);
  if (statement.Effect !== "Allow" && statement.Effect !== "Deny")
    throw new PolicyError(`${at}.Effect: expected Allow or Deny`);
  exactlyOne(statement, "Action", "NotAction", at);
  exactlyOne(statement, "Principal", "NotPrincipal", at);
  for (const key of ["Action", "NotAction"]) strings(statement[key], `${at}.${key}`);
  for (const key of ["Principal", "NotPrincipal"]) checkPrincipal(statement[key], `${at}.${key}`);
  if (statement.Condition !== undefined) checkCondition(statement.Condition, `${at}.Condition`);
}

function exactlyOne(statement: Record<string, unknown>, one: string, other: string, at: string): void {
  if ((statement[one] === undefined) === (statement[other] === undefined)) {
    throw new PolicyError(`${at}: expected either ${one} or ${other}`);
  }
}

function checkPrincipal(principal: unknown, at: string): void {
  if (principal === undefined || typeof principal === "string") return;
  if (!isObject(principal)) throw new PolicyError(`${at}: expected "*" or an object`);
  for (const [type, value] of Object.entries(principal)) {
    if (!PRINCIPALS.includes(type)) throw new PolicyError(`${at}.${type}: expected one of ${PRINCIPALS.join(", ")}`);
    strings(value, `${at}.${type}`);
  }
}

function checkCondition(block: unknown, at: string): void {
  if (!isObject(block)) throw new PolicyError(`${at}: expected an object`);
  for (const [operator, keys] of Object.entries(block)) {
    if (!isObject(keys)) throw new PolicyError(`${at}.${operator}: expected an object`);
    for (const [key, value] of Object.entries(keys)) {
      const plain = members(value).every((member) => ["string", "number", "boolean"].includes(typeof member));
      if (!plain) throw new PolicyError(`${at}.${operator}.${key}: expected a string or a list of strings`);
    }
  }
}

function strings(value: unknown, at: string): void {
  if (!members(value).every((member) => typeof member === "string")) {
    throw new PolicyError(`${at}: expected a string or a list of strings`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
