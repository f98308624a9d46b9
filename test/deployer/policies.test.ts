import { readIamData } from "../../config/iam-data";
import type { Bootstrap, Cluster, HcpTrust, Project, Role, StateBackend } from "../../config/project";
import { stackNames } from "../../config/stack-names";
import { bootstrapPermissions } from "../../deployer/bootstrap-permissions";
import { type Deployer, deployers } from "../../deployer/deployers";
import type { DeployerRole } from "../../deployer/iam-permissions";
import { policyDocuments } from "../../deployer/policy-documents";
import { deployerWarnings } from "../../deployer/warnings";
import { evaluateTrustPolicy, webIdentityContext } from "../../iam/evaluate";
import { policyProblems } from "../../iam/policy-lint";
import { exampleProject } from "../local/project";
import { EXAMPLES, loadExample, synthesize } from "../stacks/synthesized";
import { allows } from "./identity-policy";

const ACCOUNT = "123456789012";
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/limits`;
const S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
const example = exampleProject();
const [cluster] = example.clusters as readonly [Cluster];
const [template] = cluster.roles as readonly [Role];

const withRoles = (roles: readonly Partial<Role>[]): Project => ({
  ...example,
  clusters: [{ ...cluster, roles: roles.map((role) => ({ ...template, ...role })) }],
});

const only = (project: Project, role: DeployerRole): Deployer => {
  const [deployer, ...others] = deployers(project, role);
  if (!deployer || others.length > 0) throw new Error("the project has not exactly one account");
  return deployer;
};

/** Whether the apply role can do something to the role, or to another resource. */
function can(project: Project, action: string, resource = template.arn, context: Record<string, string> = {}): boolean {
  return allows(policyDocuments(only(project, "apply").permissions), { action, resource, context });
}

const BOOTSTRAP: Bootstrap = {
  name: "bootstrap",
  accountId: ACCOUNT,
  partition: "aws",
  region: "eu-west-3",
  github: { repository: "acme/platform", environment: "production", provider: "create" },
  hcp: {
    hostname: "app.terraform.io",
    organization: "acme",
    project: "irsa",
    workspacePrefix: "i-",
    provider: "create",
  },
  roleNamePrefix: "qovery-irsa",
  state: example.state,
  tags: {},
};

describe("a permissions boundary", () => {
  const bounded = withRoles([
    { permissionsBoundary: BOUNDARY, inlinePolicies: [{ name: "a", document: { Statement: [] } }] },
  ]);
  const has = { "iam:PermissionsBoundary": BOUNDARY };
  const other = { "iam:PermissionsBoundary": `${BOUNDARY}2` };

  test.each<[string, Record<string, string>]>([
    ["iam:CreateRole", {}],
    ["iam:PutRolePermissionsBoundary", {}],
    ["iam:PutRolePolicy", {}],
    ["iam:AttachRolePolicy", { "iam:PolicyARN": S3_READ }],
  ])("%s needs the declared boundary", (action, context) => {
    expect(can(bounded, action, template.arn, { ...context, ...has })).toBe(true);
    expect(can(bounded, action, template.arn, { ...context, ...other })).toBe(false);
    expect(can(bounded, action, template.arn, context)).toBe(false);
  });

  test("the apply role cannot remove a boundary", () => {
    expect(can(bounded, "iam:DeleteRolePermissionsBoundary", template.arn, has)).toBe(false);
    expect(can(example, "iam:DeleteRolePermissionsBoundary", template.arn, has)).toBe(false);
  });
});

test.each<[string, Partial<Role>, boolean]>([
  ["iam:CreateRole", { import: true }, false],
  ["iam:CreateRole", {}, true],
  ["iam:DeleteRole", { import: true, deletionProtection: true }, false],
  ["iam:DeleteRole", { import: true }, true],
  ["iam:PutRolePolicy", {}, false],
  ["iam:PassRole", {}, false],
])("the apply role can call %s for a role with %j: %s", (action, role, expected) => {
  expect(can(withRoles([role]), action)).toBe(expected);
});

test("a wildcard or a variable in the ARN of a policy is a literal character", () => {
  const policy = (path: string) => `arn:aws:iam::${ACCOUNT}:policy/${path}/own`;
  for (const path of ["*", "?", "${aws:username}", "$"]) {
    const project = withRoles([{ managedPolicies: [policy(path)], permissionsBoundary: policy(path) }]);
    const attaches = (attached: string, boundary: string) =>
      can(project, "iam:AttachRolePolicy", template.arn, {
        "iam:PolicyARN": policy(attached),
        "iam:PermissionsBoundary": policy(boundary),
        "aws:username": "x",
      });
    expect([attaches(path, path), attaches("x", path), attaches(path, "x")]).toEqual([true, false, false]);
  }
});

test("the apply role attaches the declared policies of a role only", () => {
  const attach = (policy: string) => can(example, "iam:AttachRolePolicy", template.arn, { "iam:PolicyARN": policy });
  expect(attach(S3_READ)).toBe(true);
  expect(attach("arn:aws:iam::aws:policy/AdministratorAccess")).toBe(false);
});

test("a wildcard in a path or a key of an object does not reach other resources", () => {
  const arn = `arn:aws:iam::${ACCOUNT}:role/*/a`;
  const project = withRoles([{ name: "a", path: "/*/", arn }]);
  expect(can(project, "iam:DeleteRole", arn)).toBe(true);
  expect(can(project, "iam:DeleteRole", `arn:aws:iam::${ACCOUNT}:role/other/a`)).toBe(false);
});

