import { cluster, IRSA, loadRole, loadUnchecked, messages, paths, places, role, withClusters } from "./files";

const x = (length: number) => "x".repeat(length);
const NS = "namespace: z1-prod";
const OWN = '{ Version: "2012-10-17", Statement: { Effect: Allow, Action: "s3:ListAllMyBuckets", Resource: "*" } }';
const IMPORTED = ["import: true", "path: /", "policies: [ReadOnlyAccess]", `inlinePolicies: { own: ${OWN} }`];

const content = (...lines: string[]) => ({ "irsa.yaml": IRSA, "clusters/one.yaml": cluster(role(...lines)) });

test.each<[string[], string[]]>([
  // namespace: RFC 1123 label
  [[`namespace: z${x(62)}`], []],
  [[`namespace: z${x(63)}`], ["roles.app-role.namespace"]],
  [["namespace: zProd"], ["roles.app-role.namespace"]],
  [["namespace: z-"], ["roles.app-role.namespace"]],
  [['namespace: "z*"'], ["roles.app-role.namespace"]],
  [["namespace: prod"], ["warning roles.app-role.namespace"]],
  // service account: RFC 1123 subdomain, its Helm release's name with irsa- at most 53
  [[NS, `serviceAccount: ${x(48)}`], []],
  [[NS, `serviceAccount: ${x(49)}`], ["roles.app-role.serviceAccount"]],
  [[NS, `serviceAccount: ${x(254)}`], ["roles.app-role.serviceAccount"]],
  [[NS, "serviceAccount: a.b-c"], []],
  [[NS, "serviceAccount: default"], ["roles.app-role.serviceAccount"]],
  [[NS, 'serviceAccount: ""'], ["roles.app-role.serviceAccount"]],
  [[NS, 'serviceAccount: "a*"'], ["roles.app-role.serviceAccount"]],
  [[NS, "serviceAccount: A"], ["roles.app-role.serviceAccount"]],
  [[NS, 'serviceAccount: "123"'], ["roles.app-role.serviceAccount"]],
  ...["on", "y", "null", "1.5", "1e3", "1e-3", "1.5e-3", "0b1", "0o7", "0x1f"].map((name): [string[], string[]] => [
    [NS, `serviceAccount: "${name}"`],
    ["roles.app-role.serviceAccount"],
  ]),
  ...["one", "1.2.3", "1e3x", "0b2", "0x", "1-1", "yes-no"].map((name): [string[], string[]] => [
    [NS, `serviceAccount: "${name}"`],
    [],
  ]),
  // IAM
  [[NS, `description: ${x(1000)}`], []],
  [[NS, `description: ${x(1001)}`], ["roles.app-role.description"]],
  [[NS, "path: /team/"], []],
  [[NS, "path: team"], ["roles.app-role.path"]],
  [[NS, "maxSessionDuration: 3600"], []],
  [[NS, "maxSessionDuration: 3599"], ["roles.app-role.maxSessionDuration"]],
  [[NS, "maxSessionDuration: 43200"], []],
  [[NS, "maxSessionDuration: 43201"], ["roles.app-role.maxSessionDuration"]],
  [[NS, `tags: { a: ${x(256)} }`], []],
  [[NS, `tags: { a: ${x(257)} }`], ["roles.app-role.tags.a"]],
  [[NS, `tags: { ${x(128)}: a }`], []],
  [[NS, `tags: { ${x(129)}: a }`], [`roles.app-role.tags.${x(129)}`]],
  [[NS, "tags: { Team: a, team: b }"], ["roles.app-role.tags.team"]],
  [[NS, "permissionsBoundary: arn:aws:iam::123456789012:policy/b"], []],
  [[NS, "permissionsBoundary: arn:aws:iam::aws:policy/ReadOnlyAccess"], []],
  [[NS, "permissionsBoundary: arn:aws:iam::aws:policy/NoSuchPolicy"], ["warning roles.app-role.permissionsBoundary"]],
  [[NS, "permissionsBoundary: b"], ["roles.app-role.permissionsBoundary"]],
  [[NS, "permissionsBoundary: arn:aws-cn:iam::123456789012:policy/b"], ["roles.app-role.permissionsBoundary"]],
  [[NS, "permissionsBoundary: arn:aws:iam::210987654321:policy/b"], ["roles.app-role.permissionsBoundary"]],
  [[NS, "verification: { probe: s3:bucket:acme, enabled: false }"], []],
  [[NS, "verification: { probe: s3 }"], ["roles.app-role.verification.probe"]],
  [[NS, "import: true", "path: /"], []],
  [[NS, "import: true"], ["warning roles.app-role.import"]],
  [[NS, "import: true", "path: /", "deletionProtection: false"], []],
  [[NS, "deletionProtection: false"], ["roles.app-role.deletionProtection"]],
  // policies that an imported role has already: declared, and each of them once
  [[NS, ...IMPORTED, "importPolicies: [ReadOnlyAccess]", "importInlinePolicies: [own]"], []],
  [[NS, ...IMPORTED, "importPolicies: [arn:aws:iam::aws:policy/ReadOnlyAccess]"], []],
  [[NS, ...IMPORTED, "importPolicies: [AmazonS3FullAccess]"], ["roles.app-role.importPolicies.0"]],
  [[NS, ...IMPORTED, "importInlinePolicies: [own, other]"], ["roles.app-role.importInlinePolicies.1"]],
  [
    [NS, ...IMPORTED, "importPolicies: [ReadOnlyAccess, arn:aws:iam::aws:policy/ReadOnlyAccess]"],
    ["roles.app-role.importPolicies.1"],
  ],
  [[NS, ...IMPORTED, "importPolicies: ReadOnlyAccess"], ["roles.app-role.importPolicies"]],
  [[NS, "policies: [ReadOnlyAccess]", "importPolicies: [ReadOnlyAccess]"], ["roles.app-role.importPolicies"]],
  [[NS, "import: false", "importInlinePolicies: []"], ["roles.app-role.importInlinePolicies"]],
  [[NS, "exclusivePolicies: false", "takeOwnership: true"], []],
  // a service account that something else creates: its name is not the name of a release
  [[NS, "createServiceAccount: true", "takeOwnership: false"], []],
  [[NS, "createServiceAccount: false"], []],
  [[NS, "createServiceAccount: false", "takeOwnership: true"], ["roles.app-role.takeOwnership"]],
  [[NS, "createServiceAccount: false", "takeOwnership: false"], ["roles.app-role.takeOwnership"]],
  [["namespace: kube-system", "createServiceAccount: false"], []],
  [["createServiceAccount: false"], ["roles.app-role.namespace"]],
  [[NS, "createServiceAccount: false", `serviceAccount: ${x(253)}`], []],
  [[NS, "createServiceAccount: false", `serviceAccount: ${x(254)}`], ["roles.app-role.serviceAccount"]],
  [[NS, "createServiceAccount: false", 'serviceAccount: "123"'], []],
  [[NS, "createServiceAccount: false", "serviceAccount: default"], ["warning roles.app-role.serviceAccount"]],
  [[NS, "createServiceAccount: yes"], ["roles.app-role.createServiceAccount"]],
  // annotations of the service account
  ...[
    [`${x(253)}/${x(63)}: a`, []],
    ["team: a", []],
    ['eks.amazonaws.com/audience: sts.amazonaws.com, eks.amazonaws.com/sts-regional-endpoints: "false"', []],
    [`"${x(254)}/a": a`, [`${x(200)}…`]],
    [`${x(64)}: a`, [x(64)]],
    ["a/b/c: a", ["a/b/c"]],
    ['"-a": a', ["-a"]],
    ["A.example/b: a", ["A.example/b"]],
    ["meta.helm.sh/release-name: a", ["meta.helm.sh/release-name"]],
    ["team: 5", ["team"]],
    ['eks.amazonaws.com/role-arn: "arn:aws:iam::123456789012:role/a"', ["eks.amazonaws.com/role-arn"]],
    ["eks.amazonaws.com/audience: sts.amazonaws.com.cn", ["eks.amazonaws.com/audience"]],
    ['eks.amazonaws.com/sts-regional-endpoints: "yes"', ["eks.amazonaws.com/sts-regional-endpoints"]],
    ['eks.amazonaws.com/token-expiration: "600"', []],
    ['eks.amazonaws.com/token-expiration: "599"', ["eks.amazonaws.com/token-expiration"]],
    ['eks.amazonaws.com/token-expiration: "86400"', []],
    ['eks.amazonaws.com/token-expiration: "86401"', ["eks.amazonaws.com/token-expiration"]],
    ['eks.amazonaws.com/token-expiration: "1h"', ["eks.amazonaws.com/token-expiration"]],
  ].map(([annotations, expected]): [string[], string[]] => [
    [NS, `annotations: { ${annotations} }`],
    (expected as string[]).map((key) => `roles.app-role.annotations.${key}`),
  ]),
  [
    [NS, "annotations: { eks.amazonaws.com/token-expiraton: a }"],
    ["warning roles.app-role.annotations.eks.amazonaws.com/token-expiraton"],
  ],
  [[NS, "annotations: { team: a }", "createServiceAccount: false"], ["roles.app-role.annotations"]],
  [[NS, `annotations: { a: ${x(262_143)} }`], []],
  [[NS, `annotations: { a: ${x(262_144)} }`], ["roles.app-role.annotations"]],
  // several namespaces and service accounts
  [["namespaces: [z1]"], []],
  [["namespaces: [z1, z2, z3]", "serviceAccounts: [api, worker.v2]"], []],
  [[NS, "serviceAccounts: [app-role]"], []],
  [["namespaces: []"], ["roles.app-role.namespaces"]],
  [[NS, "serviceAccounts: []"], ["roles.app-role.serviceAccounts"]],
  [["namespaces: z1"], ["roles.app-role.namespaces"]],
  [[NS, "serviceAccounts: api"], ["roles.app-role.serviceAccounts"]],
  [["namespaces: [z1, z2, z1]"], ["roles.app-role.namespaces.2"]],
  [[NS, "serviceAccounts: [api, api]"], ["roles.app-role.serviceAccounts.1"]],
  [[NS, "serviceAccount: api", "serviceAccounts: [worker]"], ["roles.app-role.serviceAccounts"]],
  [["namespaces: [z1, prod]"], ["warning roles.app-role.namespaces.1"]],
  [["namespaces: [z1, prod]", "createServiceAccount: false"], []],
  [['namespaces: [z1, "z*"]'], ["roles.app-role.namespaces.1"]],
  [["namespaces: [z1, Z2]"], ["roles.app-role.namespaces.1"]],
  [["namespaces:"], ["roles.app-role.namespaces"]],
  [[NS, 'serviceAccounts: [api, "w*"]'], ["roles.app-role.serviceAccounts.1"]],
  [[NS, 'serviceAccounts: [api, ""]'], ["roles.app-role.serviceAccounts.1"]],
  [[NS, `serviceAccounts: [api, ${x(48)}]`], []],
  [[NS, `serviceAccounts: [api, ${x(49)}]`], ["roles.app-role.serviceAccounts.1"]],
  [[NS, `serviceAccounts: [api, ${x(253)}]`, "createServiceAccount: false"], []],
  [[NS, "serviceAccounts: [api, default]"], ["roles.app-role.serviceAccounts.1"]],
  [
    [NS, "serviceAccounts: [api, default]", "createServiceAccount: false"],
    ["warning roles.app-role.serviceAccounts.1"],
  ],
  // scopes
  [[], ["roles.app-role"]],
  [["scope: environment"], ["roles.app-role.namespace"]],
  [[NS, "namespaces: [z1]"], ["roles.app-role.namespaces"]],
  [["scope: cluster"], ["warning roles.app-role.scope"]],
  [["scope: cluster", "namespaces: [z1, z2]"], ["warning roles.app-role.scope"]],
  [
    ["scope: cluster", "namespaces: [z1, z1]"],
    ["warning roles.app-role.scope", "roles.app-role.namespaces.1"],
  ],
  [
    ["scope: cluster", "namespaces: [z1, prod]"],
    ["warning roles.app-role.scope", "roles.app-role.namespaces.1"],
  ],
  [
    ["scope: cluster", NS],
    ["warning roles.app-role.scope", "roles.app-role.namespace"],
  ],
  [["scope: any-service-account", "namespaces: [prod]"], ["warning roles.app-role.scope"]],
  [["scope: cluster", "serviceAccounts: [api, worker]"], ["warning roles.app-role.scope"]],
  [
    ["scope: cluster", "serviceAccounts: []"],
    ["warning roles.app-role.scope", "roles.app-role.serviceAccounts"],
  ],
  // patterns of namespaces
  ...["z*", "preview-*", "0*", "*", `${x(63)}*`].map((pattern): [string[], string[]] => [
    ["scope: cluster", `namespacePattern: "${pattern}"`],
    ["warning roles.app-role.namespacePattern"],
  ]),
  ...["preview-", "", "**", "*-preview", "pre*view", "p?*", "Preview-*", "-x*", "a.b*", "a:b*", `${x(64)}*`].map(
    (pattern): [string[], string[]] => [
      ["scope: cluster", `namespacePattern: "${pattern}"`],
      ["roles.app-role.namespacePattern"],
    ],
  ),
  [["scope: cluster", "namespacePattern: *"], [""]],
  [["scope: cluster", "namespacePattern:"], ["roles.app-role.namespacePattern"]],
  [[NS, 'namespacePattern: "z*"'], ["roles.app-role.namespacePattern"]],
  [
    ["scope: any-service-account", 'namespacePattern: "z*"'],
    ["warning roles.app-role.scope", "roles.app-role.namespacePattern"],
  ],
  [
    ["scope: cluster", 'namespacePattern: "preview-*"', "namespaces: [preview-1, preview-]"],
    ["warning roles.app-role.namespacePattern", "roles.app-role.namespaces.1"],
  ],
  [
    ["scope: cluster", 'namespacePattern: "preview-*"', "namespaces: [preview-1, preview]"],
    ["warning roles.app-role.namespacePattern", "roles.app-role.namespaces.1"],
  ],
  [
    ["scope: cluster", 'namespacePattern: "*"', "namespaces: [prod, kube-system]"],
    ["warning roles.app-role.namespacePattern"],
  ],
])("a role with %j has problems at %j", (lines, expected) => {
  expect(paths(loadRole(...lines))).toEqual(expected);
});

