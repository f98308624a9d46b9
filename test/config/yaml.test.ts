import { cluster, IRSA, load, loadRole, messages, places, role } from "./files";

const ROLE = role("namespace: z1-prod");
const files = { "irsa.yaml": IRSA, "clusters/one.yaml": cluster(ROLE) };

test("a right configuration has no problem", () => {
  expect(load(files).problems).toEqual([]);
});

describe("text that is taken", () => {
  test.each([
    ["a byte order mark", (text: string) => `\ufeff${text}`],
    ["CRLF", (text: string) => text.replaceAll("\n", "\r\n")],
    ["comments", (text: string) => `# a\n${text}# b\n`],
    ["a document start", (text: string) => `---\n${text}`],
  ])("%s", (_, change) => {
    const result = load({ "irsa.yaml": change(IRSA), "clusters/one.yaml": change(cluster(ROLE)) });
    expect(result.problems).toEqual([]);
    expect(result.project?.clusters[0]?.roles[0]?.name).toBe("app-role");
  });
});

describe("files that cannot be read", () => {
  test.each<[string, Record<string, string | Buffer | { code: string }>, string, string]>([
    [
      "a missing irsa.yaml",
      { "clusters/one.yaml": files["clusters/one.yaml"] },
      "irsa.yaml:1:1 ",
      "there is no such file",
    ],
    ["a missing clusters/", { "irsa.yaml": IRSA }, "clusters:1:1 ", "there is no such folder"],
    ["an empty clusters/", { "irsa.yaml": IRSA, clusters: "" }, "clusters:1:1 ", "holds no cluster"],
    ["an empty file", { ...files, "irsa.yaml": "" }, "irsa.yaml:1:1 ", "the file is empty"],
    ["a file of comments", { ...files, "irsa.yaml": "# nothing\n" }, "irsa.yaml:1:1 ", "the file is empty"],
    ["a folder", { ...files, "irsa.yaml": { code: "EISDIR" } }, "irsa.yaml:1:1 ", "this is a folder"],
    ["no permission", { ...files, "irsa.yaml": { code: "EACCES" } }, "irsa.yaml:1:1 ", "EACCES"],
    ["bytes that are not UTF-8", { ...files, "irsa.yaml": Buffer.from([0x61, 0xff]) }, "irsa.yaml:1:1 ", "not UTF-8"],
    [
      "a file of more than 1 MB",
      { ...files, "irsa.yaml": `${IRSA}#${"x".repeat(1_000_000)}` },
      "irsa.yaml:1:1 ",
      "bytes",
    ],
    [
      "a clusters that is a file",
      { "irsa.yaml": IRSA, clusters: { code: "ENOTDIR" } },
      "clusters:1:1 ",
      "this is a file",
    ],
    ["a clusters/ without permission", { "irsa.yaml": IRSA, clusters: { code: "EACCES" } }, "clusters:1:1 ", "EACCES"],
    ["a .YAML file", { ...files, "clusters/two.YAML": "" }, "clusters/two.YAML:1:1 ", "rename it to two.yaml"],
    ["a .json file", { ...files, "clusters/two.json": "" }, "clusters/two.json:1:1 ", "rename it to two.yaml"],
    ["a .yml file", { ...files, "clusters/two.yml": "" }, "clusters/two.yml:1:1 ", "rename it to two.yaml"],
    [
      "an upper-case name",
      { "irsa.yaml": IRSA, "clusters/One.yaml": files["clusters/one.yaml"] },
      "clusters/One.yaml:1:1 ",
      "rename the file",
    ],
    ["a list", { ...files, "irsa.yaml": "- a\n" }, "irsa.yaml:1:1 ", "keys and values"],
  ])("fails for %s", (_, content, place, message) => {
    const result = load(content);
    expect(places(result)).toEqual([place]);
    expect(messages(result)[0]).toContain(message);
    expect(result.project).toBeUndefined();
  });

  test("a file of 1 MB is read", () => {
    const padding = `#${"x".repeat(1_000_000 - IRSA.length - 1)}`;
    expect(load({ ...files, "irsa.yaml": `${IRSA}${padding}` }).problems).toEqual([]);
  });

  test("other files and hidden ones in clusters/ are left alone", () => {
    expect(load({ ...files, "clusters/README.md": "x", "clusters/.one.yaml.swp": "x" }).problems).toEqual([]);
  });

  test.each([
    ["x".repeat(63), 0],
    ["x".repeat(64), 1],
  ])("a cluster's name has at most 63 characters", (stem, count) => {
    expect(load({ "irsa.yaml": IRSA, [`clusters/${stem}.yaml`]: cluster(ROLE) }).problems).toHaveLength(count);
  });
});

