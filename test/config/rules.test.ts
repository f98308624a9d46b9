import { cluster, IRSA, ISSUER, load, loadRole, messages, OTHER_ISSUER, places, role } from "./files";

const x = (length: number) => "x".repeat(length);
const NS = "namespace: z1-prod";

/** Paths of the problems, warnings marked. */
const paths = (result: ReturnType<typeof load>) => places(result).map((place) => place.replace(/\S+:\d+:\d+ /, ""));

const withClusters = (clusters: Record<string, string>, irsa = IRSA) =>
  load({
    "irsa.yaml": irsa,
    ...Object.fromEntries(Object.entries(clusters).map(([name, text]) => [`clusters/${name}.yaml`, text])),
  });

describe("one value", () => {
  test.each<[string[], string[]]>([
    // namespace: RFC 1123 label
    [[`namespace: z${x(62)}`], []],
    [[`namespace: z${x(63)}`], ["roles.app-role.namespace"]],
    [["namespace: zProd"], ["roles.app-role.namespace"]],
    [["namespace: z-"], ["roles.app-role.namespace"]],
    [['namespace: "z*"'], ["roles.app-role.namespace"]],
    [["namespace: prod"], ["warning roles.app-role.namespace"]],
    // service account: RFC 1123 subdomain, its Helm release's name at most 53
    [[NS, `serviceAccount: ${x(53)}`], []],
    [[NS, `serviceAccount: ${x(54)}`], ["roles.app-role.serviceAccount"]],
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
    [[NS, "permissionsBoundary: b"], ["roles.app-role.permissionsBoundary"]],
    [[NS, "permissionsBoundary: arn:aws-cn:iam::123456789012:policy/b"], ["roles.app-role.permissionsBoundary"]],
    [[NS, "permissionsBoundary: arn:aws:iam::210987654321:policy/b"], ["roles.app-role.permissionsBoundary"]],
    [[NS, "verification: { probe: s3:bucket:acme }"], ["warning roles.app-role.verification"]],
    [
      [NS, "verification: { probe: s3 }"],
      ["warning roles.app-role.verification", "roles.app-role.verification.probe"],
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
  ])("%j: %j", (lines, expected) => {
    expect(paths(loadRole(...lines))).toEqual(expected);
  });
});

describe("roles' names", () => {
  const named = (name: string, ...lines: string[]) =>
    withClusters({ one: cluster(`  ${name}:\n    namespace: z1\n${lines.map((line) => `    ${line}\n`).join("")}`) });

  test.each([
    [x(53), []],
    [x(54), [`roles.${x(54)}.serviceAccount`]],
    ["Role", ["roles.Role.serviceAccount"]],
    ["default", ["roles.default.serviceAccount"]],
    ['"a/b"', ["roles.a/b"]],
    [x(65), [`roles.${x(65)}`]],
  ])("%s", (name, expected) => {
    expect(paths(named(name))).toEqual(expected);
  });

  test("of a role that is empty too", () => {
    expect(messages(withClusters({ one: cluster("  bad name:\n") }))).toEqual([
      expect.stringContaining("is empty"),
      expect.stringContaining("is not an IAM role name"),
    ]);
  });

  test.each([
    [x(64), []],
    [x(65), [`roles.${x(65)}`]],
    ["Role+=,.@_-", []],
  ])("%s with a service account of its own", (name, expected) => {
    expect(paths(named(name, "serviceAccount: app"))).toEqual(expected);
  });
});

describe("managed policies", () => {
  const customer = (count: number) =>
    Array.from({ length: count }, (_, i) => `arn:aws:iam::123456789012:policy/p${i}`).join(", ");

  test.each<[string, string[]]>([
    ["[AmazonS3ReadOnlyAccess, AmazonEBSCSIDriverPolicy]", []],
    ["[AmazonS3ReadonlyAcces]", ["roles.app-role.policies.0"]],
    ["[Qqqqqqqqqqqqqqqqqqqqqqqqqqq]", ["warning roles.app-role.policies.0"]],
    ["[a b]", ["roles.app-role.policies.0"]],
    ["[arn:aws:iam::123456789012:role/x]", ["roles.app-role.policies.0"]],
    ["[arn:aws-cn:iam::aws:policy/ReadOnlyAccess]", ["roles.app-role.policies.0"]],
    ["[arn:aws:iam::210987654321:policy/x]", ["roles.app-role.policies.0"]],
    ["[ReadOnlyAccess, arn:aws:iam::aws:policy/ReadOnlyAccess]", ["roles.app-role.policies.1"]],
    ["[AdministratorAccess]", ["warning roles.app-role.policies.0"]],
    ["[arn:aws:iam::aws:policy/AdministratorAccess]", ["warning roles.app-role.policies.0"]],
    ["[arn:aws:iam::aws:policy/ReadOnlyAcces]", ["warning roles.app-role.policies.0"]],
    ["[arn:aws:iam::aws:policy/AmazonEBSCSIDriverPolicy]", ["warning roles.app-role.policies.0"]],
    ["[arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy]", []],
    ["[arn:aws:iam::aws:policy/Qqqqqqqqqqqqqqqqqqqqqqqqqqq]", ["warning roles.app-role.policies.0"]],
    [`[${customer(10)}]`, []],
    [`[${customer(11)}]`, ["warning roles.app-role.policies"]],
    [`[${customer(20)}]`, ["warning roles.app-role.policies"]],
    [`[${customer(21)}]`, ["roles.app-role.policies"]],
  ])("%s", (policies, expected) => {
    expect(paths(loadRole(NS, `policies: ${policies}`))).toEqual(expected);
  });
});

test("a misspelt ARN of AWS is told with the one that is meant", () => {
  const policies =
    "policies: [arn:aws:iam::aws:policy/ReadOnlyAcces, arn:aws:iam::aws:policy/AmazonEBSCSIDriverPolicy]";
  expect(messages(loadRole(NS, policies)).map((message) => message.split("; ")[1])).toEqual([
    "did you mean arn:aws:iam::aws:policy/ReadOnlyAccess?",
    "did you mean arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy?",
  ]);
});

describe("inline policies", () => {
  const POLICY = '{ Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "s3:*", Resource: "*" }] }';

  test.each<[string, string[]]>([
    [`{ a: ${POLICY} }`, []],
    [`{ "a b": ${POLICY} }`, ["roles.app-role.inlinePolicies.a b"]],
    ['{ a: { Version: "2012-10-17" } }', ["roles.app-role.inlinePolicies.a.Statement"]],
    [`{ a: ${POLICY.replace("Allow", "allow")} }`, ["roles.app-role.inlinePolicies.a.Statement.0.Effect"]],
    [`{ a: ${POLICY.replace("2012-10-17", "2008-10-17")} }`, ["warning roles.app-role.inlinePolicies.a.Version"]],
    [`{ a: ${POLICY.replace("s3:*", "*")} }`, ["warning roles.app-role.inlinePolicies.a.Statement.0"]],
    [`{ a: ${POLICY.replace("s3:*", "*:*")} }`, ["warning roles.app-role.inlinePolicies.a.Statement.0"]],
    [`{ a: ${POLICY.replace('"*"', "arn:aws-cn:s3:::b")} }`, ["roles.app-role.inlinePolicies.a.Statement.0.Resource"]],
    [
      `{ a: ${POLICY.replace('"s3:*"', "s3").replace('"*"', "b")} }`,
      ["roles.app-role.inlinePolicies.a.Statement.0.Action", "roles.app-role.inlinePolicies.a.Statement.0.Resource"],
    ],
    ["{ a: { file: 5 } }", ["roles.app-role.inlinePolicies.a.file"]],
    ["{ a: { file: none.json } }", ["roles.app-role.inlinePolicies.a.file"]],
  ])("%s", (policies, expected) => {
    expect(paths(loadRole(NS, `inlinePolicies: ${policies}`))).toEqual(expected);
  });

  test("a statement that is not in a list is named without a place", () => {
    const policy = '{ Version: "2012-10-17", Statement: { Effect: Allow, Action: "*", Resource: "*" } }';
    expect(paths(loadRole(NS, `inlinePolicies: { a: ${policy} }`))).toEqual([
      "warning roles.app-role.inlinePolicies.a.Statement",
    ]);
  });

  const sized = (size: number) => {
    const head = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::';
    return `${head}${x(size - head.length - 4)}"}]}`;
  };

  test.each([
    [10_240, 0],
    [10_241, 1],
  ])("%i characters together", (size, count) => {
    const result = loadRole(NS, `inlinePolicies: { a: ${sized(5000)}, b: ${sized(size - 5000)} }`);
    expect(paths(result)).toEqual(count === 0 ? [] : ["roles.app-role.inlinePolicies"]);
  });

  describe("in files", () => {
    const files = (policy: string | { code: string }, reference = "{ file: ../policies/read.json }") =>
      load({
        "irsa.yaml": IRSA,
        "clusters/one.yaml": cluster(role(NS, `inlinePolicies: { read: ${reference} }`)),
        "policies/read.json": policy,
      });

    test("are read relative to the YAML file", () => {
      const result = files(sized(200));
      expect(result.problems).toEqual([]);
      expect(result.project?.clusters[0]?.roles[0]?.inlinePolicies).toEqual([
        { name: "read", document: JSON.parse(sized(200)) },
      ]);
    });

    test("fails once for a file of two roles, with the place inside it and the policy that names it", () => {
      const bad =
        '{\n  "Version": "2012-10-17",\n  "Statement": [{ "Effect": "Alow", "Action": "s3:*", "Resource": "*" }]\n}';
      const one = role(NS, "inlinePolicies: { read: { file: ../p.json } }");
      for (const [text, place] of [
        [bad, "p.json:3:29 Statement.0.Effect"],
        ['{ "Version": ', "p.json:1:14 "],
      ] as const) {
        const result = load({
          "irsa.yaml": IRSA,
          "clusters/one.yaml": cluster(one + one.replace("app-role", "other")),
          "p.json": text,
        });
        expect(places(result)).toEqual([place]);
        expect(messages(result)[0]).toContain(
          "(policy roles.app-role.inlinePolicies.read of virtual/clusters/one.yaml)",
        );
      }
    });

    test("fails with the place inside the file", () => {
      const result = files(
        '{\n  "Version": "2012-10-17",\n  "Statement": [{ "Effect": "Alow", "Action": "s3:*", "Resource": "*" }]\n}',
      );
      expect(places(result)).toEqual(["policies/read.json:3:29 Statement.0.Effect"]);
    });

    test("fails for text that is not JSON, and for a file that cannot be read", () => {
      const cut = files('{ "Version": ');
      expect(places(cut)).toEqual(["policies/read.json:1:14 "]);
      expect(messages(cut)[0]).toMatch(/^not JSON: /);
      expect(places(files({ code: "EACCES" }))).toEqual(["policies/read.json:1:1 "]);
    });

    test("fails for a policy beside the file, and counts the file's size", () => {
      expect(paths(files(sized(200), "{ file: ../policies/read.json, Version: x }"))).toEqual([
        "roles.app-role.inlinePolicies.read.Version",
      ]);
      expect(paths(files(sized(10_241)))).toEqual(["roles.app-role.inlinePolicies"]);
    });
  });
});

describe("tags of a role", () => {
  const list = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `t${from + i}: v`).join(", ");

  test.each([
    [50, 0, []],
    [51, 0, ["roles.app-role.tags"]],
    [40, 10, []],
    [41, 10, ["roles.app-role.tags"]],
  ])("%i of its own and %i inherited", (own, inherited, expected) => {
    const irsa = `${IRSA}defaults: { tags: { ${list(inherited / 2, 100)} } }\n`;
    const text = cluster(role(NS, `tags: { ${list(own)} }`), { more: `tags: { ${list(inherited / 2, 200)} }\n` });
    expect(paths(withClusters({ one: text }, irsa))).toEqual(expected);
  });

  test.each<[string, number, number, number, string[]]>([
    ["a role without tags inherits too many", 0, 25, 25, []],
    ["a role without tags inherits too many", 0, 25, 26, ["tags"]],
    ["the most specific level that is there", 0, 51, 0, ["defaults.tags"]],
    ["what is told above is not told again", 1, 51, 1, ["defaults.tags"]],
    ["one that is told above is not told again", 1, 25, 26, ["tags"]],
    ["a role's own are too many", 1, 25, 25, ["roles.app-role.tags"]],
  ])("%s: %i of its own, %i of the defaults, %i of the cluster", (_, own, defaults, inherited, expected) => {
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
  ])("keys that differ in case alone are one to IAM: %s, %s, %s", (defaults, inherited, own, expected) => {
    const text = cluster(role(NS, `tags: { ${own}: x }`), { more: `tags: { ${inherited}: x }\n` });
    const result = withClusters({ one: text }, `${IRSA}defaults: { tags: { ${defaults}: x } }\n`);
    expect(paths(result)).toEqual(expected);
    for (const message of messages(result)) expect(message).toContain('write it as "Team", which is inherited');
  });

  test("a key's flaw is told beside its value's", () => {
    expect(places(loadRole(NS, 'tags: { "aws:x*": "c#d" }'))).toEqual([
      "clusters/one.yaml:9:13 roles.app-role.tags.aws:x*",
      "clusters/one.yaml:9:23 roles.app-role.tags.aws:x*",
    ]);
  });

  test("fails for AWS's own keys, in every place", () => {
    const text = cluster(role(NS, "tags: { aws:a: x }"), { more: "tags: { aws:b: x }\n" });
    expect(paths(withClusters({ one: text }, `${IRSA}defaults: { tags: { aws:c: x } }\n`))).toEqual([
      "tags.aws:b",
      "roles.app-role.tags.aws:a",
      "defaults.tags.aws:c",
    ]);
  });
});