test.each([
  ["", "every namespace that begins with z, including future environments"],
  ["z*", "every namespace that begins with z, including future environments"],
  ["preview-*", "every namespace that begins with preview-, including future namespaces"],
  ["kube-*", "every namespace that begins with kube-, including kube-system and future namespaces"],
  ["*", "every namespace of the cluster, including kube-system and future namespaces"],
])("scope: cluster with the pattern %j warns about the namespaces that it admits", (pattern, expected) => {
  const [message] = messages(loadRole("scope: cluster", ...(pattern ? [`namespacePattern: "${pattern}"`] : [])));
  expect(message).toContain(`service account of ${expected}, can assume this role`);
});

describe("the number of service accounts", () => {
  const names = (count: number) => `[${Array.from({ length: count }, (_, i) => `z${i}`).join(", ")}]`;

  test.each([
    [25, 40, []],
    [7, 143, ["roles.app-role.serviceAccounts"]],
    [1001, 1, ["roles.app-role.namespaces"]],
    [20_000, 20_000, ["roles.app-role.namespaces"]],
  ])("of a role is limited: %i namespaces with %i names", (namespaces, accounts, expected) => {
    const lines = [`namespaces: ${names(namespaces)}`, `serviceAccounts: ${names(accounts)}`];
    expect(paths(loadUnchecked(content("scope: any-service-account", ...lines)))).toEqual([
      "warning roles.app-role.scope",
      ...expected,
    ]);
  });

  test.each([
    [7, 7, []],
    [8, 8, ["warning roles.app-role.namespaces"]],
    [12, 12, ["roles.app-role.namespaces"]],
    [1000, 1, ["roles.app-role.namespaces"]],
  ])("makes the trust policy longer: %i namespaces with %i names", (namespaces, accounts, expected) => {
    const result = loadUnchecked(content(`namespaces: ${names(namespaces)}`, `serviceAccounts: ${names(accounts)}`));
    expect(paths(result)).toEqual(expected);
  });
});

