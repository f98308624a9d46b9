import type { ValueProblem } from "./names";

/**
 * An IAM policy document, as parsed from JSON.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: Statement | readonly Statement[];
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: Principal;
  readonly Action?: OneOrMany;
  readonly NotAction?: OneOrMany;
  readonly Resource?: OneOrMany;
  readonly NotResource?: OneOrMany;
  readonly Condition?: Conditions;
}

export type OneOrMany = string | readonly string[];

export type Principal = "*" | Readonly<Record<string, OneOrMany>>;

/** Condition operator → condition key → value or list of values. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, OneOrMany>>>>;

/** A problem at a place of a policy document. */
export interface PolicyProblem extends ValueProblem {
  /** Keys and indexes from the document's root. */
  readonly path: readonly (string | number)[];
  readonly severity: "error" | "warning";
  /** Name of the rule, such as `unknown-action`. */
  readonly rule: string;
}

/** Returns the members of a value that can be a single value or a list. */
export function members<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