describe("one cluster", () => {
  const edited = (edit: (text: string) => string) => withClusters({ one: edit(cluster(role(NS))) });

  test.each<[string, (text: string) => string, string[]]>([
    ["an account of 11 digits", (text) => text.replace("123456789012", "12345678901"), ["accountId"]],
    ["no account", (text) => text.replace(/accountId.*\n/, ""), ["accountId"]],
    ["a region that is none", (text) => `region: paris\n${text}`, ["region"]],
    ["the issuer's region", (text) => `region: eu-west-3\n${text}`, []],
    ["another region than the issuer's", (text) => `region: eu-west-1\n${text}`, ["region"]],
    ["another partition than the issuer's", (text) => `region: cn-north-1\n${text}`, ["region"]],
    ["an issuer that does not tell the region", (text) => text.replace(ISSUER, "https://issuer.example"), ["region"]],
    [
      "an issuer that does not tell the region, and a region",
      (text) => `region: eu-west-3\n${text.replace(ISSUER, "https://issuer.example")}`,
      [],
    ],
    ["a slash after the issuer", (text) => text.replace(ISSUER, `${ISSUER}/`), ["oidc.issuer"]],
    [
      "deletionProtection of an existing provider",
      (text) => text.replace("oidc:", "oidc:\n  deletionProtection: false"),
      ["oidc.deletionProtection"],
    ],
    [
      "deletionProtection of a created provider",
      (text) => text.replace("oidc:", "oidc:\n  provider: create\n  deletionProtection: false"),
      [],
    ],
    ["no kubernetes", (text) => text.replace(/kubernetes:\n.*\n/, ""), ["kubernetes"]],
    [
      "no kubernetes and no service account",
      (text) => text.replace(/kubernetes:\n.*\n/, "").replace(NS, "scope: cluster"),
      ["warning roles.app-role.scope"],
    ],
    ["EKS without a name", (text) => text.replace("kubeconfig", "eks"), ["kubernetes.clusterName"]],
    ["EKS with a name of 100", (text) => text.replace("kubeconfig", `eks\n  clusterName: ${x(100)}`), []],
    [
      "EKS with a name of 101",
      (text) => text.replace("kubeconfig", `eks\n  clusterName: ${x(101)}`),
      ["kubernetes.clusterName"],
    ],
    ["EKS with a name", (text) => text.replace("kubeconfig", "eks\n  clusterName: qovery-z1"), []],
    ["no roles", (text) => text.replace(/roles:[\s\S]*/, ""), ["roles"]],
    ["no role yet", (text) => text.replace(/roles:[\s\S]*/, "roles: {}"), []],
  ])("%s", (_, edit, expected) => {
    expect(paths(edited(edit))).toEqual(expected);
  });

  test("one service account is one role's", () => {
    const roles =
      "  a:\n    namespace: z1\n    serviceAccount: app\n  b:\n    scope: cluster\n    namespaces: [z1, z2]\n    serviceAccount: app\n";
    const result = withClusters({ one: cluster(roles) });
    expect(paths(result)).toEqual(["roles.b", "warning roles.b.scope"]);
    expect(messages(result)[0]).toContain("service account z1/app is that of role a already");
  });
});