test.each([
  "arn:aws:kms:eu-west-3:123456789012:key/1a2b3c4d-1a2b-4c3d-8e4f-1a2b3c4d5e6f",
  "arn:aws:kms:eu-west-3:123456789012:alias/state",
])("%s is used through S3 only", (kmsKeyArn) => {
  const project = { ...example, state: { ...example.state, kmsKeyArn } as StateBackend };
  const key = "arn:aws:kms:eu-west-3:123456789012:key/1a2b3c4d-1a2b-4c3d-8e4f-1a2b3c4d5e6f";
  const alias = { "kms:ResourceAliases": "alias/state" };
  const viaS3 = { "kms:ViaService": "s3.eu-west-3.amazonaws.com" };
  expect(can(project, "kms:GenerateDataKey", key, { ...alias, ...viaS3 })).toBe(true);
  expect(can(project, "kms:GenerateDataKey", key, alias)).toBe(false);
  if (kmsKeyArn.includes("alias")) expect(can(project, "kms:Decrypt", key, viaS3)).toBe(false);
});

test("a role for the states takes over the permissions for the states", () => {
  const roleArn = "arn:aws:iam::210987654321:role/state";
  const project = { ...example, state: { ...example.state, roleArn } as StateBackend };
  const { permissions, statePermissions, stateIdentity } = only(project, "plan");
  expect(permissions.filter(({ action }) => /^s3:/.test(action))).toEqual([]);
  expect(permissions).toContainEqual(expect.objectContaining({ action: "sts:AssumeRole", resource: roleArn }));
  expect(new Set(statePermissions.map(({ action }) => action))).toEqual(new Set(["s3:ListBucket", "s3:GetObject"]));
  expect(stateIdentity).toBe(roleArn);
  // The role writes the states in an apply, so a plan that assumes the role can write them too.
  const warned = (role: DeployerRole) =>
    deployerWarnings(only(project, role), 1).filter((text) => /change the states/.test(text));
  expect([warned("plan").length, warned("apply").length]).toEqual([1, 0]);
});

test("each account has separate policies", () => {
  const elsewhere = { ...cluster, name: "elsewhere", accountId: "210987654321", roles: [] };
  const [here, there] = deployers({ ...example, clusters: [cluster, elsewhere] }, "apply");
  expect(here?.permissions.filter(({ resource }) => resource.includes("elsewhere"))).toEqual([]);
  expect(there?.permissions.filter(({ resource }) => resource.includes("production"))).toEqual([]);
});

test("many roles are split into policies within the limit, which allow the same", () => {
  const roles = Array.from({ length: 150 }, (_, index) => ({
    name: `role-${index}`,
    arn: `arn:aws:iam::${ACCOUNT}:role/role-${index}`,
  }));
  const project = withRoles(roles);
  const { permissions } = only(project, "apply");
  const documents = policyDocuments(permissions);
  expect(documents.length).toBeGreaterThan(1);
  for (const document of documents) expect(JSON.stringify(document).length).toBeLessThanOrEqual(6144);
  for (const { arn } of roles) expect(can(project, "iam:UpdateRole", arn)).toBe(true);
  expect(can(project, "iam:UpdateRole", `arn:aws:iam::${ACCOUNT}:role/role-150`)).toBe(false);
  const atoms = documents.flatMap(({ Statement }) =>
    [Statement]
      .flat()
      .flatMap(({ Action, Resource, Condition }) =>
        [Action ?? []]
          .flat()
          .flatMap((action) =>
            [Resource ?? []].flat().map((resource) => JSON.stringify([action, resource, Condition])),
          ),
      ),
  );
  expect(new Set(atoms)).toEqual(
    new Set(permissions.map(({ action, resource, condition }) => JSON.stringify([action, resource, condition]))),
  );
});

