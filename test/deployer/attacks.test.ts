import fc from "fast-check";
import { actionsOf } from "../../access/actions";
import { readIamData } from "../../config/iam-data";
import type { Project } from "../../config/project";
import { otherAccounts } from "../../deployer/bucket-statements";
import { deployers } from "../../deployer/deployers";
import type { DeployerRole } from "../../deployer/iam-permissions";
import { policyDocuments } from "../../deployer/policy-documents";
import { evaluateTrustPolicy, webIdentityContext } from "../../iam/evaluate";
import { members, type PolicyDocument } from "../../iam/policy-types";
import { patternWithVariables } from "../../iam/policy-variables";
import { cluster, load, loadUnchecked, OTHER_ISSUER, paths, role } from "../config/files";
import { FULL } from "../test-if";
import { allows } from "./identity-policy";

// What somebody can try who controls the plan role or the apply role, a workflow, a workspace, or a value of the configuration.

const ACCOUNT = "123456789012";
const ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess";
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/limits`;
const KEY = `arn:aws:kms:eu-west-3:${ACCOUNT}:key/1a2b3c4d-1a2b-4c3d-8e4f-1a2b3c4d5e6f`;
const S3 = `state: { backend: s3, bucket: acme-state, region: eu-west-3, keyPrefix: irsa/, kmsKeyArn: "${KEY}" }
bootstrap: { github: { repository: "acme@1/platform@2" } }
`;
const ROLE = role("namespace: z1-prod", "policies: [AmazonS3ReadOnlyAccess]", `permissionsBoundary: ${BOUNDARY}`);

function loaded(irsa: string, roles = ROLE): Project {
  const text = cluster(roles).replace(
    "kubernetes:\n  access: kubeconfig",
    `  provider: create\nkubernetes: { access: eks, clusterName: one }`,
  );
  const { project, problems } = loadUnchecked({ "irsa.yaml": irsa, "clusters/one.yaml": text });
  if (!project) throw new Error(JSON.stringify(problems));
  return project;
}

const documentsOf = (project: Project, role: DeployerRole): PolicyDocument[] =>
  deployers(project, role).flatMap(({ permissions }) => policyDocuments(permissions));

const iam = (resource: string) => `arn:aws:iam::${ACCOUNT}:${resource}`;
const PROVIDER = iam("oidc-provider/oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE");
const OWN = [iam("role/app-role"), PROVIDER, "arn:aws:s3:::acme-state/irsa/one-iam.tfstate"];
const OTHERS = [
  iam("role/qovery-irsa-plan"),
  iam("role/qovery-irsa-apply"),
  iam("role/app-role2"),
  iam("role/team/app-role"),
  iam("policy/qovery-irsa-apply-1"),
  iam("policy/limits"),
  iam("user/admin"),
  iam("oidc-provider/token.actions.githubusercontent.com"),
  iam("instance-profile/app-role"),
  "arn:aws:s3:::acme-state/irsa/bootstrap.tfstate",
  "arn:aws:s3:::acme-state/irsa/bootstrap.tfstate.tflock",
  "arn:aws:s3:::acme-state/one-iam.tfstate",
  `arn:aws:eks:eu-west-3:${ACCOUNT}:cluster/two`,
  KEY,
  "*",
];
/** Everything that a request could meet a condition with. */
const CONTEXT = {
  "iam:PermissionsBoundary": BOUNDARY,
  "iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
};

const expand = actionsOf(readIamData());
const ACTIONS = ["iam", "sts", "s3", "kms", "eks", "secretsmanager"].flatMap((service) => expand(`${service}:*`));
/** Returns everything that the policies allow. */
const allowed = (policies: readonly PolicyDocument[], resources: readonly string[]) =>
  ACTIONS.flatMap(({ name, accessLevel }) =>
    resources
      .filter((resource) => allows(policies, { action: name, resource, context: CONTEXT }))
      .map((resource) => ({ name, accessLevel, resource })),
  );

test("the plan role can change nothing, and reads nothing that is not declared", () => {
  const policies = documentsOf(loaded(S3), "plan");
  const levels = new Set(allowed(policies, [...OWN, ...OTHERS]).map(({ accessLevel }) => accessLevel));
  expect([...levels].toSorted()).toEqual(["List", "Read"]);
  expect(allowed(policies, OTHERS)).toEqual([]);
});

test("the apply role can do nothing with a role, a policy, a provider, a state or a cluster that is not declared", () => {
  expect(allowed(documentsOf(loaded(S3), "apply"), OTHERS)).toEqual([]);
});

test("the apply role can pass no role, and can become no role but the one for the states", () => {
  const project = loaded(S3.replace(" }\n", `, roleArn: "${iam("role/*/states")}" }\n`));
  const policies = documentsOf(project, "apply");
  const found = allowed(policies, [...OWN, ...OTHERS, iam("role/*/states"), iam("role/x/states")]);
  expect(found.filter(({ name }) => /:(?:PassRole|AssumeRole\w*|Create(?!Role$|OpenID)\w+)$/.test(name))).toEqual([
    { name: "sts:AssumeRole", accessLevel: expect.anything(), resource: iam("role/*/states") },
  ]);
});