describe("clusters together", () => {
  const two = (one: Parameters<typeof cluster>[1], other: Parameters<typeof cluster>[1], otherRoles = role(NS)) =>
    withClusters({ one: cluster(role(NS), one), two: cluster(otherRoles, { issuer: OTHER_ISSUER, ...other }) });

  test("a role's name is unique in an account, whatever its path and case", () => {
    const result = two({}, {}, "  App-Role:\n    path: /team/\n    serviceAccount: app\n    namespace: z1\n");
    expect(places(result)).toEqual(["clusters/two.yaml:7:3 roles.App-Role"]);
    expect(messages(result)[0]).toContain("role app-role in virtual/clusters/one.yaml");
    expect(two({}, { accountId: "210987654321" }).problems).toEqual([]);
  });

  test("and in one file", () => {
    const roles = "  a:\n    namespace: z1\n  A:\n    namespace: z2\n    serviceAccount: b\n";
    expect(paths(withClusters({ one: cluster(roles) }))).toEqual(["roles.A"]);
  });

  test("fails for one issuer of two clusters", () => {
    expect(paths(two({}, { issuer: ISSUER, accountId: "210987654321" }))).toEqual(["oidc.issuer"]);
  });

  test("fails for defaults that a cluster cannot have", () => {
    const irsa = `${IRSA}defaults: { permissionsBoundary: arn:aws:iam::210987654321:policy/b }\n`;
    expect(paths(withClusters({ one: cluster(role(NS)) }, irsa))).toEqual(["defaults.permissionsBoundary"]);
  });
});