test("the checks for policies in a configuration accept the printed policies", () => {
  const kmsKeyArn = "arn:aws:kms:eu-west-3:123456789012:alias/state";
  const project: Project = {
    ...withRoles([{ permissionsBoundary: BOUNDARY, path: "/*/", arn: `arn:aws:iam::${ACCOUNT}:role/*/a` }]),
    state: { ...example.state, kmsKeyArn } as StateBackend,
  };
  const bootstrap = { ...BOOTSTRAP, bucket: { bucket: "acme-state" } };
  const documents = [
    only(project, "plan").permissions,
    only(project, "apply").permissions,
    bootstrapPermissions(project, bootstrap),
  ].flatMap(policyDocuments);
  const found = documents.flatMap((document) => policyProblems(document, readIamData(), "aws"));
  // The roles exist to change roles.
  expect(found.filter(({ rule }) => rule !== "privilege-escalation")).toEqual([]);
});

test("names the roles whose inline policies nothing limits", () => {
  const inlinePolicies = [{ name: "a", document: { Statement: [] } }];
  const project = withRoles([
    { name: "free", inlinePolicies },
    { name: "bounded", inlinePolicies, permissionsBoundary: BOUNDARY },
  ]);
  const [warning = ""] = deployerWarnings(only(project, "apply"), 1);
  expect(warning).toContain("free");
  expect(warning).not.toContain("bounded");
});

test.each(EXAMPLES.filter((name) => name !== "bootstrap"))(
  "the example %s has the stacks with the derived names",
  (name) => {
    const project = loadExample(name);
    const names = project.clusters.flatMap((each) => stackNames(each, project.verification));
    expect(names.toSorted()).toEqual(Object.keys(synthesize(project)).toSorted());
  },
);

describe("trust", () => {
  function trusts(role: DeployerRole, issuer: string, aud: string, sub: string, project: Project = example): boolean {
    const policy = only({ ...project, bootstraps: [BOOTSTRAP] }, role).trustPolicy;
    if (!policy) throw new Error("the role has no trust policy");
    expect(JSON.stringify(policy).length).toBeLessThanOrEqual(2048);
    const providerArn = `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer.replace("https://", "")}`;
    const context = webIdentityContext(issuer, { aud, sub });
    return evaluateTrustPolicy(policy, { providerArn, context }).outcome === "allow";
  }

  const GITHUB = "https://token.actions.githubusercontent.com";
  test.each<[string, string, DeployerRole | undefined]>([
    ["repo:acme/platform:pull_request", "sts.amazonaws.com", "plan"],
    ["repo:acme/platform:ref:refs/heads/main", "sts.amazonaws.com", "plan"],
    ["repo:acme/platform:ref:refs/heads/main2", "sts.amazonaws.com", undefined],
    ["repo:acme/platform:environment:production", "sts.amazonaws.com", "apply"],
    ["repo:acme/platform:environment:staging", "sts.amazonaws.com", undefined],
    ["repo:acme/platform2:pull_request", "sts.amazonaws.com", undefined],
    ["repo:acme/platform:pull_request", "https://github.com/acme", undefined],
  ])("a workflow with the subject %s and the audience %s can assume: %s", (sub, aud, expected) => {
    for (const role of ["plan", "apply"] as const) expect(trusts(role, GITHUB, aud, sub)).toBe(role === expected);
  });

  const HCP = "https://app.terraform.io";
  const run = (workspace: string, phase: string) =>
    `organization:acme:project:irsa:workspace:${workspace}:run_phase:${phase}`;
  test.each<[string, DeployerRole | undefined]>([
    [run("i-production-iam", "plan"), "plan"],
    [run("i-production-iam", "apply"), "apply"],
    [run("i-other", "apply"), undefined],
    [run("i-production-iam", "plan").replace("acme", "other"), undefined],
  ])("a run of HCP Terraform with the subject %s can assume: %s", (sub, expected) => {
    for (const role of ["plan", "apply"] as const) {
      expect(trusts(role, HCP, "aws.workload.identity", sub)).toBe(role === expected);
    }
  });

  test("workspaces that do not fit into a trust policy are matched by their prefix only, with a warning", () => {
    const clusters = Array.from({ length: 30 }, (_, index) => ({ ...cluster, name: `cluster-${index}` }));
    const many = { ...example, clusters };
    const trusted = (workspace: string) => trusts("apply", HCP, "aws.workload.identity", run(workspace, "apply"), many);
    expect([trusted("i-cluster-29-iam"), trusted("cluster-29-iam")]).toEqual([true, false]);
    const deployer = only({ ...many, bootstraps: [BOOTSTRAP] }, "apply");
    expect(deployerWarnings(deployer, 1).filter((warning) => warning.includes("workspacePrefix"))).toHaveLength(1);
    const hcp = { ...(BOOTSTRAP.hcp as HcpTrust), workspacePrefix: "" };
    const unprefixed = only({ ...many, bootstraps: [{ ...BOOTSTRAP, hcp }] }, "apply");
    expect(JSON.stringify(unprefixed.trustPolicy)).not.toContain("*");
    expect(deployerWarnings(unprefixed, 1).filter((warning) => warning.includes("raised quota"))).toHaveLength(1);
  });
});
