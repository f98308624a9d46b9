import type { z } from "zod";
import { nearest } from "../iam/nearest";
import type { Draft } from "./draft";
import { foreignKeyFix } from "./foreign-keys";
import { releaseProblem } from "./kubernetes-names";
import { error, type Finding, type Path } from "./problems";
import { quote } from "./quote";
import { keysAt, optionWith, schemaAt, valueAt } from "./schema-keys";
import { explainMissingSpace } from "./syntax";

export interface Shape<T> {
  readonly findings: readonly Finding[];
  /** The part of the data that has the right shape. */
  readonly draft: Draft<T>;
  /** The data; undefined if there is a finding. */
  readonly valid: T | undefined;
}

/** Unknown keys of one map that are reported one by one. */
const MOST_UNKNOWN_KEYS = 50;

type Issue = z.core.$ZodIssue;

/**
 * Checks data against a schema.
 * @param written returns a scalar as the file writes it
 */
export function checkShape<T>(
  schema: z.ZodType<T>,
  data: unknown,
  written: (path: Path) => string | undefined,
): Shape<T> {
  const result = schema.safeParse(data);
  if (result.success) return { findings: [], draft: result.data as Draft<T>, valid: result.data };
  const rest = copy(data);
  const findings = result.error.issues.flatMap((issue): Finding[] => {
    const path = issue.path as Path;
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) remove(rest, [...path, key]);
      return unknownKeys(schema, data, path, issue.keys);
    }
    // Without its discriminator, nothing is known about the other keys of a union.
    remove(rest, issue.code === "invalid_union" ? path.slice(0, -1) : path);
    const text = written(path);
    const found = unquotedText(schema, data, path, issue, text) ?? describe(issue, path, valueAt(data, path), text);
    return [error(path, ...found)];
  });
  return { findings, draft: (isObject(rest) ? rest : {}) as Draft<T>, valid: undefined };
}

function unknownKeys(schema: z.ZodType, data: unknown, path: Path, keys: readonly string[]): Finding[] {
  if (keys.length > MOST_UNKNOWN_KEYS) {
    const fix = "check the indentation, and whether this is the right file";
    return [
      ...unknownKeys(schema, data, path, keys.slice(0, MOST_UNKNOWN_KEYS)),
      error(path, `there are ${keys.length - MOST_UNKNOWN_KEYS} more unknown keys`, fix, "key"),
    ];
  }
  const known = keysAt(schema, data, path);
  const choices = `use ${oneOf(known)}`;
  return keys.map((key) => {
    const option = optionWith(schema, data, path, key);
    if (option) {
      return error([...path, key], `is only valid with ${option}`, `remove the key, or set ${option}`, "key");
    }
    const joined = explainMissingSpace(key);
    if (joined) return error([...path, key], joined.message, joined.fix, "key");
    const meant = nearest(key, known);
    const fix = foreignKeyFix(key, known) ?? (meant ? `did you mean ${meant}?` : choices);
    const message = /^[!-~]*$/.test(key) ? "is not a known key" : `${quote(key)} is not a known key`;
    return error([...path, key], message, fix, "key");
  });
}

function describe(issue: Issue, path: Path, value: unknown, written: string | undefined): [string, string] {
  if (issue.code === "custom") return [issue.message, String(issue.params?.fix)];
  const parent = String(path.at(-2));
  // A role has keys that also exist elsewhere, with another form.
  const name = String(path.at(-1));
  const key = path.length === 3 && path[0] === "roles" && Object.hasOwn(FORMS, `role ${name}`) ? `role ${name}` : name;
  if (value === undefined) {
    const example = entryOf(EXAMPLES, key);
    return ["is missing", example ? `add it, such as ${key}: ${example}` : `add ${key}: ${expectation(issue, key)}`];
  }
  if (issue.code === "invalid_type" && parent === "inlinePolicies" && /^(?:Version|Statement)$/.test(name)) {
    const fix = "add a name: inlinePolicies: { my-policy: { Version: …, Statement: … } }";
    return ["is an element of a policy document, and the name of a policy is expected", fix];
  }
  if (issue.code === "invalid_type" && typeof value === "string" && parent === "inlinePolicies")
    return policyText(value);
  if (issue.code === "invalid_type") {
    return wrongType(issue.expected, parent === "inlinePolicies" ? "inline policy" : key, value, written);
  }
  const problem = { too_small: "is too short", too_big: "is too large" }[issue.code as string] ?? "is not supported";
  return [`${quoted(value, written)} ${problem}`, `use ${expectation(issue, key)}`];
}

