import type { z } from "zod";
import { nearest } from "../iam/nearest";
import { elsewhere, keysAt } from "./schema";
import type { Path, Source } from "./source";

/** A file's data as far as its shape is right: what is wrong in it was reported and is absent. */
export type Draft<T> = T extends readonly (infer Item)[]
  ? readonly Draft<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]?: Draft<T[Key]> | undefined }
    : T;

type Issue = z.core.$ZodIssue;

/** Reports everything of a file that its schema does not take, and gives the rest, so that further rules can look at it. */
export function checkShape<T>(source: Source, schema: z.ZodType<T>): Draft<T> {
  const { error } = schema.safeParse(source.data);
  const draft = structuredClone(source.data);
  for (const issue of error?.issues ?? []) {
    const path = issue.path as Path;
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) {
        unknownKey(source, schema, path, key);
        remove(draft, [...path, key]);
      }
    } else {
      reportIssue(source, issue, path, at(source.data, path));
      remove(draft, path);
    }
  }
  return (isObject(draft) ? draft : {}) as Draft<T>;
}

function unknownKey(source: Source, schema: z.ZodType, path: Path, key: string): void {
  const other = elsewhere(schema, path, key);
  const known = keysAt(schema, path, at(source.data, path));
  const meant = nearest(key, known);
  const fix = meant ? `did you mean ${meant}?` : `known here: ${known.join(", ")}`;
  const [message, mend] = other ? [`goes with ${other}`, `remove it, or set ${other}`] : ["unknown key", fix];
  source.report([...path, key], message, mend, { at: "key" });
}

function reportIssue(source: Source, issue: Issue, path: Path, value: unknown): void {
  source.report(path, ...describe(issue, String(path.at(-1)), value, source.text(path)));
}

/** What is wrong, and how to mend it. */
function describe(issue: Issue, key: string, value: unknown, text: string | undefined): [string, string] {
  if (issue.code === "custom") return [issue.message, String(issue.params?.fix)];
  if (value === undefined) {
    const example = EXAMPLES[key];
    return ["is missing", example ? `add it, such as ${key}: ${example}` : `add ${key}: ${expectation(issue, key)}`];
  }
  if (issue.code === "invalid_type") return wrongType(issue.expected, key, value, text);
  const problem = { too_small: "is too short", too_big: "is too large" }[issue.code as string] ?? "is not taken here";
  return [`${shown(value, text)} ${problem}`, `use ${expectation(issue, key)}`];
}

function wrongType(expected: string, key: string, value: unknown, text: string | undefined): [string, string] {
  const wanted = FORMS[key] ?? article(expected);
  if (value === null) return ["is empty", `give it ${EXAMPLES[key] ?? wanted}`];
  if (expected === "string" && typeof value !== "object") {
    const kind = typeof value === "number" ? "a number" : "a boolean";
    return [`${text ?? value} is ${kind} to YAML, and text is expected`, `quote it: "${text ?? value}"`];
  }
  return [`${shown(value, text)} is not ${article(expected)}`, `use ${wanted}`];
}

/** What stands below, or in the place of, a key that decides the form of what it belongs to. */
const FORMS: Readonly<Record<string, string>> = {
  state: "{ backend: s3, cloud or local, … }",
  backend: "s3, cloud or local",
  kubernetes: "{ access: eks or kubeconfig, … }",
  access: "eks or kubeconfig",
  oidc: "{ issuer: …, … }",
  roles: "{ my-role: { namespace: …, … } }",
  maxSessionDuration: "a whole number of seconds, 3600 to 43200",
};

/** What a text looks like that must be there. */
const EXAMPLES: Readonly<Record<string, string>> = {
  accountId: '"123456789012"',
  issuer: "https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
  clusterName: "qovery-z1234abcd",
  bucket: "acme-terraform-state",
  region: "eu-west-3",
  organization: "acme",
};

function expectation(issue: Issue, key: string): string {
  if (issue.code === "invalid_value") return issue.values.map(String).join(", ");
  return FORMS[key] ?? (issue.code === "invalid_type" ? article(issue.expected) : "a longer text");
}

const ARTICLES: Readonly<Record<string, string>> = {
  string: "a text",
  object: "keys and values",
  record: "keys and values",
  array: "a list",
  boolean: "true or false",
  number: "a number",
  int: "a whole number",
};

const article = (type: string) => ARTICLES[type] ?? type;

/** A value as a message quotes it, cut short: a number as it stands in the file, since `.inf` has no JSON. */
function shown(value: unknown, source: string | undefined): string {
  const text = typeof value === "number" && source ? source : (JSON.stringify(value) ?? "nothing");
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function at(data: unknown, path: Path): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

function remove(data: unknown, path: Path): void {
  const parent = at(data, path.slice(0, -1));
  const key = path.at(-1);
  if (key === undefined || typeof parent !== "object" || parent === null) return;
  // A list keeps its places, so that later problems still name the right one.
  (parent as Record<string | number, unknown>)[key] = undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