describe("YAML that is refused", () => {
  test.each([
    ["a syntax error", "state: {backend: local\n", "irsa.yaml:2:1 ", "not YAML"],
    ["a tab", "state:\n\tbackend: local\n", "irsa.yaml:2:1 ", "indent with spaces"],
    [
      "a duplicate key",
      "state: {backend: local}\nstate: {backend: local}\n",
      "irsa.yaml:2:1 ",
      "keep one of the two keys",
    ],
    ["a second document", "state: {backend: local}\n---\na: b\n", "irsa.yaml:2:1 ", "second document"],
    ["an anchor", "state: &a {backend: local}\n", "irsa.yaml:1:11 ", "anchors"],
    ["a tag", "state: !!binary {backend: local}\n", "irsa.yaml:1:17 ", "tag"],
    ["a key that is a list", "state: {backend: local}\n[a]: b\n", "irsa.yaml:2:1 ", "not a text"],
    ["__proto__", "state: {backend: local}\n__proto__: b\n", "irsa.yaml:2:1 ", "__proto__"],
  ])("fails for %s", (_, text, place, message) => {
    const result = load({ ...files, "irsa.yaml": text });
    expect(places(result)).toContain(place);
    expect(messages(result).join("\n")).toContain(message);
    expect(result.project).toBeUndefined();
  });

  test("fails for aliases and merge keys, each where it stands", () => {
    const result = load({ ...files, "irsa.yaml": "state: &a\n  backend: local\ndefaults:\n  <<: *a\n" });
    expect(messages(result).join("\n")).toMatch(/anchors.*\n.*(merge keys|aliases).*\n.*(merge keys|aliases)/);
    expect(places(result)).toEqual(["irsa.yaml:2:3 ", "irsa.yaml:4:3 ", "irsa.yaml:4:7 "]);
  });

  describe("the rest of the file is still looked at", () => {
    const refused = (change: (text: string) => string) =>
      load({ "irsa.yaml": IRSA, "clusters/one.yaml": change(cluster(role("namespace: Prod"))) });

    test.each<[string, (text: string) => string, string[]]>([
      ["a duplicate key", (text) => `${text}oidc: { issuer: x }\n`, ["8:16 roles.app-role.namespace", "9:1 "]],
      [
        "a key that is twice in two spellings",
        (text) => `${text}    maxSessionDuration: 5\n    "maxSessionDuration": soon\n`,
        ["8:16 roles.app-role.namespace", "9:25 roles.app-role.maxSessionDuration", "10:5 "],
      ],
      ["an anchor", (text) => text.replace("roles:", "roles: &a"), ["7:3 ", "8:16 roles.app-role.namespace"]],
      ["a tag", (text) => text.replace("issuer: ", "issuer: !!str "), ["3:17 ", "8:16 roles.app-role.namespace"]],
      [
        "cdktf's mark",
        (text) => text.replace("kubeconfig", 'kubeconfig\n  path: "${TfToken[TOKEN.9]}"'),
        ["6:9 ", "9:16 roles.app-role.namespace"],
      ],
      [
        "a merge key, which would bring the keys that are missing",
        (text) => `${text}  other:\n    <<: *base\n    namespaces: [z1]\n    maxSessionDuration: 5\n`,
        ["8:16 roles.app-role.namespace", "10:5 ", "10:9 ", "12:25 roles.other.maxSessionDuration"],
      ],
      [
        "an alias, whatever it stands for",
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

    test("a second document", () => {
      const result = load({ ...files, "irsa.yaml": "state: { backend: gcs }\n---\na: b\n" });
      expect(places(result)).toEqual(["irsa.yaml:1:19 state.backend", "irsa.yaml:2:1 "]);
    });

    test("a mistake of syntax ends it: what follows would be a guess", () => {
      expect(places(refused((text) => `${text}extra: {\n`))).toEqual(["clusters/one.yaml:10:1 "]);
    });
  });

  describe("nesting", () => {
    const nested = (levels: number) => {
      const value = `${"[".repeat(levels - 2)}${"]".repeat(levels - 2)}`;
      return messages(load({ ...files, "irsa.yaml": `${IRSA}defaults:\n  tags: ${value}\n` })).join("\n");
    };

    test.each([
      [30, "is not keys and values"],
      [31, "more than 30 levels of nesting"],
      [1001, "more than 30 levels of nesting"],
      [1003, "the brackets are nested too deep"],
      // The parser would end the process.
      [400_000, "the brackets are nested too deep"],
    ])("of %i levels", (levels, message) => {
      expect(nested(levels)).toContain(message);
    });
  });

  test.each([
    ["description: true", "description", 'true is a boolean to YAML, and text is expected; quote it: "true"'],
    ["description: 1e3", "description", 'quote it: "1e3"'],
    ["description:", "description", "is empty; give it a text"],
    ["description: [a]", "description", '["a"] is not a text'],
    ["policies: AmazonS3ReadOnlyAccess", "policies", "is not a list; use a list"],
    ["policies: [5]", "policies.0", 'quote it: "5"'],
    ["tags: a", "tags", "keys and values"],
    ["tags: { a: 5 }", "tags.a", 'quote it: "5"'],
    ["import: please", "import", "true or false"],
    ["maxSessionDuration: soon", "maxSessionDuration", "number"],
    ["maxSessionDuration: 3600.5", "maxSessionDuration", "whole number"],
    [
      "maxSessionDuration: 1e99",
      "maxSessionDuration",
      "1e99 is too large; use a whole number of seconds, 3600 to 43200",
    ],
    ["maxSessionDuration: .inf", "maxSessionDuration", ".inf is not a number; use a whole number of seconds"],
    ["scope: namespace", "scope", "use environment, cluster, any-service-account"],
    ["inlinePolicies: { a: text }", "inlinePolicies.a", "keys and values"],
    ["trustedClusters: all", "trustedClusters", "a list"],
  ])("fails for %s", (line, path, message) => {
    const result = loadRole("namespace: z1-prod", line);
    expect(places(result)[0]).toMatch(new RegExp(`^clusters/one.yaml:9:\\d+ roles.app-role.${path}$`));
    expect(messages(result)).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    [/accountId.*\n/, 'add it, such as accountId: "123456789012"'],
    [/ issuer: .*\n/, "add it, such as issuer: https://oidc.eks."],
    [/https:.*/, "is empty; give it https://oidc.eks."],
    [/oidc:\n.*\n/, "add oidc: { issuer: …, … }"],
    [/kubeconfig/, "add it, such as clusterName: qovery-z1234abcd"],
    [/roles:[\s\S]*/, "add roles: { my-role: { namespace: …, … } }"],
  ])("what is missing is shown by an example: %s", (cut, fix) => {
    const text = cluster(ROLE).replace(cut, cut.source === "kubeconfig" ? "eks" : "");
    expect(messages(load({ ...files, "clusters/one.yaml": text })).join("\n")).toContain(fix);
  });

  test("a role that is empty is told, and a role's name that YAML would read as something else is kept", () => {
    const result = load({
      "irsa.yaml": IRSA,
      "clusters/one.yaml": cluster("  empty-role:\n  on:\n    namespace: z1\n  1e3:\n    namespace: z1\n"),
    });
    expect(places(result)[0]).toBe("clusters/one.yaml:7:3 roles.empty-role");
    expect(places(result)).toContain("clusters/one.yaml:8:3 roles.on.serviceAccount");
    expect(places(result)).toContain("clusters/one.yaml:10:3 roles.1e3.serviceAccount");
  });
});

describe("unknown keys", () => {
  test.each([
    ["namspace: z1", "did you mean namespace?"],
    ["serviceaccount: x", "did you mean serviceAccount?"],
    ["zzzzzzzzzz: x", "known here: scope, namespace"],
  ])("fails for %s", (line, fix) => {
    const result = loadRole("namespace: z1-prod", line);
    expect(places(result)).toEqual([`clusters/one.yaml:9:5 roles.app-role.${line.split(":")[0]}`]);
    expect(messages(result)[0]).toContain(fix);
  });

  test("they are found in every part of both files", () => {
    const result = load({
      "irsa.yaml":
        "state: { backend: s3, bucket: abc, region: eu-west-3, keyPrefx: x }\ndefaults: { tag: {} }\nverification: { runner: none, imag: x }\nstat: 1\n",
      "clusters/one.yaml": cluster(ROLE, { more: "kubernetess: 1\n" }).replace("kubeconfig", "kubeconfig\n  pth: x"),
    });
    expect(messages(result).map((message) => message.split("; ")[1])).toEqual([
      "did you mean path?",
      "did you mean kubernetes?",
      "did you mean keyPrefix?",
      "did you mean tags?",
      "did you mean image?",
      "did you mean state?",
    ]);
  });
});

describe("unions say what may be chosen", () => {
  test.each([
    ["state:\n  bucket: x\n", "irsa.yaml:1:1 state.backend", "is missing; add backend: s3, cloud or local"],
    ["state:\n  backend: gcs\n", "irsa.yaml:2:12 state.backend", '"gcs" is not taken here; use s3, cloud or local'],
    ["state: s3\n", "irsa.yaml:1:8 state", "use { backend: s3, cloud or local, … }"],
    ["{}\n", "irsa.yaml:1:1 state", "is missing; add state: { backend: s3, cloud or local, … }"],
    [
      "state:\n  backend: local\n  bucket: x\n",
      "irsa.yaml:3:3 state.bucket",
      "goes with backend: s3; remove it, or set backend: s3",
    ],
    ["state:\n  backend: local\n  bukket: x\n", "irsa.yaml:3:3 state.bukket", "unknown key; known here: backend"],
    [
      "state: {backend: s3, bucket: abc, region: eu-west-3,\n  organisation: x}\n",
      "irsa.yaml:2:3 state.organisation",
      "unknown key; known here: backend, bucket, region, keyPrefix",
    ],
    ["state: {backend: s3, region: eu-west-3}\n", "irsa.yaml:1:1 state.bucket", "such as bucket: acme-terraform-state"],
  ])("%j", (text, place, message) => {
    const result = load({ ...files, "irsa.yaml": text });
    expect(places(result)[0]).toContain(place);
    expect(messages(result)[0]).toContain(message);
  });
});
