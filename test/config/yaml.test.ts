import { FULL } from "../test-if";
import { cluster, IRSA, load, loadRole, loadUnchecked, messages, paths, places, role } from "./files";

const ROLE = role("namespace: z1-prod");
const files = { "irsa.yaml": IRSA, "clusters/one.yaml": cluster(ROLE) };

describe("accepts", () => {
  test.each([
    ["a valid configuration", (text: string) => text],
    ["a byte order mark", (text: string) => `\ufeff${text}`],
    ["CRLF", (text: string) => text.replaceAll("\n", "\r\n")],
    ["comments", (text: string) => `# a\n${text}# b\n`],
    ["a document start", (text: string) => `---\n${text}`],
  ])("%s", (_, change) => {
    const result = load({ "irsa.yaml": change(IRSA), "clusters/one.yaml": change(cluster(ROLE)) });
    expect(result.problems).toEqual([]);
    expect(result.project?.clusters[0]?.roles[0]?.name).toBe("app-role");
  });

  test("a file of 1 MB", () => {
    const padding = `#${"x".repeat(1_000_000 - IRSA.length - 1)}`;
    expect(load({ ...files, "irsa.yaml": `${IRSA}${padding}` }).problems).toEqual([]);
  });

  test("other files and hidden files in clusters/", () => {
    expect(load({ ...files, "clusters/README.md": "x", "clusters/.one.yaml.swp": "x" }).problems).toEqual([]);
  });

  test.each([
    [63, 0],
    [64, 1],
  ])("a cluster name of %i characters with %i errors", (length, count) => {
    expect(load({ "irsa.yaml": IRSA, [`clusters/${"x".repeat(length)}.yaml`]: cluster(ROLE) }).problems).toHaveLength(
      count,
    );
  });
});

const MANY = FULL ? 60_000 : 12_000;

test.each([
  ["key", `${cluster(ROLE)}${"x: x\n".repeat(MANY)}`],
  ["escape", `${cluster(ROLE)}${'x: "\\q"\n'.repeat(MANY)}`],
  [
    "statement",
    cluster(`  app-role:
    namespace: z1
    inlinePolicies:
      p: { Statement: [${"{},".repeat(MANY)}] }
`),
  ],
])("reports a file in which the same %s is wrong many times", (_, text) => {
  const { problems } = loadUnchecked({ "irsa.yaml": IRSA, "clusters/one.yaml": text });
  expect(problems.length).toBeLessThan(110);
  expect(problems.filter(({ message }) => /\d{5} more errors/.test(message))).toHaveLength(1);
});

const one = files["clusters/one.yaml"];

test.each<[string, Record<string, string | Buffer | { code: string }>, string]>([
  ["a missing irsa.yaml", { "clusters/one.yaml": one }, "irsa.yaml:1:1 "],
  ["a missing clusters/", { "irsa.yaml": IRSA }, "clusters:1:1 "],
  ["an empty clusters/", { "irsa.yaml": IRSA, clusters: "" }, "clusters:1:1 "],
  ["an empty file", { ...files, "irsa.yaml": "" }, "irsa.yaml:1:1 "],
  ["a file of comments", { ...files, "irsa.yaml": "# nothing\n" }, "irsa.yaml:1:1 "],
  ["a folder", { ...files, "irsa.yaml": { code: "EISDIR" } }, "irsa.yaml:1:1 "],
  ["a file without permission", { ...files, "irsa.yaml": { code: "EACCES" } }, "irsa.yaml:1:1 "],
  ["bytes that are not UTF-8", { ...files, "irsa.yaml": Buffer.from([0x61, 0xff]) }, "irsa.yaml:1:1 "],
  ["a file of more than 1 MB", { ...files, "irsa.yaml": `${IRSA}#${"x".repeat(1_000_000)}` }, "irsa.yaml:1:1 "],
  ["a file in place of clusters/", { "irsa.yaml": IRSA, clusters: { code: "ENOTDIR" } }, "clusters:1:1 "],
  ["a clusters/ without permission", { "irsa.yaml": IRSA, clusters: { code: "EACCES" } }, "clusters:1:1 "],
  ["a .YAML file", { ...files, "clusters/two.YAML": "" }, "clusters/two.YAML:1:1 "],
  ["a .json file", { ...files, "clusters/two.json": "" }, "clusters/two.json:1:1 "],
  ["a .yml file", { ...files, "clusters/two.yml": "" }, "clusters/two.yml:1:1 "],
  ["an upper-case name", { "irsa.yaml": IRSA, "clusters/One.yaml": one }, "clusters/One.yaml:1:1 "],
  ["a list", { ...files, "irsa.yaml": "- a\n" }, "irsa.yaml:1:1 "],
  ["a syntax error", { ...files, "irsa.yaml": "state: {backend: local\n" }, "irsa.yaml:2:1 "],
  ["a tab", { ...files, "irsa.yaml": "state:\n\tbackend: local\n" }, "irsa.yaml:2:1 "],
  ["a duplicate key", { ...files, "irsa.yaml": `${IRSA}state: {backend: local}\n` }, "irsa.yaml:3:1 "],
  ["a second document", { ...files, "irsa.yaml": `${IRSA}---\na: b\n` }, "irsa.yaml:3:1 "],
  ["an anchor", { ...files, "irsa.yaml": "state: &a {backend: local}\n" }, "irsa.yaml:1:11 "],
  ["a tag", { ...files, "irsa.yaml": "state: !!binary {backend: local}\n" }, "irsa.yaml:1:17 "],
  ["a list as a key", { ...files, "irsa.yaml": `${IRSA}[a]: b\n` }, "irsa.yaml:3:1 "],
  ["__proto__", { ...files, "irsa.yaml": `${IRSA}__proto__: b\n` }, "irsa.yaml:3:1 "],
])("rejects %s", (_, content, place) => {
  const result = load(content);
  expect(places(result)).toContain(place);
  expect(result.project).toBeUndefined();
});