describe("the size of a trust policy with several subjects", () => {
  /** Returns a role whose trust policy has this size: names of four characters, and a longer first name. */
  const sized = (size: number) => {
    const roleWith = (first: number, count: number) => {
      const names = Array.from({ length: count }, (_, i) => (i === 0 ? "a".repeat(first) : `b${100 + i}`));
      return loadRole(NS, `serviceAccounts: [${names.join(", ")}]`);
    };
    const length = (count: number) =>
      JSON.stringify(roleWith(1, count).project?.clusters[0]?.roles[0]?.trustPolicy).length;
    const [two, each] = [length(2), length(3) - length(2)];
    const more = Math.floor((size - two) / each);
    return roleWith(1 + size - two - more * each, 2 + more);
  };

  test.each([
    [2048, []],
    [2049, ["warning roles.app-role.serviceAccounts"]],
    [4096, ["warning roles.app-role.serviceAccounts"]],
    [4097, ["roles.app-role.serviceAccounts"]],
  ])("is limited: %i characters", (size, expected) => {
    const result = sized(size);
    expect(paths(result)).toEqual(expected);
    for (const message of messages(result)) {
      expect(message).toContain(`${size} characters`);
      expect(message).toContain("move entries of serviceAccounts to a separate role");
      expect(message.includes("raise the IAM quota")).toBe(size <= 4096);
    }
  });
});

