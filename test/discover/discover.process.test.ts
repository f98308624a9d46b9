import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadProject } from "../../config/load";
import { discoverPolicy, PERMISSIONS } from "../../discover/permissions";
import type { PolicyDocument, Statement } from "../../iam/policy-types";
import { createApp } from "../../stacks/app";
import { succeeded } from "../commands/deployment";
import { TerraformRun } from "../stacks/terraform";
import { FULL, fullTest } from "../test-if";
import { ACCOUNT, AwsCluster, CLUSTER, type HandMadeRole } from "./aws-cluster";

// Roles that somebody created by hand, adopted with the real Terraform and AWS provider on the embedded AWS.

const FILE = `clusters/${CLUSTER}.yaml`;
const AWS_POLICY = (name: string) => `arn:aws:iam::aws:policy/${name}`;
const OTHER = "oidc.eks.eu-west-3.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
const INLINE = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: "arn:aws:s3:::acme/${aws:PrincipalTag/team}/*" }],
};

let cluster: AwsCluster;
let report: {
  roles: { name: string; adopted: boolean; firstPlan: string[] }[];
  findings: { name: string; about: string }[];
};
let text: string;

function trust(condition: object, provider = cluster.providerArn, more: object = {}): object {
  const statement = { Effect: "Allow", Action: "sts:AssumeRoleWithWebIdentity", Condition: condition, ...more };
  return { Version: "2012-10-17", Statement: [{ Principal: { Federated: provider }, ...statement }] };
}

function handMadeRoles(): HandMadeRole[] {
  const host = cluster.issuer.slice("https://".length);
  const aud = { [`${host}:aud`]: "sts.amazonaws.com" };
  const sub = (account: string, namespace = "z1-app") => ({
    [`${host}:sub`]: `system:serviceaccount:${namespace}:${account}`,
  });
  const exact = (account: string) => trust({ StringEquals: { ...aud, ...sub(account) } });
  const policies = [AWS_POLICY("AmazonS3ReadOnlyAccess")];
  return [
    { name: "right", trust: exact("right"), policies },
    {
      name: "Right.Of-Console",
      trust: exact("console"),
      policies,
      description: "Reads: all #buckets",
      tags: { "a b": "- yes" },
    },
    {
      name: "three-policies",
      trust: exact("three"),
      policies: [
        ...policies,
        AWS_POLICY("AmazonSQSFullAccess"),
        AWS_POLICY("service-role/AWSLambdaBasicExecutionRole"),
      ],
    },
    { name: "path-and-session", trust: exact("path"), path: "/team/a/", seconds: 7200, policies },
    { name: "bounded", trust: exact("bounded"), boundary: AWS_POLICY("ReadOnlyAccess"), policies },
    { name: "inline", trust: exact("inline"), inline: { "read.acme": INLINE } },
    { name: "pattern", trust: trust({ StringEquals: aud, StringLike: sub("pattern", "z*") }), policies },
    { name: "aud-only", trust: trust({ StringEquals: aud }), policies },
    { name: "tutorial", trust: trust({ StringEquals: sub("tutorial") }), policies },
    { name: "star-in-equals", trust: trust({ StringEquals: { ...aud, ...sub("star", "z*") } }), policies },
    {
      name: "arn-key",
      trust: trust({
        StringEquals: { ...aud, [`${cluster.providerArn}:sub`]: "system:serviceaccount:z1-app:arn-key" },
      }),
      policies,
    },
    {
      name: "several",
      trust: trust({
        StringEquals: { ...aud, [`${host}:sub`]: ["a", "b"].map((name) => `system:serviceaccount:z1-app:${name}`) },
      }),
    },
    {
      name: "pod-identity",
      trust: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "pods.eks.amazonaws.com" },
            Action: ["sts:TagSession", "sts:AssumeRole"],
            Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT } },
          },
          ...(exact("pod-identity") as { Statement: object[] }).Statement,
        ],
      },
    },
    {
      name: "mixed",
      trust: trust({
        StringEquals: { ...aud, [`${host}:sub`]: ["z1-app:a", "z2:b"].map((name) => `system:serviceaccount:${name}`) },
      }),
    },
    {
      name: "address",
      trust: trust({ StringEquals: { ...aud, ...sub("address") }, IpAddress: { "aws:SourceIp": "203.0.113.0/24" } }),
    },
    {
      name: "other-cluster",
      trust: trust(
        { StringEquals: { [`${OTHER}:sub`]: "system:serviceaccount:z1:a" } },
        `arn:aws:iam::${ACCOUNT}:oidc-provider/${OTHER}`,
      ),
    },
    {
      name: "lambda",
      trust: {
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
      },
    },
  ];
}

