import { resolve } from "node:path";
import { loadExample } from "../stacks/synthesized";
import { cluster, IRSA, ISSUER, load, OTHER_ISSUER, role } from "./files";

const HOST = ISSUER.slice("https://".length);

function projectOf(irsa: string, clusters: Record<string, string>) {
  const { problems, project } = load({
    "irsa.yaml": irsa,
    ...Object.fromEntries(Object.entries(clusters).map(([name, text]) => [`clusters/${name}.yaml`, text])),
  });
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  if (!project) throw new Error("no project");
  return project;
}

test("derives the ARN, the subject, the tags and the service account of a role", () => {
  const irsa = `${IRSA}defaults: { tags: { a: default, b: default, c: default }, permissionsBoundary: arn:aws:iam::123456789012:policy/b }\n`;
  const text = cluster(
    role(
      "namespace: z1-prod",
      "path: /team/",
      "tags: { c: role }",
      "policies: [AmazonEBSCSIDriverPolicy]",
      "description: Reads",
      "maxSessionDuration: 7200",
      "import: true",
      "verification: { probe: none }",
    ),
    { more: "tags: { b: cluster, c: cluster }\n" },
  );
  const [one] = projectOf(irsa, { one: text }).clusters;
  expect(one).toMatchObject({
    name: "one",
    partition: "aws",
    region: "eu-west-3",
    tags: { a: "default", b: "cluster", c: "cluster" },
  });
  expect(one?.oidc).toEqual({
    issuer: ISSUER,
    arn: `arn:aws:iam::123456789012:oidc-provider/${HOST}`,
    provider: "existing",
    deletionProtection: true,
    import: false,
  });
  expect(one?.serviceAccounts).toEqual([
    {
      name: "app-role",
      namespace: "z1-prod",
      roleArn: "arn:aws:iam::123456789012:role/team/app-role",
      roleName: "app-role",
      release: { name: "irsa-app-role", takeOwnership: false, annotations: {} },
    },
  ]);
  expect(one?.roles[0]).toMatchObject({
    arn: "arn:aws:iam::123456789012:role/team/app-role",
    scope: "environment",
    description: "Reads",
    maxSessionDuration: 7200,
    import: true,
    deletionProtection: true,
    exclusivePolicies: true,
    verify: true,
    probe: "none",
    tags: { a: "default", b: "cluster", c: "role" },
    permissionsBoundary: "arn:aws:iam::123456789012:policy/b",
    managedPolicies: ["arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"],
    trusts: [{ cluster: "one", subjects: ["system:serviceaccount:z1-prod:app-role"], match: "exact" }],
  });
});

test("omits the values that a role does not set, or uses IAM's default", () => {
  const [one] = projectOf(IRSA, { one: cluster(role("namespace: z1-prod")) }).clusters;
  expect(one?.roles[0]).toMatchObject({ path: "/", tags: {}, managedPolicies: [], inlinePolicies: [], import: false });
  for (const key of ["description", "permissionsBoundary", "maxSessionDuration", "probe"])
    expect(one?.roles[0]).not.toHaveProperty(key);
});

test.each([
  ["cluster", "system:serviceaccount:z*:app", ["z1", "z2"]],
  ["any-service-account", "system:serviceaccount:*:*", ["z1", "z2"]],
])(
  "scope %s trusts a pattern and creates the service account in the given namespaces",
  (scope, subject, namespaces) => {
    const [one] = projectOf(IRSA, {
      one: cluster(role(`scope: ${scope}`, "serviceAccount: app", "namespaces: [z1, z2]")),
    }).clusters;
    expect(one?.roles[0]?.trusts).toEqual([expect.objectContaining({ subjects: [subject], match: "pattern" })]);
    expect(one?.serviceAccounts.map(({ namespace, name }) => [namespace, name])).toEqual(
      namespaces.map((namespace) => [namespace, "app"]),
    );
  },
);

test.each<[string[], string[], string[]]>([
  [
    ["namespaces: [z1, z2]", "serviceAccounts: [api, worker]"],
    ["z1:api", "z1:worker", "z2:api", "z2:worker"],
    ["z1:api", "z1:worker", "z2:api", "z2:worker"],
  ],
  [["namespaces: [z1, z2]"], ["z1:app-role", "z2:app-role"], ["z1:app-role", "z2:app-role"]],
  [
    ["namespace: z1", "serviceAccounts: [api, worker]"],
    ["z1:api", "z1:worker"],
    ["z1:api", "z1:worker"],
  ],
  [
    ["scope: cluster", "namespaces: [z1]", "serviceAccounts: [api, worker]"],
    ["z*:api", "z*:worker"],
    ["z1:api", "z1:worker"],
  ],
  [
    ["scope: cluster", "namespaces: [preview-1]", 'namespacePattern: "preview-*"'],
    ["preview-*:app-role"],
    ["preview-1:app-role"],
  ],
  [["scope: any-service-account", "namespaces: [z1]", "serviceAccounts: [a, b]"], ["*:*"], ["z1:a", "z1:b"]],
])("%j trusts %j and creates %j", (lines, subjects, accounts) => {
  const [one] = projectOf(IRSA, { one: cluster(role(...lines)) }).clusters;
  expect(one?.roles[0]?.trusts).toEqual([
    expect.objectContaining({ subjects: subjects.map((subject) => `system:serviceaccount:${subject}`) }),
  ]);
  expect(one?.serviceAccounts.map(({ namespace, name }) => `${namespace}:${name}`)).toEqual(accounts);
  expect(one?.serviceAccounts.map(({ release, name }) => release?.name === `irsa-${name}`)).toEqual(
    accounts.map(() => true),
  );
});