test("rejects aliases and merge keys at their positions", () => {
  const result = load({ ...files, "irsa.yaml": "state: &a\n  backend: local\ndefaults:\n  <<: *a\n" });
  expect(places(result)).toEqual(["irsa.yaml:2:3 ", "irsa.yaml:4:3 ", "irsa.yaml:4:7 "]);
});

describe("checks the rest of the file", () => {
  const refused = (change: (text: string) => string) =>
    load({ "irsa.yaml": IRSA, "clusters/one.yaml": change(cluster(role("namespace: Prod"))) });

  test.each<[string, (text: string) => string, string[]]>([
    ["a duplicate key", (text) => `${text}oidc: { issuer: x }\n`, ["8:16 roles.app-role.namespace", "9:1 "]],
    [
      "a key in two spellings",
      (text) => `${text}    maxSessionDuration: 5\n    "maxSessionDuration": soon\n`,
      ["8:16 roles.app-role.namespace", "9:25 roles.app-role.maxSessionDuration", "10:5 "],
    ],
    ["an anchor", (text) => text.replace("roles:", "roles: &a"), ["7:3 ", "8:16 roles.app-role.namespace"]],
    ["a tag", (text) => text.replace("issuer: ", "issuer: !!str "), ["3:17 ", "8:16 roles.app-role.namespace"]],
    [
      "the marker of CDKTF",
      (text) => text.replace("kubeconfig", 'kubeconfig\n  path: "${TfToken[TOKEN.9]}"'),
      ["6:9 ", "9:16 roles.app-role.namespace"],
    ],
    [
      "a merge key, which can add the missing keys",
      (text) => `${text}  other:\n    <<: *base\n    namespaces: [z1]\n    maxSessionDuration: 5\n`,
      ["8:16 roles.app-role.namespace", "10:5 ", "10:9 ", "12:25 roles.other.maxSessionDuration"],
    ],
    [
      "an alias in place of any value",
      (text) =>
        text
          .replace("access: kubeconfig", "*k")
          .replace("namespace: Prod", "namespace: *n\n    tags: { a: *t }\n    policies: [*p]"),
      ["5:3 ", "8:16 ", "9:16 ", "10:16 "],
    ],
    [
      "an inline policy with aliases",
      (text) =>
        `${text}    inlinePolicies:\n      a: { Version: "2012-10-17", Statement: [{ Effect: Allow, Action: *a, Resource: b }, { <<: *s }, *t] }\n      b: { file: *f }\n`,
      [
        "8:16 roles.app-role.namespace",
        "10:72 ",
        "10:86 roles.app-role.inlinePolicies.a.Statement.0.Resource",
        "10:93 ",
        "10:97 ",
        "10:103 ",
        "11:18 ",
      ],
    ],
  ])("after %s", (_, change, expected) => {
    const result = refused(change);
    expect(places(result).map((place) => place.replace("clusters/one.yaml:", ""))).toEqual(expected);
    expect(result.project).toBeUndefined();
  });

  test("before a second document", () => {
    const result = load({ ...files, "irsa.yaml": "state: { backend: gcs }\n---\na: b\n" });
    expect(places(result)).toEqual(["irsa.yaml:1:19 state.backend", "irsa.yaml:2:1 "]);
  });

  test("except after a syntax error", () => {
    expect(places(refused((text) => `${text}extra: {\n`))).toEqual(["clusters/one.yaml:10:1 "]);
  });
});

test.each([
  [30, "irsa.yaml:4:9 defaults.tags"],
  [31, "irsa.yaml:4:37 "],
  [1001, "irsa.yaml:4:37 "],
  [1003, "irsa.yaml:1:1 "],
  // The parser would overflow its stack.
  [400_000, "irsa.yaml:1:1 "],
])("rejects %i levels of nesting", (levels, place) => {
  const value = `${"[".repeat(levels - 2)}${"]".repeat(levels - 2)}`;
  expect(places(load({ ...files, "irsa.yaml": `${IRSA}defaults:\n  tags: ${value}\n` }))).toContain(place);
});