function wrongType(
  expected: string,
  key: string,
  value: unknown,
  written: string | undefined,
): [message: string, fix: string] {
  const wanted = entryOf(FORMS, key) ?? typeName(expected);
  if (typeof value === "string" && expected === "array" && /^[\w.:/*-]+$/.test(value))
    return [`${quote(value)} is not a list`, `write a list: [${listItem(value)}]`];
  const joined = explainMissingSpace(value === null ? key : typeof value === "string" ? value : "");
  if (joined) return [joined.message, joined.fix];
  const example = entryOf(EXAMPLES, key);
  if (value === null) return ["is empty", example ? `set it, such as ${key}: ${example}` : `set it to ${wanted}`];
  if (typeof value === "string" && /^(?:boolean|number|int)$/.test(expected))
    return [`${quote(value)} is a string, and ${typeName(expected)} is expected`, `use ${wanted}, without quotes`];
  return [`${quoted(value, written)} is not ${typeName(expected)}`, `use ${wanted}`];
}

/** Returns a string as an item of a YAML list, in quotes where YAML does not read a string without them. */
function listItem(value: string): string {
  return /^[A-Za-z][\w./*-]*(?::+[\w./*-]+)*$/.test(value) && !/^(?:true|false|null)$/i.test(value)
    ? value
    : `"${value}"`;
}

/** Explains a string without quotes that YAML reads as a number or a boolean. The fix passes the rules for the string. */
function unquotedText(
  schema: z.ZodType,
  data: unknown,
  path: Path,
  issue: Issue,
  written: string | undefined,
): [message: string, fix: string] | undefined {
  const value = valueAt(data, path);
  const kind = { number: "a number", boolean: "a boolean" }[typeof value as string];
  if (issue.code !== "invalid_type" || issue.expected !== "string" || kind === undefined) return undefined;
  const text = written ?? String(value);
  const [problem] = schemaAt(schema, data, path)?.safeParse(text).error?.issues ?? [];
  const isServiceAccount = path[0] === "roles" && /^serviceAccounts?$/.test(String(path[2]));
  const custom = problem?.code === "custom" ? String(problem.params?.fix) : undefined;
  const fix = custom ?? (isServiceAccount ? releaseProblem(text)?.fix : undefined) ?? `quote it: "${text}"`;
  return [`${text} is ${kind} in YAML, and a string is expected`, fix];
}

/** Explains a text in the place of an inline policy. */
function policyText(value: string): [message: string, fix: string] {
  // Terraform reads a file with file("…").
  const file = /^(?:file\()?["']?([^\s{}()"']+)["']?\)?$/.exec(value)?.[1];
  if (file !== undefined) return [`${quote(value)} is not a map of keys and values`, `use { file: ${file} }`];
  return ["is text, not a map of keys and values", 'remove "|" or the quotes, so that the policy is part of the YAML'];
}

/** A key of the user can have the name of a property of every object. */
function entryOf(table: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** Values of keys whose value has a certain form. */
const FORMS: Readonly<Record<string, string>> = {
  state: "{ backend: s3, cloud or local, … }",
  backend: "s3, cloud or local",
  runner: "kubernetes, qovery or none",
  verification: "{ runner: kubernetes, qovery or none, … }",
  kubernetes: "{ access: eks, kubeconfig or qovery, … }",
  access: "eks, kubeconfig or qovery",
  environments: "{ <namespace>: <environment ID> }",
  "role verification": "{ enabled: false }, or { probe: … }",
  policies: "a list, such as [AmazonS3ReadOnlyAccess]",
  inlinePolicies: "{ <name>: <policy document> }, or { <name>: { file: <path> } }",
  policySets: "{ <name>: { policies: …, inlinePolicies: … } }",
  "role policySets": "a list, such as [s3-reader]",
  "inline policy": "a policy document, or { file: <path> }",
  oidc: "{ issuer: …, … }",
  roles: "{ my-role: { namespace: …, … } }",
  scope: "environment; docs/configuration.md describes the other scopes",
  additionalTrust: "[{ principals: …, actions: …, conditions: … }]",
  principals: "{ AWS, Service or Federated: a list }",
  actions: "a list, such as [sts:AssumeRole]",
  conditions: "{ <operator>: { <condition key>: <value> } }",
  maxSessionDuration: "a whole number of seconds, 3600 to 43200",
};

/** Examples of required strings. */
const EXAMPLES: Readonly<Record<string, string>> = {
  accountId: '"123456789012"',
  issuer: "https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
  clusterName: "qovery-z1234abcd",
  namespace: "z1a2b3c4d-production",
  permissionsBoundary: "arn:aws:iam::123456789012:policy/boundary",
  bucket: "acme-terraform-state",
  region: "eu-west-3",
  organization: "acme",
  image: "ghcr.io/acme/qovery-irsa-verifier:1.0.0",
  registryId: "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
  organizationId: "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
};

function expectation(issue: Issue, key: string): string {
  const form = entryOf(FORMS, key);
  if (form !== undefined) return form;
  if (issue.code === "invalid_value") return oneOf(issue.values.map(String));
  return issue.code === "invalid_type" ? typeName(issue.expected) : "a longer string";
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "a string",
  object: "a map of keys and values",
  record: "a map of keys and values",
  array: "a list",
  boolean: "true or false",
  number: "a number",
  int: "a whole number",
};

function oneOf(values: readonly string[]): string {
  return [values.slice(0, -1).join(", "), ...values.slice(-1)].filter((part) => part !== "").join(" or ");
}

const typeName = (type: string) => TYPE_NAMES[type] ?? type;

/** Returns a value for a message. Numbers stay as the file writes them: `.inf` has no JSON. */
function quoted(value: unknown, written: string | undefined): string {
  if (typeof value === "string") return quote(value);
  const text = typeof value === "number" && written ? written : (JSON.stringify(value) ?? "nothing");
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function copy(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(copy);
  if (!isObject(data)) return data;
  return Object.assign(Object.create(null), Object.fromEntries(Object.entries(data).map(([k, v]) => [k, copy(v)])));
}

/** Sets a value to undefined. Its place remains, so that later findings in a list have the right index. */
function remove(data: unknown, path: Path): void {
  const parent = valueAt(data, path.slice(0, -1));
  const key = path.at(-1);
  if (key === undefined || typeof parent !== "object" || parent === null) return;
  (parent as Record<string | number, unknown>)[key] = undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