test.each([
  ["https://oidc.eks.cn-north-1.amazonaws.com.cn/id/EXAMPLED539D4633E53DE1B71EXAMPLE", "aws-cn"],
  ["https://oidc.eks.us-gov-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE", "aws-us-gov"],
])("derives every ARN in the partition of %s", (issuer, partition) => {
  const [one] = projectOf(IRSA, {
    one: cluster(role("namespace: z1", "policies: [ReadOnlyAccess]"), { issuer }),
  }).clusters;
  const arns = [
    one?.oidc.arn,
    one?.roles[0]?.arn,
    ...(one?.roles[0]?.managedPolicies ?? []),
    one?.roles[0]?.trusts[0]?.providerArn,
  ];
  for (const arn of arns) expect(arn).toMatch(new RegExp(`^arn:${partition}:iam:`));
});

test("uses the region beside the issuer of a self-managed cluster", () => {
  const text = `region: us-east-1\n${cluster(role("namespace: z1"), { issuer: "https://issuer.example/a" }).replace("oidc:", "oidc:\n  provider: create\n  deletionProtection: false")}`;
  const [one] = projectOf(IRSA, { one: text }).clusters;
  expect(one).toMatchObject({
    region: "us-east-1",
    oidc: {
      provider: "create",
      deletionProtection: false,
      import: false,
      arn: "arn:aws:iam::123456789012:oidc-provider/issuer.example/a",
    },
  });
});

test("derives the access to Kubernetes", () => {
  const access = (yaml: string) =>
    projectOf(IRSA, { one: cluster(role("namespace: z1")).replace("access: kubeconfig", yaml) }).clusters[0]
      ?.kubernetes;
  expect(access("access: kubeconfig")).toEqual({ access: "kubeconfig" });
  expect(access("access: kubeconfig\n  path: ./k\n  context: c")).toEqual({
    access: "kubeconfig",
    path: "./k",
    context: "c",
  });
  expect(access("access: eks\n  clusterName: q")).toEqual({ access: "eks", clusterName: "q" });
});

test("derives state and verification", () => {
  const derived = (irsa: string) => projectOf(irsa, { one: cluster(role("namespace: z1")) });
  expect(derived("state: { backend: s3, bucket: abc, region: eu-west-3 }\n").state).toEqual({
    backend: "s3",
    bucket: "abc",
    region: "eu-west-3",
    keyPrefix: "",
  });
  expect(derived("state: { backend: cloud, organization: acme }\n").state).toEqual({
    backend: "cloud",
    organization: "acme",
    workspacePrefix: "",
    workflow: "cli",
  });
  expect(
    derived(
      "state: { backend: cloud, organization: acme, project: core, workspacePrefix: p-, hostname: tfe.acme.com, workflow: vcs }\n",
    ).state,
  ).toEqual({
    backend: "cloud",
    organization: "acme",
    project: "core",
    workspacePrefix: "p-",
    hostname: "tfe.acme.com",
    workflow: "vcs",
  });
  expect(derived(IRSA).verification).toEqual({ runner: "none" });
  expect(derived(`${IRSA}verification: { runner: none, image: acme/v:1 }\n`).verification).toEqual({ runner: "none" });
  expect(derived("state: { backend: local, path: ../s }\n").state).toEqual({ backend: "local", folder: resolve("s") });
});

test("sorts clusters by name", () => {
  const project = projectOf(IRSA, {
    b: cluster(role("namespace: z1")),
    a: cluster("  {}\n", { issuer: OTHER_ISSUER }),
  });
  expect(project.clusters.map(({ name }) => name)).toEqual(["a", "b"]);
});

test("a role inherits path and session duration from its cluster, and overrides them", () => {
  const more = "path: /platform/\nmaxSessionDuration: 7200\n";
  const roleOf = (text: string, lines: readonly string[]) =>
    projectOf(IRSA, { one: cluster(role("namespace: z1", ...lines), { more: text }) }).clusters[0]?.roles[0];
  expect(roleOf(more, [])).toMatchObject({
    path: "/platform/",
    arn: "arn:aws:iam::123456789012:role/platform/app-role",
    maxSessionDuration: 7200,
  });
  const own = roleOf(more, ["path: /", "maxSessionDuration: 3600"]);
  expect(own).toMatchObject({ path: "/", arn: "arn:aws:iam::123456789012:role/app-role", maxSessionDuration: 3600 });
  expect(roleOf("", [])).not.toHaveProperty("maxSessionDuration");
});

test("derives what the stacks for Qovery need", () => {
  const project = loadExample("qovery");
  const [one] = project.clusters;
  expect(project.verification).toEqual({
    runner: "qovery",
    image: "acme/qovery-irsa-verifier:1.0.0",
    registryId: "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
  });
  expect(one).toMatchObject({
    kubernetes: { access: "qovery" },
    qovery: { environments: { "z1-app": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeee1" } },
    chart: { name: "qovery-sa-helper", repository: "oci://registry.acme.example/charts", version: "0.2.0" },
    roles: [
      { permissionsBoundary: "arn:aws:iam::123456789012:policy/boundary", deletionProtection: false },
      { import: true, deletionProtection: true, exclusivePolicies: false, verify: false },
    ],
  });
});

test("derives Qovery's chart by default, and the absolute path of a local one", () => {
  const chart = (more: string) => projectOf(IRSA, { one: cluster(role("namespace: z1"), { more }) }).clusters[0]?.chart;
  const repository = "https://qovery.github.io/create_service_account/";
  expect(chart("")).toEqual({ name: "qovery-sa-helper", repository, version: "0.1.0" });
  expect(chart("chart: { repository: ../charts/sa }\n")).toEqual({ name: resolve("virtual/charts/sa") });
});
