import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parseDocument } from "yaml";
import type { Project } from "../../config/project";
import { createApp } from "../../stacks/app";
import { by, liveExpressions, synthesize } from "../stacks/synthesized";
import { FULL } from "../test-if";
import { cluster, IRSA, load, loadRole, loadUnchecked, OTHER_ISSUER } from "./files";

const ROLES = `  app-role:
    namespace: z1-prod
    policies: [AmazonS3ReadOnlyAccess, "arn:aws:iam::123456789012:policy/a/b"]
    path: /team/
    description: Reads
    tags: { team: platform }
    maxSessionDuration: 7200
    inlinePolicies:
      send: { Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "sqs:SendMessage", Resource: "*" }] }
  shared:
    scope: cluster
    namespaces: [z1-prod, z2-staging]
    trustedClusters: [two]
  preview:
    scope: cluster
    namespacePattern: "preview-*"
    serviceAccounts: [web, jobs]
  lists:
    namespaces: [z1-prod, z2-staging]
    serviceAccounts: [api, worker]
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
  "arn:aws:iam::123456789012:policy/a/b",
  "arn:aws:iam::123456789012:policy/a--b",
  "${TfToken[TOKEN.99]}",
  "#{TfToken[TOKEN.99]}",
];
const value = fc.oneof(
  fc.constantFrom<unknown>(...HOSTILE, null, true, 0, -1, 1.5, Number.MAX_SAFE_INTEGER, [], {}, [[]], {
    file: "/dev/zero",
  }),
  fc.string(),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Removes and inserts text. */
const textMutation = fc.record({
  file: fc.constantFrom(...NAMES),
  at: fc.nat(800),
  remove: fc.nat(30),
  insert: fc.oneof(fc.constant(""), fc.constantFrom(...HOSTILE), fc.string()),
});

/** Drops, replaces or adds a value in a tree. */
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

/** Expects that Terraform evaluates no text of the user in the synthesized stacks. */
function expectNothingLive(project: Project): void {
  createApp(project, { outdir: folder }).synth();
  for (const { name } of project.clusters) {
    for (const stack of [`${name}-iam`, `${name}-service-accounts`]) {
      const file = join(folder, "stacks", stack, "cdk.tf.json");
      if (existsSync(file)) expect(liveExpressions(JSON.parse(readFileSync(file, "utf8")))).toEqual([]);
    }
  }
}

function expectProblemsOrSynth(files: Record<string, string>): void {
  const { problems, project } = loadUnchecked(files);
  const errors = problems.filter(({ severity }) => severity === "error");
  expect(project === undefined).toBe(errors.length > 0);
  if (project) expectNothingLive(project);
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

test("the unchanged configuration has no error", () => {
  expect(load(FILES).problems.filter(({ severity }) => severity === "error")).toEqual([]);
});

test("changed texts give problems or a synth, never an exception", () => {
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
    { numRuns: FULL ? 5000 : 60 },
  );
}, 120_000);

test("changed trees give problems or a synth, never an exception", () => {
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
    { numRuns: FULL ? 5000 : 60 },
  );
}, 120_000);

test("an accepted configuration synthesizes without live expressions", () => {
  const text = fc.oneof(
    fc.constantFrom("${x}", "%{x}", "$${", "$$${x}", 'a"b', "a\\b", "x", "${TfToken[TOKEN.0]}", "#{TfToken[TOKEN.0]}"),
    fc.string(),
  );
  let accepted = 0;
  const given = fc.record({
    name: fc.stringMatching(/^[\w+=,.@-]{1,64}$/),
    description: text,
    inner: text,
    word: text,
  });
  fc.assert(
    fc.property(given, ({ name, description, inner, word }) => {
      const roles = {
        [name]: {
          namespace: "z1",
          serviceAccount: "app",
          description,
          path: `/${word}/`,
          permissionsBoundary: `arn:aws:iam::123456789012:policy/${word}/b`,
          tags: { a: description },
          policies: [`arn:aws:iam::123456789012:policy/${word}/b`, `arn:aws:iam::123456789012:policy/${word}/a--b`],
          inlinePolicies: {
            p: {
              Version: "2012-10-17",
              Statement: {
                Effect: "Allow",
                Action: "s3:*",
                Resource: `arn:aws:s3:::b/${inner}`,
                Condition: { StringLike: { [`aws:${inner}`]: inner } },
              },
            },
          },
        },
      };
      for (const provider of ["create", "existing"]) {
        const file = {
          accountId: "123456789012",
          region: "eu-west-3",
          oidc: { issuer: "https://issuer.example/a", provider },
          kubernetes: { access: "kubeconfig", path: `./${inner}`, context: `x${inner}` },
          roles,
        };
        const { project } = load({ "irsa.yaml": IRSA, "clusters/one.yaml": JSON.stringify(file) });
        if (!project) continue;
        accepted++;
        expectNothingLive(project);
      }
    }),
    { numRuns: FULL ? 400 : 50 },
  );
  expect(accepted).toBeGreaterThan(FULL ? 20 : 2);
}, 120_000);

test("attaches policies whose ARNs have the same id in CDKTF", () => {
  const arns = ["a/b", "a--b", "a-/b", "a/-b"].map((name) => `arn:aws:iam::123456789012:policy/${name}`);
  const { project } = loadRole("namespace: z1", `policies: [${arns.join(", ")}]`);
  if (!project) throw new Error("the configuration has errors");
  const attached = synthesize(project)["one-iam"]?.resource.aws_iam_role_policy_attachment;
  expect(Object.keys(by(attached, "policy_arn")).sort()).toEqual(arns.sort());
});