test.each<[string, string, Record<string, string>]>([
  ["creates the role without its boundary", "iam:CreateRole", {}],
  ["creates the role with another boundary", "iam:CreateRole", { "iam:PermissionsBoundary": `${BOUNDARY}-none` }],
  ["attaches AdministratorAccess", "iam:AttachRolePolicy", { ...CONTEXT, "iam:PolicyARN": ADMINISTRATOR }],
  ["removes the boundary", "iam:DeleteRolePermissionsBoundary", CONTEXT],
  ["replaces the boundary", "iam:PutRolePermissionsBoundary", { "iam:PermissionsBoundary": ADMINISTRATOR }],
  ["writes an inline policy that is not declared", "iam:PutRolePolicy", CONTEXT],
])("the apply role never %s", (_, action, context) => {
  const policies = documentsOf(loaded(S3), "apply");
  expect(allows(policies, { action, resource: iam("role/app-role"), context })).toBe(false);
});

const HOSTILE = fc.stringMatching(/^[a-z*?${}:.]{1,12}$/);

test("a value of the configuration never becomes a wildcard or a variable of a statement", () => {
  const property = fc.property(
    HOSTILE,
    HOSTILE,
    HOSTILE,
    fc.stringMatching(/^[a-z*'()!.]{1,12}\/$/),
    (path, policy, states, prefix) => {
      const irsa = `state: { backend: s3, bucket: acme-state, region: eu-west-3, keyPrefix: ${JSON.stringify(prefix)}, roleArn: ${JSON.stringify(iam(`role/${states}/states`))} }\n`;
      const roles = role(
        "namespace: z1-prod",
        `path: ${JSON.stringify(`/${path}/`)}`,
        `policies: [${JSON.stringify(iam(`policy/${policy}/own`))}]`,
        `permissionsBoundary: ${JSON.stringify(iam(`policy/${policy}/limits`))}`,
      );
      fc.pre(!/(^|\/)\.{1,2}\//.test(prefix));
      const project = loaded(irsa, roles);
      for (const document of (["plan", "apply"] as const).flatMap((each) => [
        ...documentsOf(project, each),
        ...deployers(project, each).flatMap(({ statePermissions }) => policyDocuments(statePermissions)),
      ])) {
        for (const { Action, Resource, Condition = {} } of members(document.Statement)) {
          const values = Object.values(Condition).flatMap((keys) =>
            Object.values(keys).flatMap((value) => members(value)),
          );
          for (const pattern of [...members(Action), ...members(Resource), ...values.map(String)]) {
            const tokens = patternWithVariables(pattern, new Map())?.tokens;
            expect(tokens?.filter((token) => typeof token !== "string")).toEqual([]);
          }
        }
      }
    },
  );
  fc.assert(property, { numRuns: FULL ? 2000 : 50 });
});

describe("trust", () => {
  const GITHUB = "https://token.actions.githubusercontent.com";
  function admits(project: Project, role: DeployerRole, issuer: string, aud: string, sub: string): boolean {
    return deployers(project, role).some(({ trustPolicy }) => {
      if (!trustPolicy) return false;
      const providerArn = iam(`oidc-provider/${issuer.replace("https://", "")}`);
      return (
        evaluateTrustPolicy(trustPolicy, { providerArn, context: webIdentityContext(issuer, { aud, sub }) }).outcome ===
        "allow"
      );
    });
  }

  const REPOSITORY = "repo:acme@1/platform@2";
  const DECLARED: Record<string, DeployerRole> = {
    [`${REPOSITORY}:pull_request`]: "plan",
    [`${REPOSITORY}:ref:refs/heads/main`]: "plan",
    [`${REPOSITORY}:environment:production`]: "apply",
  };
  test.each([
    ...Object.keys(DECLARED),
    "repo:acme@1/platform@3:pull_request",
    "repo:acme@3/platform@2:environment:production",
    "repo:acme/platform:pull_request",
    "repo:acme/platform:environment:production",
    "repo:evil@9/platform@2:pull_request",
    "repo:acme@1/platform@2x:pull_request",
    `${REPOSITORY}:environment:production2`,
    `${REPOSITORY}:environment:Production`,
    `${REPOSITORY}:environment:staging`,
    `${REPOSITORY}:ref:refs/heads/main/x`,
    `${REPOSITORY}:ref:refs/heads/feature`,
    `${REPOSITORY}:ref:refs/tags/main`,
    `${REPOSITORY}:*`,
    `x${REPOSITORY}:pull_request`,
  ])("a workflow with the subject %s assumes only the role that is meant for it", (sub) => {
    const project = loaded(S3);
    for (const each of ["plan", "apply"] as const) {
      expect(admits(project, each, GITHUB, "sts.amazonaws.com", sub)).toBe(DECLARED[sub] === each);
      expect(admits(project, each, GITHUB, "https://github.com/acme", sub)).toBe(false);
      expect(admits(project, each, "https://token.actions.githubusercontent.com/evil", "sts.amazonaws.com", sub)).toBe(
        false,
      );
    }
  });

  const cloud = (prefix: string) =>
    `state: { backend: cloud, organization: acme, project: irsa, workspacePrefix: "${prefix}" }\nbootstrap: { hcp: {} }\n`;
  const run = (workspace: string, phase: string, owner = "organization:acme:project:irsa") =>
    `${owner}:workspace:${workspace}:run_phase:${phase}`;
  const runs = (project: Project, role: DeployerRole, sub: string) =>
    admits(project, role, "https://app.terraform.io", "aws.workload.identity", sub);

  test.each<[string, DeployerRole | undefined]>([
    [run("i-one-iam", "plan"), "plan"],
    [run("i-one-iam", "apply"), "apply"],
    [run("i-one-service-accounts", "apply"), "apply"],
    [run("i-one-iam2", "apply"), undefined],
    [run("i-two-iam", "apply"), undefined],
    [run("one-iam", "apply"), undefined],
    [run("i-bootstrap", "apply"), undefined],
    [run("i-one-iam", "apply", "organization:acme:project:irsa2"), undefined],
    [run("i-one-iam", "apply", "organization:acme2:project:irsa"), undefined],
    [run("i-one-iam", "apply", "organization:acme:project:Irsa"), undefined],
    [run("i-one-iam:run_phase:plan", "apply"), undefined],
  ])("a run with the subject %s can assume: %s", (sub, expected) => {
    const project = loaded(cloud("i-"));
    for (const each of ["plan", "apply"] as const) expect(runs(project, each, sub)).toBe(each === expected);
  });

  test("workspaces without a prefix are never matched by a pattern", () => {
    const project = loaded(cloud(""));
    const [one] = project.clusters;
    if (!one) throw new Error("the project has no cluster");
    const clusters = Array.from({ length: 40 }, (_, index) => ({ ...one, name: `cluster-${index}` }));
    const many = { ...project, clusters };
    expect(runs(many, "apply", run("cluster-39-iam", "apply"))).toBe(true);
    expect(runs(many, "apply", run("other", "apply"))).toBe(false);
  });
});

describe("the bucket of the states, with clusters in two accounts", () => {
  const OTHER = "210987654321";
  const { project } = loadUnchecked({
    "irsa.yaml": S3.replace("github", `accountId: "${ACCOUNT}", github`),
    "clusters/one.yaml": cluster(role("namespace: z1-prod")),
    "clusters/two.yaml": cluster(role("namespace: z1-prod"), { issuer: OTHER_ISSUER, accountId: OTHER }),
  });
  const [main] = project?.bootstraps ?? [];
  if (!project || !main) throw new Error("the configuration has errors");
  const statements = otherAccounts(project, main);

  /** Whether both the policy of the bucket and the policy of a role of the other account allow a request. */
  function crosses(each: DeployerRole, action: string, key: string, role = `qovery-irsa-${each}`): boolean {
    const resource = `arn:aws:s3:::acme-state/irsa/${key}`;
    const request = { action, resource, context: { "aws:PrincipalArn": `arn:aws:iam::${OTHER}:role/${role}` } };
    const own = deployers(project as Project, each).filter(({ accountId }) => accountId === OTHER);
    const policies = own.flatMap(({ permissions }) => policyDocuments(permissions));
    return allows([{ Version: "2012-10-17", Statement: statements }], request) && allows(policies, request);
  }

  test("the roles of the other account reach the states of their stacks only", () => {
    expect(crosses("plan", "s3:GetObject", "two-iam.tfstate")).toBe(true);
    expect(crosses("apply", "s3:PutObject", "two-iam.tfstate")).toBe(true);
    expect(crosses("apply", "s3:DeleteObject", "two-iam.tfstate.tflock")).toBe(true);
    expect(crosses("plan", "s3:PutObject", "two-iam.tfstate")).toBe(false);
    for (const key of ["one-iam.tfstate", "bootstrap.tfstate", `bootstrap-${OTHER}.tfstate`]) {
      for (const action of ["s3:GetObject", "s3:PutObject"]) expect(crosses("apply", action, key)).toBe(false);
    }
    expect(crosses("apply", "s3:GetObject", "two-iam.tfstate", "qovery-irsa-apply2")).toBe(false);
  });

  test("the policy of the bucket names no other account, and allows no account more than its states", () => {
    const principals = new Set(statements.map(({ Principal }) => JSON.stringify(Principal)));
    expect([...principals]).toEqual([JSON.stringify({ AWS: `arn:aws:iam::${OTHER}:root` })]);
    const anyone = statements
      .filter(({ Condition }) => Condition === undefined)
      .flatMap(({ Resource }) => members(Resource));
    expect([...new Set(anyone)].toSorted()).toEqual([
      "arn:aws:s3:::acme-state",
      `arn:aws:s3:::acme-state/irsa/bootstrap-${OTHER}.tfstate`,
      `arn:aws:s3:::acme-state/irsa/bootstrap-${OTHER}.tfstate.tflock`,
    ]);
    expect(otherAccounts(loaded(S3), main)).toEqual([]);
  });
});

describe("a configuration is refused", () => {
  const check = (irsa: string, more: { readonly name?: string; readonly issuer?: string } = {}) =>
    paths(
      load({
        "irsa.yaml": irsa,
        "clusters/one.yaml": cluster(
          role("namespace: z1-prod", "serviceAccount: app").replace("app-role", more.name ?? "app-role"),
          more,
        ).replace(
          "kubernetes:\n  access: kubeconfig",
          "region: eu-west-3\nkubernetes: { access: eks, clusterName: one }",
        ),
      }),
    ).filter((path) => !path.startsWith("warning"));
  const hcp = "state: { backend: cloud, organization: acme, workspacePrefix: i-HOST }\nbootstrap: { hcp: {} }\n";

  test.each<[string, string, { readonly name?: string; readonly issuer?: string }, string[]]>([
    ["declares the apply role", S3, { name: "qovery-irsa-apply" }, ["bootstrap.roleNamePrefix"]],
    [
      "declares the role for the states",
      S3.replace(" }\n", `, roleArn: "${iam("role/x/states")}" }\n`),
      { name: "STATES" },
      ["state.roleArn"],
    ],
    [
      "declares the apply role of the workspaces",
      "state: { backend: cloud, organization: acme, workspaces: { applyRole: deployer } }\n",
      { name: "deployer" },
      ["state.workspaces.applyRole"],
    ],
    [
      "declares the default plan role of the workspaces",
      "state: { backend: cloud, organization: acme, workspaces: {} }\n",
      { name: "qovery-irsa-plan" },
      ["state.workspaces.planRole"],
    ],
    [
      "has a cluster with GitHub's issuer",
      S3,
      { issuer: "https://token.actions.githubusercontent.com" },
      ["bootstrap.github"],
    ],
    [
      "has a cluster with HCP Terraform's issuer",
      hcp.replace("HOST", ""),
      { issuer: "https://app.terraform.io" },
      ["bootstrap.hcp"],
    ],
    [
      "has a cluster with the issuer of Terraform Enterprise",
      hcp.replace("HOST", ", hostname: tfe.acme.com"),
      { issuer: "https://tfe.acme.com" },
      ["bootstrap.hcp"],
    ],
  ])("that %s", (_, irsa, more, expected) => {
    expect(check(irsa, more)).toEqual(expected);
    expect(check(irsa)).toEqual([]);
  });

  test.each([
    "acme@1/platform",
    "acme/platform@2",
    "acme@1/*",
    "acme@*/platform@2",
    "acme@1/platform@2:ref",
    "acme@1/${x}@2",
    "acme",
  ])("with the repository %s", (repository) => {
    expect(check(S3.replace("acme@1/platform@2", repository))).toEqual(["bootstrap.github.repository"]);
  });
});