describe("the name of a role", () => {
  const named = (name: string, ...lines: string[]) =>
    paths(
      withClusters({ one: cluster(`  ${name}:\n    namespace: z1\n${lines.map((line) => `    ${line}\n`).join("")}`) }),
    );

  test.each([
    [x(48), []],
    [x(49), [`roles.${x(49)}.serviceAccount`]],
    ["Role", ["roles.Role.serviceAccount"]],
    ["default", ["roles.default.serviceAccount"]],
    ['"a/b"', ["roles.a/b"]],
    [x(65), [`roles.${x(65)}`]],
  ])("is also the name of the service account: %s", (name, expected) => {
    expect(named(name)).toEqual(expected);
  });

  test.each([
    [x(64), []],
    [x(65), [`roles.${x(65)}`]],
    ["Role+=,.@_-", []],
  ])("follows only the rules of IAM if the service account has another name: %s", (name, expected) => {
    expect(named(name, "serviceAccount: app")).toEqual(expected);
  });

  test("is checked also for a role without a value", () => {
    expect(paths(withClusters({ one: cluster("  bad name:\n") }))).toEqual(["roles.bad name", "roles.bad name"]);
  });
});

describe("tags", () => {
  const list = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `t${from + i}: v`).join(", ");

  test.each([
    [50, 0, []],
    [51, 0, ["roles.app-role.tags"]],
    [40, 10, []],
    [41, 10, ["roles.app-role.tags"]],
  ])("a role has %i tags and inherits %i", (own, inherited, expected) => {
    const irsa = `${IRSA}defaults: { tags: { ${list(inherited / 2, 100)} } }\n`;
    const text = cluster(role(NS, `tags: { ${list(own)} }`), { more: `tags: { ${list(inherited / 2, 200)} }\n` });
    expect(paths(withClusters({ one: text }, irsa))).toEqual(expected);
  });

  test.each<[string, number, number, number, string[]]>([
    ["the cluster reports tags that a role inherits", 0, 25, 25, []],
    ["the cluster reports tags that a role inherits", 0, 25, 26, ["tags"]],
    ["the defaults report their tags", 0, 51, 0, ["defaults.tags"]],
    ["a problem of the defaults is reported once", 1, 51, 1, ["defaults.tags"]],
    ["a problem of the cluster is reported once", 1, 25, 26, ["tags"]],
    ["the role reports its tags", 1, 25, 25, ["roles.app-role.tags"]],
  ])("%s: %i on the role, %i in the defaults, %i on the cluster", (_, own, defaults, inherited, expected) => {
    const tags = (count: number, from: number) => (count === 0 ? "" : `tags: { ${list(count, from)} }\n`);
    const irsa = defaults === 0 ? IRSA : `${IRSA}defaults:\n  ${tags(defaults, 100)}`;
    const text = cluster(role(NS, ...(own === 0 ? [] : [tags(own, 0).trim()])), { more: tags(inherited, 200) });
    expect(paths(withClusters({ one: text }, irsa))).toEqual(expected);
  });

  test.each([
    ["Team", "Team", "Team", []],
    ["Team", "team", "other", ["tags.team"]],
    ["Team", "other", "team", ["roles.app-role.tags.team"]],
    ["other", "Team", "team", ["roles.app-role.tags.team"]],
  ])("rejects keys that differ only in case: %s, %s, %s", (defaults, inherited, own, expected) => {
    const text = cluster(role(NS, `tags: { ${own}: x }`), { more: `tags: { ${inherited}: x }\n` });
    const result = withClusters({ one: text }, `${IRSA}defaults: { tags: { ${defaults}: x } }\n`);
    expect(paths(result)).toEqual(expected);
    for (const message of messages(result)) expect(message).toContain('"Team"');
  });

  test("reports problems of a key and of its value", () => {
    expect(places(loadRole(NS, 'tags: { "aws:x*": "c#d" }'))).toEqual([
      "clusters/one.yaml:9:13 roles.app-role.tags.aws:x*",
      "clusters/one.yaml:9:23 roles.app-role.tags.aws:x*",
    ]);
  });

  test("rejects keys of AWS at every level", () => {
    const text = cluster(role(NS, "tags: { aws:a: x }"), { more: "tags: { aws:b: x }\n" });
    expect(paths(withClusters({ one: text }, `${IRSA}defaults: { tags: { aws:c: x } }\n`))).toEqual([
      "tags.aws:b",
      "roles.app-role.tags.aws:a",
      "defaults.tags.aws:c",
    ]);
  });
});