describe("trusted clusters", () => {
  const trusting = (list: string, accountId = "123456789012") =>
    withClusters({
      one: cluster(role(NS, `trustedClusters: [${list}]`)),
      two: cluster("  other-role:\n    namespace: z1\n", { issuer: OTHER_ISSUER, accountId }),
    });

  test("their tokens are trusted with the same subject", () => {
    const { problems, project } = trusting("two");
    expect(problems).toEqual([]);
    expect(project?.clusters[0]?.roles[0]?.trusts.map(({ cluster: name, subject }) => [name, subject])).toEqual([
      ["one", "system:serviceaccount:z1-prod:app-role"],
      ["two", "system:serviceaccount:z1-prod:app-role"],
    ]);
  });

  test.each([
    ["one", ["roles.app-role.trustedClusters.0"]],
    ["three", ["roles.app-role.trustedClusters.0"]],
    ["two, two", ["roles.app-role.trustedClusters.1"]],
  ])("fails for %s", (list, expected) => {
    expect(paths(trusting(list))).toEqual(expected);
  });

  test("fails for a cluster of another account", () => {
    expect(messages(trusting("two", "210987654321"))[0]).toContain("cluster two is in account 210987654321");
  });

  test("the only cluster has no other to trust", () => {
    expect(messages(loadRole(NS, "trustedClusters: [two]"))[0]).toContain("remove it");
  });

  /** A trust policy grows by one statement for each cluster. */
  const many = (count: number) => {
    const names = Array.from({ length: count }, (_, i) => `c${i}`);
    const others = names.map((name, i) => [
      name,
      cluster("  {}\n", { issuer: `https://oidc.eks.eu-west-3.amazonaws.com/id/${String(i).padStart(32, "0")}` }),
    ]);
    return withClusters({
      ...Object.fromEntries(others),
      one: cluster(role(NS, `trustedClusters: [${names.join(", ")}]`)),
    });
  };

  describe("the trust policy's exact size", () => {
    /** A service account's name is in every statement, an issuer's path three times in its own. */
    const trusting = (others: number, padding: number, account: number, path: number) => {
      const names = Array.from({ length: others }, (_, i) => `c${i}`);
      const issuer = (name: string, length: number) => ({ issuer: `https://${name}.example/${x(length)}` });
      const located = (text: string) => `region: eu-west-3\n${text}`;
      return withClusters({
        ...Object.fromEntries(names.map((name) => [name, located(cluster("  {}\n", issuer(name, padding)))])),
        one: located(
          cluster(
            role(NS, `serviceAccount: ${x(account)}`, `trustedClusters: [${names.join(", ")}]`),
            issuer("one", path),
          ),
        ),
      });
    };
    const sized = (size: number, others: number, padding: number) => {
      const shortest = trusting(others, padding, 1, 1).project?.clusters.find(({ name }) => name === "one");
      const missing = size - JSON.stringify(shortest?.roles[0]?.trustPolicy).length;
      const account = [0, 1, 2].find((more) => (missing - more * (others + 1)) % 3 === 0) ?? 0;
      return trusting(others, padding, 1 + account, 1 + (missing - account * (others + 1)) / 3);
    };

    test.each<[number, number, number, string[]]>([
      [2048, 3, 60, []],
      [2049, 3, 60, ["warning roles.app-role.trustedClusters"]],
      [4096, 6, 85, ["warning roles.app-role.trustedClusters"]],
      [4097, 6, 85, ["roles.app-role.trustedClusters"]],
    ])("%i characters", (size, others, padding, expected) => {
      const result = sized(size, others, padding);
      expect(paths(result)).toEqual(expected);
      if (expected.length > 0) expect(messages(result)[0]).toContain(`has ${size} characters`);
    });
  });

  test.each([
    [3, []],
    [4, ["warning roles.app-role.trustedClusters"]],
    [8, ["warning roles.app-role.trustedClusters"]],
    [9, ["roles.app-role.trustedClusters"]],
  ])("%i of them: the trust policy's size", (count, expected) => {
    expect(paths(many(count))).toEqual(expected);
  });
});