beforeAll(async () => {
  cluster = await AwsCluster.start();
  await cluster.createProvider(cluster.issuer);
  await cluster.createRoles(handMadeRoles());
  const account = (name: string, role: string, release?: string) => ({
    namespace: "z1-app",
    name,
    roleArn: `arn:aws:iam::${ACCOUNT}:role/${role}`,
    ...(release === undefined ? {} : { release }),
  });
  cluster.serviceAccounts = [
    ...["right", "tutorial"].map((name) => account(name, name)),
    ...["inline", "bounded"].map((name) => account(name, name, "web")),
    account("gone", "no-such-role"),
    account("neighbour", "right"),
    account("backup", "aud-only"),
  ];
  cluster.write({ "irsa.yaml": "state: { backend: local }\n" });
  const reader = await cluster.user("reader", discoverPolicy());
  cluster.calls.length = 0;
  const ended = succeeded(await cluster.discover(["--cluster", CLUSTER, "--write", "-o", "json"], reader));
  report = JSON.parse(ended.stdout);
  text = readFileSync(join(cluster.folder, FILE), "utf8");
}, 120_000);
afterAll(() => cluster.stop());

test("calls exactly the actions of its policy, which only read", () => {
  const actions = cluster.calls.map(({ service, method, parameters }) =>
    service === "eks" ? `eks:${method}` : `${service}:${parameters.get("Action")}`,
  );
  const needed = Object.keys(PERMISSIONS).filter((action) => action.startsWith("iam:"));
  expect([...new Set(actions)].sort()).toEqual(["eks:GET", ...needed].sort());
  for (const action of Object.keys(PERMISSIONS)) expect(action).toMatch(/:(?:Get|List|Describe)\w+$/);
});

test("declares every role that the configuration can express, and names the obstacle of the others", () => {
  const { project, problems } = loadProject(join(cluster.folder, "irsa.yaml"));
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(project?.clusters[0]?.oidc).toMatchObject({ provider: "existing", import: false });
  expect(project?.clusters[0]?.roles.every((role) => role.import)).toBe(true);
  const releases = project?.clusters[0]?.serviceAccounts.filter(({ release }) => release);
  expect(releases?.map(({ name, release }) => [name, release?.takeOwnership])).toEqual([
    ["right", true],
    ["tutorial", true],
  ]);
  expect(report.roles.filter(({ adopted }) => !adopted).map(({ name }) => name)).toEqual(["address", "mixed"]);
  expect(text).toMatch(/# {3}address: .*IpAddress on aws:SourceIp/);
});

test("the first plan shows no change of a right role, and the announced change of the others", async () => {
  const { project } = loadProject(join(cluster.folder, "irsa.yaml"));
  if (!project) throw new Error("the written file has errors");
  createApp(project, { outdir: join(cluster.folder, "out") }).synth();
  const stack = join(cluster.folder, "out/stacks", `${CLUSTER}-iam`);
  const terraform = await TerraformRun.init(stack, join(cluster.folder, "run"), cluster.aws.environment);
  const { resource_changes: resources } = await terraform.plan();
  const changes = resources.filter(({ change }) => change.actions.join() !== "no-op");
  expect(changes.map(({ type, change }) => [type, change.after?.name, change.actions])).toEqual(
    ["arn-key", "star-in-equals", "tutorial"].map((name) => ["aws_iam_role", name, ["update"]]),
  );
  expect(report.roles.filter(({ firstPlan }) => firstPlan.length > 0).map(({ name }) => name)).toEqual([
    "arn-key",
    "star-in-equals",
    "tutorial",
  ]);
  if (!FULL) return;
  await terraform.apply();
  expect(await terraform.tryRun("plan", "-detailed-exitcode", "-input=false")).toMatchObject({ exitCode: 0 });
}, 240_000);

test("finds what is broken, too wide and unused", () => {
  expect(report.findings.map(({ name, about }) => `${name} ${about.replace(/^role /, "")}`)).toEqual([
    "wildcard-in-string-equals star-in-equals",
    "arn-condition-key arn-key",
    "role-missing service account z1-app/gone",
    "service-account-denied service account z1-app/neighbour",
    "any-subject aud-only",
    "missing-audience tutorial",
    ...[
      "Right.Of-Console",
      "address",
      "arn-key",
      "mixed",
      "path-and-session",
      "pattern",
      "pod-identity",
      "several",
      "star-in-equals",
      "three-policies",
    ].map((name) => `unused-role ${name}`),
    "other-cluster other-cluster",
  ]);
});

test("never overwrites a file, and leaves no other file behind", async () => {
  const { exitCode, stderr } = await cluster.discover(["--cluster", CLUSTER, "--write"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(`${FILE} exists`) });
  expect(readFileSync(join(cluster.folder, FILE), "utf8")).toBe(text);
  expect(readdirSync(join(cluster.folder, "clusters"))).toEqual([`${CLUSTER}.yaml`]);
}, 60_000);

test("reports on a cluster that another file declares, and writes no second file", async () => {
  const declared = `accountId: "${ACCOUNT}"\noidc: { issuer: "${cluster.issuer}" }\nroles: {}\n`;
  cluster.write({ "twin/irsa.yaml": "state: { backend: local }\n", "twin/clusters/main.yaml": declared });
  const environment = { IRSA_CONFIG: join(cluster.folder, "twin/irsa.yaml") };
  const { exitCode, stderr } = await cluster.discover(["--cluster", CLUSTER, "--write"], environment);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining("clusters/main.yaml declares") });
  expect(readdirSync(join(cluster.folder, "twin/clusters"))).toEqual(["main.yaml"]);
  expect(succeeded(await cluster.discover(["--cluster", CLUSTER], environment)).stdout).toMatch(/√ right /);
}, 60_000);