test.each([
  ["description: true", "description", '"true"'],
  ["description: 1e3", "description", '"1e3"'],
  ["description:", "description", "string"],
  ["description: [a]", "description", '["a"]'],
  ["policies: AmazonS3ReadOnlyAccess", "policies", "list"],
  ["policies: [5]", "policies.0", '"5"'],
  ["tags: a", "tags", "keys and values"],
  ["tags: { a: 5 }", "tags.a", '"5"'],
  ["import: please", "import", "true or false"],
  ["maxSessionDuration: soon", "maxSessionDuration", "number"],
  ["maxSessionDuration: 3600.5", "maxSessionDuration", "whole number"],
  ["maxSessionDuration: 1e99", "maxSessionDuration", "3600 to 43200"],
  ["maxSessionDuration: .inf", "maxSessionDuration", "3600 to 43200"],
  ["scope: namespace", "scope", "environment"],
  ["inlinePolicies: { a: text }", "inlinePolicies.a", "keys and values"],
  ["trustedClusters: all", "trustedClusters", "a list"],
])("rejects the type of %s", (line, path, expected) => {
  const result = loadRole("namespace: z1-prod", line);
  expect(places(result)).toEqual([
    expect.stringMatching(new RegExp(`^clusters/one.yaml:9:\\d+ roles.app-role.${path}$`)),
  ]);
  expect(messages(result)[0]).toContain(expected);
});

test.each([
  [/accountId.*\n/, 'accountId: "123456789012"'],
  [/ issuer: .*\n/, "issuer: https://oidc.eks."],
  [/https:.*/, "https://oidc.eks."],
  [/oidc:\n.*\n/, "oidc: { issuer: …, … }"],
  [/kubeconfig/, "clusterName: qovery-z1234abcd"],
  [/roles:[\s\S]*/, "roles: { my-role: { namespace: …, … } }"],
])("shows an example of a missing value: %s", (cut, example) => {
  const text = one.replace(cut, cut.source === "kubeconfig" ? "eks" : "");
  expect(messages(load({ ...files, "clusters/one.yaml": text })).join("\n")).toContain(example);
});

test("reads names of roles as the file writes them", () => {
  const text = cluster("  empty-role:\n  on:\n    namespace: z1\n  1e3:\n    namespace: z1\n");
  expect(paths(load({ "irsa.yaml": IRSA, "clusters/one.yaml": text }))).toEqual([
    "roles.empty-role",
    "roles.on.serviceAccount",
    "roles.1e3.serviceAccount",
  ]);
});

describe("an unknown key", () => {
  test.each([
    ["namspace: z1", "namespace?"],
    ["serviceaccount: x", "serviceAccount?"],
    ["zzzzzzzzzz: x", "scope, namespace"],
  ])("is rejected with the known ones: %s", (line, fix) => {
    const result = loadRole("namespace: z1-prod", line);
    expect(places(result)).toEqual([`clusters/one.yaml:9:5 roles.app-role.${line.split(":")[0]}`]);
    expect(messages(result)[0]).toContain(fix);
  });

  test("is reported one by one up to 50 times in a map", () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `k${i}: x\n`).join("");
    expect(paths(loadUnchecked({ ...files, "irsa.yaml": `${IRSA}${keys}` }))).toHaveLength(51);
  });

  test("is rejected in every part of both files", () => {
    const result = load({
      "irsa.yaml":
        "state: { backend: s3, bucket: abc, region: eu-west-3, keyPrefx: x }\ndefaults: { tag: {} }\nverification: { runner: none, imag: x }\nstat: 1\n",
      "clusters/one.yaml": cluster(ROLE, { more: "kubernetess: 1\n" }).replace("kubeconfig", "kubeconfig\n  pth: x"),
    });
    expect(messages(result).map((message) => /(\w+)\?/.exec(message)?.[1])).toEqual([
      "path",
      "kubernetes",
      "keyPrefix",
      "tags",
      "image",
      "state",
    ]);
  });
});

test.each([
  ["state:\n  bucket: x\n", "irsa.yaml:1:1 state.backend", "backend: s3, cloud or local"],
  ["state:\n  backend: gcs\n", "irsa.yaml:2:12 state.backend", "s3, cloud or local"],
  ["state: s3\n", "irsa.yaml:1:8 state", "{ backend: s3, cloud or local, … }"],
  ["{}\n", "irsa.yaml:1:1 state", "state: { backend: s3, cloud or local, … }"],
  ["state:\n  backend: local\n  bucket: x\n", "irsa.yaml:3:3 state.bucket", "backend: s3"],
  ["state:\n  backend: local\n  bukket: x\n", "irsa.yaml:3:3 state.bukket", "backend"],
  [
    "state: {backend: s3, bucket: abc, region: eu-west-3,\n  organisation: x}\n",
    "irsa.yaml:2:3 state.organisation",
    "backend, bucket, region, keyPrefix, kmsKeyArn, roleArn or profile",
  ],
  ["state: {backend: s3, region: eu-west-3}\n", "irsa.yaml:1:1 state.bucket", "bucket: acme-terraform-state"],
])("shows the choices of a union: %j", (text, place, expected) => {
  const result = load({ ...files, "irsa.yaml": text });
  expect(places(result)).toEqual([place]);
  expect(messages(result)[0]).toContain(expected);
});