describe("state and verification", () => {
  test.each<[string, string[]]>([
    ["state: { backend: s3, bucket: abc, region: eu-west-3 }", []],
    ["state: { backend: s3, bucket: Abc, region: eu-west-3 }", ["state.bucket"]],
    ["state: { backend: s3, bucket: ab, region: eu-west-3 }", ["state.bucket"]],
    [`state: { backend: s3, bucket: ${x(63)}, region: eu-west-3 }`, []],
    [`state: { backend: s3, bucket: ${x(64)}, region: eu-west-3 }`, ["state.bucket"]],
    ["state: { backend: s3, bucket: 10.0.0.1, region: eu-west-3 }", ["state.bucket"]],
    ["state: { backend: s3, bucket: abc, region: x, keyPrefix: 'a b' }", ["state.region", "state.keyPrefix"]],
    ["state: { backend: s3, bucket: abc }", ["state.region"]],
    ["state: { backend: cloud, organization: acme }", []],
    [
      "state: { backend: cloud, organization: acme, project: My Project, workspacePrefix: irsa-, hostname: tfe.acme.com }",
      [],
    ],
    [
      "state: { backend: cloud, organization: a/b, project: '?', workspacePrefix: 'a b', hostname: 'https://x' }",
      ["state.organization", "state.project", "state.workspacePrefix", "state.hostname"],
    ],
    ...(["organization", "project"] as const).flatMap((key) =>
      [2, 3, 40, 41].map((length): [string, string[]] => [
        `state: { backend: cloud, ${key === "project" ? "organization: acme, " : ""}${key}: ${x(length)} }`,
        length === 3 || length === 40 ? [] : [`state.${key}`],
      ]),
    ),
    // one-service-accounts has 20 characters, and a workspace's name at most 90
    [`state: { backend: cloud, organization: acme, workspacePrefix: ${x(70)} }`, []],
    [`state: { backend: cloud, organization: acme, workspacePrefix: ${x(71)} }`, ["state.workspacePrefix"]],
    ["state: { backend: local, bucket: x }", ["state.bucket"]],
    ["state: { backend: local }\nverification: { runner: none, image: 'ghcr.io/acme/v:1' }", []],
    [
      "state: { backend: local }\nverification: { runner: kubernetes, image: '$(x)' }",
      ["warning verification.runner", "verification.image"],
    ],
  ])("%s", (text, expected) => {
    expect(paths(withClusters({ one: cluster(role(NS)) }, `${text}\n`))).toEqual(expected);
  });
});

