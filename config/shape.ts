import type { z } from "zod";
import { nearest } from "../iam/nearest";
import type { Draft } from "./draft";
import { error, type Finding, type Path } from "./problems";
import { keysAt, optionWith } from "./schema-keys";

export interface Shape<T> {
  readonly findings: readonly Finding[];
  /** The part of the data that has the right shape. */
  readonly draft: Draft<T>;
  /** The data; undefined if there is a finding. */
  readonly valid: T | undefined;
}

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
  const rest = structuredClone(data);
  const findings = result.error.issues.flatMap((issue): Finding[] => {
    const path = issue.path as Path;
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) remove(rest, [...path, key]);
      return unknownKeys(schema, path, valueAt(data, path), issue.keys);
    }
    // Without its discriminator, nothing is known about the other keys of a union.
    remove(rest, issue.code === "invalid_union" ? path.slice(0, -1) : path);
    const [message, fix] = describe(issue, String(path.at(-1)), valueAt(data, path), written(path));
    return [error(path, message, fix)];
  });
  return { findings, draft: (isObject(rest) ? rest : {}) as Draft<T>, valid: undefined };
}

function unknownKeys(schema: z.ZodType, path: Path, value: unknown, keys: readonly string[]): Finding[] {
  const known = keysAt(schema, path, value);
  return keys.map((key) => {
    const option = optionWith(schema, path, key);
    if (option) {
      return error([...path, key], `is only valid with ${option}`, `remove the key, or set ${option}`, "key");
    }
    const meant = nearest(key, known);
    const fix = meant ? `did you mean ${meant}?` : `use one of ${known.join(", ")}`;
    return error([...path, key], "is not a known key", fix, "key");
  });
}

function describe(issue: Issue, key: string, value: unknown, written: string | undefined): [string, string] {
  if (issue.code === "custom") return [issue.message, String(issue.params?.fix)];
  if (value === undefined) {
    const example = EXAMPLES[key];
    return ["is missing", example ? `add it, such as ${key}: ${example}` : `add ${key}: ${expectation(issue, key)}`];
  }
  if (issue.code === "invalid_type") return wrongType(issue.expected, key, value, written);
  const problem = { too_small: "is too short", too_big: "is too large" }[issue.code as string] ?? "is not supported";
  return [`${quoted(value, written)} ${problem}`, `use ${expectation(issue, key)}`];
}

function wrongType(
  expected: string,
  key: string,
  value: unknown,
  written: string | undefined,
): [message: string, fix: string] {
  const wanted = FORMS[key] ?? typeName(expected);
  if (value === null) return ["is empty", `set it to ${EXAMPLES[key] ?? wanted}`];
  if (expected === "string" && typeof value !== "object") {
    const kind = typeof value === "number" ? "a number" : "a boolean";
    return [`${written ?? value} is ${kind} in YAML, and a string is expected`, `quote it: "${written ?? value}"`];
  }
  return [`${quoted(value, written)} is not ${typeName(expected)}`, `use ${wanted}`];
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
  oidc: "{ issuer: …, … }",
  roles: "{ my-role: { namespace: …, … } }",
  maxSessionDuration: "a whole number of seconds, 3600 to 43200",
};

/** Examples of required strings. */
const EXAMPLES: Readonly<Record<string, string>> = {
  accountId: '"123456789012"',
  issuer: "https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
  clusterName: "qovery-z1234abcd",
  bucket: "acme-terraform-state",
  region: "eu-west-3",
  organization: "acme",
  image: "ghcr.io/acme/qovery-irsa-verifier:1.0.0",
  registryId: "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
  organizationId: "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
};

function expectation(issue: Issue, key: string): string {
  if (issue.code === "invalid_value") return issue.values.map(String).join(", ");
  return FORMS[key] ?? (issue.code === "invalid_type" ? typeName(issue.expected) : "a longer string");
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

const typeName = (type: string) => TYPE_NAMES[type] ?? type;

/** Returns a value for a message, cut short. Numbers stay as the file writes them: `.inf` has no JSON. */
function quoted(value: unknown, written: string | undefined): string {
  const text = typeof value === "number" && written ? written : (JSON.stringify(value) ?? "nothing");
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null ? (value as Record<typeof step, unknown>)[step] : undefined,
    data,
  );
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
