import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parseDocument } from "yaml";
import { createApp } from "../../stacks/app";
import { cluster, IRSA, load, OTHER_ISSUER } from "./files";

const ROLES = `  app-role:
    namespace: z1-prod
    policies: [AmazonS3ReadOnlyAccess]
    tags: { team: platform }
    maxSessionDuration: 7200
    inlinePolicies:
      send: { Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "sqs:SendMessage", Resource: "*" }] }
  shared:
    scope: cluster
    namespaces: [z1-prod, z2-staging]
    trustedClusters: [two]
`;
const FILES = {
  "irsa.yaml":
    "state: { backend: s3, bucket: acme-state, region: eu-west-3 }\ndefaults: { tags: { a: b }, permissionsBoundary: arn:aws:iam::123456789012:policy/b }\n",
  "clusters/one.yaml": cluster(ROLES),
  "clusters/two.yaml": cluster("  other:\n    namespace: z3\n", { issuer: OTHER_ISSUER }),
};
type File = keyof typeof FILES;
const NAMES = Object.keys(FILES) as File[];

const HOSTILE = [
  "",
  " ",
  "*",
  "z*",
  "${x}",
  "%{x}",
  "__proto__",
  "constructor",
  "toString",
  "\u0000",
  "\u001b[31m",
  "é",
  "x".repeat(300),
  "null",
  "true",
  "1e999",
  "-0",
  "0x10",
  "2026-11-24",
  "<<",
  "&a",
  "*a",
  "!!js",
  "- a",
  "a: b",
  "{",
  "[",
  '"',
  "'",
  "#",
  "|",
  "\t",
  "\n",
  "../../../etc/passwd",
  "arn:aws:iam::1:x",
];
const value = fc.oneof(
  fc.constantFrom<unknown>(...HOSTILE, null, true, 0, -1, 1.5, Number.MAX_SAFE_INTEGER, [], {}, [[]], {
    file: "/dev/zero",
  }),
  fc.string(),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Changes a text: cuts, repeats, inserts. */
const textMutation = fc.record({
  file: fc.constantFrom(...NAMES),
  at: fc.nat(800),
  remove: fc.nat(30),
  insert: fc.oneof(fc.constant(""), fc.constantFrom(...HOSTILE), fc.string()),
});

/** Changes a tree: drops, retypes or adds a value somewhere. */
const treeMutation = fc.record({
  file: fc.constantFrom(...NAMES),
  steps: fc.array(fc.nat(11), { maxLength: 6 }),
  kind: fc.constantFrom("drop", "replace", "add"),
  key: fc.oneof(fc.constantFrom(...HOSTILE, "namespace", "scope", "file", "roles", "Statement"), fc.string()),
  value,
});

function mutateTree(data: unknown, steps: readonly number[], kind: string, key: string, by: unknown): unknown {
  if (typeof data !== "object" || data === null) return kind === "replace" ? by : data;
  const keys = Object.keys(data);
  const [step, ...rest] = steps;
  const name = step === undefined ? undefined : keys[step % Math.max(keys.length, 1)];
  const copy = (Array.isArray(data) ? [...data] : { ...data }) as Record<string, unknown>;
  if (name === undefined) {
    if (kind === "add" && key !== "__proto__") copy[key] = by;
    return kind === "replace" ? by : copy;
  }
  if (rest.length === 0 && kind === "drop") delete copy[name];
  else copy[name] = mutateTree(copy[name], rest, kind, key, by);
  return copy;
}

function expectProblemsOrSynth(files: Record<string, string>): void {
  const { problems, project } = load(files);
  const errors = problems.filter(({ severity }) => severity === "error");
  expect(project === undefined).toBe(errors.length > 0);
  if (project) createApp(project, { outdir: folder }).synth();
  for (const { file, line, column, message, fix } of problems) {
    expect(file).not.toBe("");
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(`${message} ${fix}`).not.toMatch(/\n\s+at |undefined is not|Cannot read|is not a function/);
  }
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "synth-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the configuration that is mutated is right itself", () => {
  expect(load(FILES).problems.filter(({ severity }) => severity === "error")).toEqual([]);
});

test("5,000 mutated texts give problems or a synth, never an exception", () => {
  fc.assert(
    fc.property(fc.array(textMutation, { minLength: 1, maxLength: 3 }), (mutations) => {
      const files: Record<string, string> = { ...FILES };
      for (const { file, at, remove, insert } of mutations) {
        const text = files[file] as string;
        const place = at % text.length;
        files[file] = text.slice(0, place) + insert + text.slice(place + remove);
      }
      expectProblemsOrSynth(files);
    }),
    { numRuns: 5000 },
  );
}, 120_000);

test("5,000 mutated trees give problems or a synth, never an exception", () => {
  const trees = Object.fromEntries(NAMES.map((name) => [name, parseDocument(FILES[name]).toJS()])) as Record<
    File,
    unknown
  >;
  fc.assert(
    fc.property(fc.array(treeMutation, { minLength: 1, maxLength: 3 }), (mutations) => {
      const files: Record<string, unknown> = { ...trees };
      for (const { file, steps, kind, key, value: by } of mutations)
        files[file] = mutateTree(files[file], steps, kind, key, by);
      // JSON is YAML.
      expectProblemsOrSynth(
        Object.fromEntries(Object.entries(files).map(([name, tree]) => [name, JSON.stringify(tree) ?? ""])),
      );
    }),
    { numRuns: 5000 },
  );
}, 120_000);

test("what is taken synthesizes", () => {
  const text = fc.oneof(fc.constantFrom("${x}", "%{x}", "$${", 'a"b', "a\\b", "x"), fc.string());
  fc.assert(
    fc.property(fc.stringMatching(/^[\w+=,.@-]{1,64}$/), text, text, (name, tag, action) => {
      const roles = JSON.stringify({
        [name]: {
          namespace: "z1",
          serviceAccount: "app",
          description: tag,
          tags: { a: tag },
          inlinePolicies: {
            p: {
              Version: "2012-10-17",
              Statement: { Effect: "Allow", Action: "s3:*", Resource: `arn:aws:s3:::b/${action}` },
            },
          },
        },
      });
      const { project } = load({ "irsa.yaml": IRSA, "clusters/one.yaml": cluster(` ${roles}\n`) });
      if (project) createApp(project, { outdir: folder }).synth();
    }),
    { numRuns: 200 },
  );
}, 120_000);
