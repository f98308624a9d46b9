import { cluster, IRSA, ISSUER, loadRole, messages, OTHER_ISSUER, paths, places, role, withClusters } from "./files";

const x = (length: number) => "x".repeat(length);
const NS = "namespace: z1-prod";

describe("one cluster", () => {
  const edited = (edit: (text: string) => string) => withClusters({ one: edit(cluster(role(NS))) });

  test.each<[string, (text: string) => string, string[]]>([
    ["an account of 11 digits", (text) => text.replace("123456789012", "12345678901"), ["accountId"]],
    ["no account", (text) => text.replace(/accountId.*\n/, ""), ["accountId"]],
    ["an invalid region", (text) => `region: paris\n${text}`, ["region"]],
    ["the issuer's region", (text) => `region: eu-west-3\n${text}`, []],
    ["another region than the issuer's", (text) => `region: eu-west-1\n${text}`, ["region"]],
    ["another partition than the issuer's", (text) => `region: cn-north-1\n${text}`, ["region"]],
    [
      "an issuer without a region",
      (text) => text.replace(ISSUER, "https://issuer.example"),
      ["region", "warning oidc.issuer"],
    ],
    [
      "an issuer without a region beside a region",
      (text) => `region: eu-west-3\n${text.replace(ISSUER, "https://issuer.example")}`,
      ["warning oidc.issuer"],
    ],
    ["an unknown region", (text) => text.replace("eu-west-3", "eu-wset-3"), ["warning oidc.issuer"]],
    ["a slash after the issuer", (text) => text.replace(ISSUER, `${ISSUER}/`), ["oidc.issuer"]],
    [
      "deletionProtection of an existing provider",
      (text) => text.replace("oidc:", "oidc:\n  deletionProtection: false"),
      ["oidc.deletionProtection"],
    ],
    ["import of an existing provider", (text) => text.replace("oidc:", "oidc:\n  import: true"), ["oidc.import"]],
    [
      "deletionProtection of a created provider",
      (text) => text.replace("oidc:", "oidc:\n  provider: create\n  deletionProtection: false"),
      [],
    ],
    ["missing access to Kubernetes", (text) => text.replace(/kubernetes:\n.*\n/, ""), ["kubernetes"]],
    [
      "missing access without service accounts",
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
    ["an empty map of roles", (text) => text.replace(/roles:[\s\S]*/, "roles: {}"), []],
  ])("checks %s", (_, edit, expected) => {
    expect(paths(edited(edit))).toEqual(expected);
  });

  test("rejects two roles for one service account", () => {
    const roles =
      "  a:\n    namespace: z1\n    serviceAccount: app\n  b:\n    scope: cluster\n    namespaces: [z1, z2]\n    serviceAccount: app\n";
    const result = withClusters({ one: cluster(roles) });
    expect(paths(result)).toEqual(["roles.b", "warning roles.b.scope"]);
    expect(messages(result)[0]).toMatch(/z1\/app .* role a/);
  });
});

describe("Qovery", () => {
  const UUID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
  const OTHER = UUID.replace("0f", "1f");
  const found = (more: string, irsa = IRSA, access = "qovery") =>
    paths(withClusters({ one: cluster(role(NS), { more }).replace("access: kubeconfig", `access: ${access}`) }, irsa));
  const keys = (environments: string) => `qovery: { organizationId: ${UUID}, environments: { ${environments} } }\n`;
  const runner = (name: string) => `${IRSA}verification: { runner: ${name}, image: acme/v:1, registryId: ${UUID} }\n`;

  test.each<[string, string[]]>([
    ["", ["qovery"]],
    [keys(`z1-prod: ${UUID}`), []],
    [keys(`z1-prod: ${UUID}, z2: ${UUID}`), ["qovery.environments.z2", "warning qovery.environments.z2"]],
    [keys(`z2: ${UUID}`), ["roles.app-role.namespace"]],
    [
      keys(`z8: ${UUID}, z9: ${OTHER}`),
      ["qovery.environments.z1-prod", "warning qovery.environments.z8", "warning qovery.environments.z9"],
    ],
    [keys("z1-prod: 5"), ["qovery.environments.z1-prod"]],
    [keys(`Z1: ${UUID}`), ["qovery.environments.Z1", "qovery.environments.z1-prod"]],
  ])("needs the environment of every namespace: %j", (more, expected) => {
    expect(found(more).toSorted()).toEqual(expected);
    expect(found(more, runner("qovery"), "kubeconfig").toSorted()).toEqual(expected);
  });

  test.each<[string, string, string[], RegExp]>([
    ["z1-prdo", "z1-prod", ["roles.app-role.namespace"], /"z1-prdo" .*did you mean z1-prod\?.* add z1-prdo: /],
    ["z7-other", "z1-prod", ["roles.app-role.namespace"], /did you mean z1-prod\?.* add z7-other: /],
    ["Z1_prod", "z1-prod", ["roles.app-role.namespace"], /^(?!.*(?:add|did you mean)).*not a valid/],
  ])("names the environment that the namespace %s of a role most likely means", (namespace, known, at, message) => {
    const text = cluster(role(`namespace: ${namespace}`), { more: keys(`${known}: ${UUID}`) });
    const result = withClusters({ one: text.replace("access: kubeconfig", "access: qovery") });
    expect(paths(result)).toEqual(at);
    expect(messages(result)[0]).toMatch(message);
  });

  test("reads no local chart", () => {
    const more = `${keys(`z1-prod: ${UUID}`)}chart: { repository: ./chart }\n`;
    expect(found(more)).toEqual(["chart.repository"]);
    expect(found(more, runner("qovery"), "kubeconfig")).toEqual(["chart.repository"]);
    expect(found(more, IRSA, "kubeconfig")).toEqual([]);
  });

  test("gives the runner kubernetes no access to the cluster", () => {
    const irsa = `${IRSA}verification: { runner: kubernetes, image: acme/v:1 }\n`;
    expect(found(keys(`z1-prod: ${UUID}`), irsa)).toEqual(["kubernetes.access"]);
  });

  test("needs no access to a cluster in which no service account is created, and warns that nothing is proven", () => {
    const irsa = `${IRSA}verification: { runner: kubernetes, image: acme/v:1 }\n`;
    const text = (...lines: string[]) =>
      cluster(role(NS, "createServiceAccount: false", ...lines)).replace(/kubernetes:\n.*\n/, "");
    expect(paths(withClusters({ one: text() }))).toEqual([]);
    expect(paths(withClusters({ one: text() }, irsa))).toEqual(["warning kubernetes"]);
    expect(paths(withClusters({ one: text("verification: { enabled: false }") }, irsa))).toEqual([]);
  });

  test("needs the environment of a namespace whose service account something else creates only for its jobs", () => {
    const text = cluster(role(NS, "createServiceAccount: false")).replace("access: kubeconfig", "access: qovery");
    expect(paths(withClusters({ one: text }))).toEqual([]);
    expect(paths(withClusters({ one: text }, runner("qovery")))).toEqual(["qovery"]);
  });

  test("cannot take over a service account", () => {
    const text = cluster(role(NS, "takeOwnership: true"), { more: keys(`z1-prod: ${UUID}`) });
    const result = withClusters({ one: text.replace("access: kubeconfig", "access: qovery") });
    expect(paths(result)).toEqual(["roles.app-role.takeOwnership"]);
  });
});

test.each<[string, string[]]>([
  ["repository: https://charts.example/a/, version: 0.2.0", []],
  ["repository: oci://registry.example:5000/charts", []],
  ["repository: ./charts/sa", []],
  ["repository: ./charts/sa, version: 0.2.0", ["chart.version"]],
  ["repository: http://charts.example", ["chart.repository"]],
  ["repository: charts/sa", ["chart.repository"]],
  ['version: ">=0.1.0"', ["chart.version"]],
])("checks chart: { %s }", (chart, expected) => {
  expect(paths(withClusters({ one: cluster(role(NS), { more: `chart: { ${chart} }\n` }) }))).toEqual(expected);
});

test.each<[string, string[], string[]]>([
  ["path: /team/", [], []],
  ["path: team", [], ["path"]],
  ["maxSessionDuration: 3600", [], []],
  ["maxSessionDuration: 3599", [], ["maxSessionDuration"]],
  ["maxSessionDuration: 43200", [], []],
  ["maxSessionDuration: 43201", [], ["maxSessionDuration"]],
  // The path of the cluster is no statement about a role that exists.
  ["path: /team/", ["import: true"], ["warning roles.app-role.import"]],
  ["path: /team/", ["import: true", "path: /"], []],
])("checks %s for all roles, with a role of %j", (key, lines, expected) => {
  const result = withClusters({ one: cluster(role(NS, ...lines), { more: `${key}\n` }) });
  expect(paths(result)).toEqual(expected);
  for (const message of messages(result)) if (lines.length > 0) expect(message).toContain('"/team/"');
});

describe("clusters together", () => {
  const two = (one: Parameters<typeof cluster>[1], other: Parameters<typeof cluster>[1], otherRoles = role(NS)) =>
    withClusters({ one: cluster(role(NS), one), two: cluster(otherRoles, { issuer: OTHER_ISSUER, ...other }) });

  test("rejects two roles of one name in an account, whatever their path and case", () => {
    const result = two({}, {}, "  App-Role:\n    path: /team/\n    serviceAccount: app\n    namespace: z1\n");
    expect(places(result)).toEqual(["clusters/two.yaml:7:3 roles.App-Role"]);
    expect(messages(result)[0]).toMatch(/role app-role .*virtual\/clusters\/one.yaml/);
    expect(two({}, { accountId: "210987654321" }).problems).toEqual([]);
  });

  test("rejects two roles of one name in one file", () => {
    const roles = "  a:\n    namespace: z1\n  A:\n    namespace: z2\n    serviceAccount: b\n";
    expect(paths(withClusters({ one: cluster(roles) }))).toEqual(["roles.A"]);
  });

  test("rejects one issuer for two clusters of an account", () => {
    expect(paths(two({}, { issuer: ISSUER }, role("namespace: z2").replace("app-role", "other")))).toEqual([
      "oidc.issuer",
    ]);
  });

  test("accepts a file for each account of a cluster, and rejects two roles for one service account there", () => {
    const other = { issuer: ISSUER, accountId: "210987654321" };
    expect(paths(two({}, other, role("namespace: z2")))).toEqual([]);
    expect(paths(two({}, other))).toEqual(["roles.app-role"]);
  });

  test("looks an EKS cluster up in one account", () => {
    const eks = (text: string) => text.replace("access: kubeconfig", "access: eks\n  clusterName: one");
    const other = cluster(role("namespace: z2"), { accountId: "210987654321" });
    const own = eks(cluster(role(NS)));
    expect(paths(withClusters({ one: own, two: other }))).toEqual([]);
    expect(paths(withClusters({ one: own, two: eks(other) }))).toEqual(["kubernetes.access"]);
    expect(paths(withClusters({ one: own, two: eks(other.replace(ISSUER, OTHER_ISSUER)) }))).toEqual([]);
  });

  test("rejects an environment of Qovery in two files", () => {
    const id = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
    const keys = (namespace: string, environment: string) =>
      `qovery: { organizationId: ${id}, environments: { ${namespace}: ${environment} } }\n`;
    const found = (environment: string) =>
      paths(two({ more: keys("z1", id) }, { more: keys("z2", environment), accountId: "210987654321" }));
    expect(found(id.toUpperCase())).toEqual(["qovery.environments.z2"]);
    expect(found(id.replace("0f", "1f"))).toEqual([]);
  });

  test("rejects a default boundary of another account once, and only if a role inherits it", () => {
    const irsa = `${IRSA}defaults: { permissionsBoundary: arn:aws:iam::210987654321:policy/b }\n`;
    const own = "arn:aws:iam::123456789012:policy/own";
    const clusters = (more: string, ...lines: string[]) => ({
      one: cluster(role(NS, ...lines), { more }),
      two: cluster(role(NS, ...lines).replace("app-role", "other"), { more, issuer: OTHER_ISSUER }),
    });
    expect(paths(withClusters(clusters(""), irsa))).toEqual(["defaults.permissionsBoundary"]);
    expect(paths(withClusters(clusters(`permissionsBoundary: ${own}\n`), irsa))).toEqual([]);
    expect(paths(withClusters(clusters("", `permissionsBoundary: ${own}`), irsa))).toEqual([]);
    expect(paths(withClusters({ one: cluster("  {}\n") }, irsa))).toEqual([]);
  });
});

describe("trusted clusters", () => {
  const trusting = (list: string, accountId = "123456789012") =>
    withClusters({
      one: cluster(role(NS, `trustedClusters: [${list}]`)),
      two: cluster("  other-role:\n    namespace: z1\n", { issuer: OTHER_ISSUER, accountId }),
    });

  test("can assume the role with the same subject", () => {
    const { problems, project } = trusting("two");
    expect(problems).toEqual([]);
    expect(project?.clusters[0]?.roles[0]?.trusts.map(({ cluster: name, subjects }) => [name, ...subjects])).toEqual([
      ["one", "system:serviceaccount:z1-prod:app-role"],
      ["two", "system:serviceaccount:z1-prod:app-role"],
    ]);
  });

  test.each([
    ["one", ["roles.app-role.trustedClusters.0"]],
    ["three", ["roles.app-role.trustedClusters.0"]],
    ["two, two", ["roles.app-role.trustedClusters.1"]],
  ])("are rejected if they are %s", (list, expected) => {
    expect(paths(trusting(list))).toEqual(expected);
  });

  test("are in the account of the role", () => {
    expect(paths(trusting("two", "210987654321"))).toEqual(["roles.app-role.trustedClusters.0"]);
    expect(messages(trusting("three"))).toContainEqual(expect.stringMatching(/; use one of two$/));
    expect(messages(trusting("three", "210987654321"))).toContainEqual(expect.stringMatching(/; remove the entry$/));
  });

  test("are in the partition of the role", () => {
    const china = "https://oidc.eks.cn-north-1.amazonaws.com.cn/id/0123456789ABCDEF0123456789ABCDEF";
    const clusters = { one: cluster(role(NS, "trustedClusters: [two]")), two: cluster("  {}\n", { issuer: china }) };
    expect(paths(withClusters(clusters))).toEqual(["roles.app-role.trustedClusters.0"]);
  });

  test("do not exist beside an only cluster", () => {
    expect(paths(loadRole(NS, "trustedClusters: [two]"))).toEqual(["roles.app-role.trustedClusters.0"]);
  });

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

  describe("the size of the trust policy", () => {
    /** The name of the service account is in every statement, the path of an issuer three times in its own. */
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
    ])("is limited: %i characters", (size, others, padding, expected) => {
      const result = sized(size, others, padding);
      expect(paths(result).filter((path) => !path.endsWith("issuer"))).toEqual(expected);
      if (expected.length > 0) expect(messages(result).join()).toContain(String(size));
    });
  });

  test.each([
    [3, []],
    [4, ["warning roles.app-role.trustedClusters"]],
    [8, ["warning roles.app-role.trustedClusters"]],
    [9, ["roles.app-role.trustedClusters"]],
  ])("make the trust policy longer: %i clusters", (count, expected) => {
    expect(paths(many(count))).toEqual(expected);
  });
});