test("a workspace's name is as long as the stacks that there are", () => {
  const irsa = `state: { backend: cloud, organization: acme, workspacePrefix: ${x(83)} }\n`;
  const bare = cluster("  {}\n");
  expect(paths(withClusters({ one: bare }, irsa))).toEqual([]);
  expect(messages(withClusters({ one: bare, four: bare.replace(ISSUER, OTHER_ISSUER) }, irsa))).toEqual([
    `the workspace ${x(83)}four-iam would have 91 characters; use at most 82: HCP Terraform takes 90 in all`,
  ]);
});

test("with a broken irsa.yaml the clusters are still checked, and the other way round", () => {
  const result = withClusters({ one: cluster(role("namespace: Prod")) }, "state: [\n");
  expect(places(result).map((place) => place.split(":")[0])).toEqual(
    ["clusters/one.yaml", "irsa.yaml", "irsa.yaml"].slice(0, result.problems.length),
  );
  expect(paths(withClusters({ one: "oidc: [\n" }, "state: { backend: local, x: 1 }\n"))).toContain("state.x");
});

test("a text that must not be empty", () => {
  expect(paths(withClusters({ one: cluster(role(NS)).replace("kubeconfig", 'kubeconfig\n  path: ""') }))).toEqual([
    "kubernetes.path",
  ]);
});