test("reports what AWS denies in one line for each action, and goes on with the rest", async () => {
  const [statement] = discoverPolicy().Statement as readonly Statement[];
  const denied = ["iam:GetOpenIDConnectProvider", "iam:ListOpenIDConnectProviders", "iam:GetRolePolicy"];
  const Action = Object.keys(PERMISSIONS).filter((action) => !denied.includes(action));
  const user = await cluster.user("limited", {
    Version: "2012-10-17",
    Statement: [{ ...statement, Action }],
  } as PolicyDocument);
  const { stdout } = succeeded(await cluster.discover(["--cluster", CLUSTER, "-o", "json"], user));
  const { gaps, roles, provider } = JSON.parse(stdout);
  for (const [index, action] of denied.entries()) expect(gaps[index]).toContain(`AWS denies ${action} (`);
  expect(gaps).toHaveLength(denied.length);
  expect(provider.exists).toBeNull();
  const unread = roles.filter(({ reason }: { reason: string | null }) => reason === "AWS denies iam:GetRolePolicy");
  expect(unread.map(({ name }: { name: string }) => name)).toEqual(["inline"]);
}, 60_000);

test.each<[string, string[], NodeJS.ProcessEnv, RegExp]>([
  [
    "a cluster that does not exist",
    ["--cluster", "x"],
    {},
    /cluster x does not exist in eu-west-3; use one of qovery-z1234abcd,/,
  ],
  ["a region without the cluster", ["--region", "us-east-1"], {}, /does not exist in us-east-1; .* --region /],
  ["no region", [], { AWS_REGION: "", AWS_DEFAULT_REGION: "" }, /no valid AWS region is set .*--region/],
  [
    "no credentials",
    [],
    { AWS_ACCESS_KEY_ID: "", AWS_EC2_METADATA_DISABLED: "true" },
    /no AWS credentials .*AWS_PROFILE/,
  ],
  ["no network", [], { AWS_ENDPOINT_URL: "http://127.0.0.1:1" }, /does not answer eks:DescribeCluster \(ECONNREFUSED/],
])(
  "with %s, prints one line with the fix",
  async (_, args, environment, expected) => {
    const { exitCode, stdout, stderr } = await cluster.discover(["--cluster", CLUSTER, ...args], environment);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(expected);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  },
  60_000,
);

fullTest(
  "reads the pages of many roles, and reports without a kubeconfig and without a configuration",
  async () => {
    const host = cluster.issuer.slice("https://".length);
    const count = 300;
    const subject = (index: number) => `system:serviceaccount:z1:many-${index}`;
    const condition = (index: number) => ({ [`${host}:aud`]: "sts.amazonaws.com", [`${host}:sub`]: subject(index) });
    await cluster.createRoles(
      Array.from({ length: count }, (_, index) => ({
        name: `many-${index}`,
        trust: trust({ StringEquals: condition(index) }),
      })),
    );
    const nowhere = {
      KUBECONFIG: join(cluster.folder, "nowhere"),
      IRSA_CONFIG: join(cluster.folder, "none/irsa.yaml"),
    };
    const { stdout } = succeeded(await cluster.discover(["--cluster", CLUSTER, "-o", "json"], nowhere));
    const { roles, gaps, serviceAccounts } = JSON.parse(stdout);
    const many = roles.filter(({ name }: { name: string }) => name.startsWith("many-"));
    expect(many).toHaveLength(count);
    expect(many.every(({ adopted }: { adopted: boolean }) => adopted)).toBe(true);
    expect(gaps).toEqual([expect.stringMatching(/kubeconfig cannot be read .*KUBECONFIG/)]);
    expect(serviceAccounts).toBeNull();
  },
  240_000,
);
