import { accessDiff } from "../../access/diff";
import { renderDiffMarkdown } from "../../access/diff-markdown";
import { proveIsolation } from "../../access/isolation";
import { accessMatrix } from "../../access/matrix";
import { renderMatrix, renderMatrixAsMarkdown } from "../../access/render";
import type { Project } from "../../config/project";
import type { Statement } from "../../iam/policy-types";
import { loadExample } from "../stacks/synthesized";
import { cluster, ISSUER, load, loadRole, messages, OTHER_ISSUER, paths, role, withClusters } from "./files";

const NS = "namespace: z1-prod";
const ROOT = "arn:aws:iam::123456789012:root";
const DEPLOYER = "arn:aws:iam::123456789012:role/deployer";
const provider = (issuer: string) => `arn:aws:iam::123456789012:oidc-provider/${issuer.slice("https://".length)}`;
const GITHUB = provider("https://token.actions.githubusercontent.com");
const SUB = "{ StringEquals: { token.actions.githubusercontent.com:sub: 'repo:acme/x:ref:refs/heads/main' } }";

/** Loads a role with one additional statement. */
const withTrust = (principals: string, actions = "[sts:AssumeRole]", conditions = "") =>
  loadRole(
    NS,
    `additionalTrust: [{ principals: ${principals}, actions: ${actions}${conditions && `, conditions: ${conditions}`} }]`,
  );

const AT = "roles.app-role.additionalTrust.0";
const AWS = `${AT}.principals.AWS.0`;
const SERVICE = `${AT}.principals.Service.0`;
const FEDERATED = `${AT}.principals.Federated.0`;

test.each<[string, string | undefined, string, string[]]>([
  // Principals
  [`{ AWS: [${DEPLOYER}] }`, undefined, "", []],
  ["{ AWS: [arn:aws:iam::123456789012:user/team/jo] }", undefined, "", []],
  ["{ AWS: [arn:aws:sts::123456789012:assumed-role/deployer/session] }", undefined, "", []],
  [`{ AWS: [${ROOT}] }`, undefined, "", [`warning ${AWS}`]],
  ['{ AWS: ["210987654321"] }', undefined, "", [`warning ${AWS}`]],
  ["{ AWS: [210987654321] }", undefined, "", [AWS]],
  ['{ AWS: ["*"] }', undefined, "", [`warning ${AWS}`]],
  ['{ AWS: ["*"] }', undefined, "{ StringEquals: { aws:PrincipalOrgID: o-a1b2c3d4e5 } }", []],
  ['{ AWS: ["arn:aws:iam::123456789012:role/ci-*"] }', undefined, "", [AWS]],
  ["{ AWS: [arn:aws:iam::123456789012:group/devs] }", undefined, "", [AWS]],
  ["{ AWS: [arn:aws-cn:iam::123456789012:role/deployer] }", undefined, "", [AWS]],
  ["{ AWS: [AROAEXAMPLEEXAMPLE123] }", undefined, "", [AWS]],
  ["{ AWS: [deployer] }", undefined, "", [AWS]],
  ["{ AWS: [arn:aws:s3:::bucket] }", undefined, "", [AWS]],
  [`{ AWS: [${DEPLOYER}, ${DEPLOYER}] }`, undefined, "", [`${AT}.principals.AWS.1`]],
  ["{ Service: [ec2.amazonaws.com] }", undefined, "", []],
  ["{ Service: [ec2] }", undefined, "", [SERVICE]],
  ["{ Service: [lambda.amazonaws.com] }", undefined, "", [`warning ${SERVICE}`]],
  ["{ Service: [lambda.amazonaws.com] }", undefined, "{ StringEquals: { aws:SourceAccount: '123456789012' } }", []],
  [`{ Federated: [${GITHUB}] }`, "[sts:AssumeRoleWithWebIdentity]", SUB, []],
  [`{ Federated: [${GITHUB}] }`, "[sts:AssumeRoleWithWebIdentity]", "", [`warning ${FEDERATED}`]],
  [
    `{ Federated: [${GITHUB.replace("123456789012", "210987654321")}] }`,
    "[sts:AssumeRoleWithWebIdentity]",
    SUB,
    [FEDERATED],
  ],
  ['{ Federated: ["*"] }', "[sts:AssumeRoleWithWebIdentity]", SUB, [FEDERATED]],
  ["{ Federated: [arn:aws:iam::123456789012:saml-provider/corp] }", "[sts:AssumeRoleWithSAML]", "", []],
  [
    "{ Federated: [arn:aws:iam::123456789012:saml-provider/corp] }",
    "[sts:AssumeRoleWithSAML]",
    "{ StringEquals: { SAML:aud: https://signin.aws.amazon.com/saml, SAML:sub_type: persistent } }",
    [],
  ],
  // Shapes
  ["{}", undefined, "", [`${AT}.principals`]],
  ["{ AWS: [] }", undefined, "", [`${AT}.principals.AWS`]],
  [`{ AWS: ${DEPLOYER} }`, undefined, "", [`${AT}.principals.AWS`]],
  ['"*"', undefined, "", [`${AT}.principals`]],
  [`{ AWs: [${DEPLOYER}] }`, undefined, "", [`${AT}.principals.AWs`]],
  // Actions
  [`{ AWS: [${DEPLOYER}] }`, "[]", "", [`${AT}.actions`]],
  [`{ AWS: [${DEPLOYER}] }`, "[sts:TagSession]", "", [`${AT}.actions`]],
  [`{ AWS: [${DEPLOYER}] }`, "[sts:AssumeRole, sts:TagSession, sts:SetSourceIdentity]", "", []],
  [`{ AWS: [${DEPLOYER}] }`, "[sts:AssumeRoles]", "", [`${AT}.actions.0`]],
  [`{ AWS: [${DEPLOYER}] }`, '["sts:*"]', "", [`${AT}.actions.0`]],
  [`{ AWS: [${DEPLOYER}] }`, "[sts:AssumeRoleWithWebIdentity]", "", [`${AT}.actions.0`]],
  [`{ Federated: [${GITHUB}] }`, "[sts:AssumeRole]", SUB, [`${AT}.actions.0`]],
  [`{ AWS: [${DEPLOYER}], Federated: [${GITHUB}] }`, "[sts:AssumeRole]", SUB, [`${AT}.principals`]],
  [`{ AWS: [${DEPLOYER}], Service: [ec2.amazonaws.com] }`, "[sts:AssumeRole]", "", []],
  [
    "{ Service: [pods.eks.amazonaws.com] }",
    "[sts:AssumeRole]",
    "{ StringEquals: { aws:SourceAccount: '123456789012' } }",
    [`warning ${AT}.actions`],
  ],
  ["{ Service: [pods.eks.amazonaws.com] }", "[sts:AssumeRole, sts:TagSession]", "", [`warning ${SERVICE}`]],
  // Conditions
  [`{ AWS: [${DEPLOYER}] }`, undefined, "{ StringEqual: { sts:ExternalId: x } }", [`${AT}.conditions.StringEqual`]],
  [`{ AWS: [${DEPLOYER}] }`, undefined, "{ StringEquals: x }", [`${AT}.conditions.StringEquals`]],
  [
    `{ AWS: [${DEPLOYER}] }`,
    undefined,
    "{ StringEquals: { sts:ExternalId: [] } }",
    [`${AT}.conditions.StringEquals.sts:ExternalId`],
  ],
  [
    `{ AWS: [${DEPLOYER}] }`,
    undefined,
    "{ Bool: { aws:MultiFactorAuthPresent: maybe } }",
    [`${AT}.conditions.Bool.aws:MultiFactorAuthPresent`],
  ],
  [
    `{ AWS: [${DEPLOYER}] }`,
    undefined,
    "{ StringEquals: { aws:PrincipalOrgId2: x } }",
    [`warning ${AT}.conditions.StringEquals.aws:PrincipalOrgId2`],
  ],
  [
    `{ AWS: [${DEPLOYER}] }`,
    undefined,
    "{ StringEquals: { s3:prefix: x } }",
    [`warning ${AT}.conditions.StringEquals.s3:prefix`],
  ],
  [
    `{ AWS: [${DEPLOYER}] }`,
    undefined,
    "{ StringEquals: { sts:ExternalId: 012345678901 } }",
    [`${AT}.conditions.StringEquals.sts:ExternalId`],
  ],
  [
    `{ AWS: [${DEPLOYER}] }`,
    undefined,
    '{ StringEquals: { sts:ExternalId: "“x”" } }',
    [`${AT}.conditions.StringEquals.sts:ExternalId`],
  ],
])("principals: %s, actions: %s, conditions: %s", (principals, actions, conditions, expected) => {
  expect(paths(withTrust(principals, actions, conditions))).toEqual(expected);
});

test("accepts a separate statement for the tags of sessions of principals that another statement admits", () => {
  const assume = `{ principals: { AWS: [${ROOT}] }, actions: [sts:AssumeRole], conditions: { ArnEquals: { aws:PrincipalArn: ${DEPLOYER} } } }`;
  const tags = (principal: string) =>
    `{ principals: { AWS: [${principal}] }, actions: [sts:TagSession], conditions: { StringLike: { aws:RequestTag/team: "*" } } }`;
  const { problems, project } = loadRole(NS, `additionalTrust: [${assume}, ${tags(ROOT)}]`);
  expect(problems).toEqual([]);
  expect(project && accessMatrix(project)[0]?.principals.map(({ actions, open }) => [actions, open])).toEqual([
    [["sts:AssumeRole"], undefined],
    [["sts:TagSession"], undefined],
  ]);
  expect(paths(loadRole(NS, `additionalTrust: [${assume}, ${tags(DEPLOYER)}]`))).toEqual([
    `${AT.replace(/0$/, "1")}.actions`,
  ]);
});

describe("principals that the configuration declares", () => {
  const trusting = (principals: string, actions: string) =>
    role(NS, `additionalTrust: [{ principals: ${principals}, actions: [${actions}] }]`);

  test("the OIDC provider of a declared cluster is an error, with the keys that express the trust", () => {
    const federated = (issuer: string) =>
      withClusters({
        one: cluster(trusting(`{ Federated: [${provider(issuer)}] }`, "sts:AssumeRoleWithWebIdentity")),
        two: cluster(role(NS).replace("app-role", "other"), { issuer: OTHER_ISSUER }),
      });
    for (const [issuer, key] of [
      [ISSUER, "serviceAccount"],
      [OTHER_ISSUER, "trustedClusters"],
    ] as const) {
      const result = federated(issuer);
      expect(paths(result)).toEqual([FEDERATED]);
      expect(messages(result)[0]).toContain(key);
    }
  });

  test("the role itself is an error, with the condition that IAM accepts before the role exists", () => {
    const result = withTrust("{ AWS: [arn:aws:iam::123456789012:role/app-role] }");
    expect(paths(result)).toEqual([AWS]);
    expect(messages(result)[0]).toContain(`${ROOT} with conditions: { ArnEquals: { aws:PrincipalArn: `);
    const fixed = withTrust(
      `{ AWS: [${ROOT}] }`,
      undefined,
      "{ ArnEquals: { aws:PrincipalArn: arn:aws:iam::123456789012:role/app-role } }",
    );
    expect(fixed.problems).toEqual([]);
    const imported = loadRole(
      NS,
      "import: true",
      "path: /",
      "additionalTrust: [{ principals: { AWS: [arn:aws:iam::123456789012:role/app-role] }, actions: [sts:AssumeRole] }]",
    );
    expect(paths(imported)).toEqual([`warning ${AWS}`]);
  });

  test("another declared role is a warning: the role may not exist yet", () => {
    const roles = trusting("{ AWS: [arn:aws:iam::123456789012:role/other] }", "sts:AssumeRole");
    const result = load({
      "irsa.yaml": "state: { backend: local }\n",
      "clusters/one.yaml": cluster(roles + role("namespace: z2-prod").replace("app-role", "other")),
    });
    expect(paths(result)).toEqual([`warning ${AWS}`]);
  });
});

test("the additional statements follow the statements for service accounts", () => {
  const { project } = withTrust(
    `{ AWS: [${DEPLOYER}], Service: [ec2.amazonaws.com] }`,
    "[sts:AssumeRole, sts:TagSession]",
  );
  const { Statement: statements } = project?.clusters[0]?.roles[0]?.trustPolicy ?? {};
  const [own, added] = statements as Statement[];
  expect(own?.Principal).toEqual({ Federated: provider(ISSUER) });
  expect(added).toEqual({
    Effect: "Allow",
    Principal: { AWS: DEPLOYER, Service: "ec2.amazonaws.com" },
    Action: ["sts:AssumeRole", "sts:TagSession"],
  });
});

test.each([
  [14, []],
  [15, ["warning roles.app-role.additionalTrust"]],
  [33, ["warning roles.app-role.additionalTrust"]],
  [34, ["roles.app-role.additionalTrust"]],
])("counts %i statements in the size of the trust policy", (count, expected) => {
  const statement = `{ principals: { AWS: [${DEPLOYER}] }, actions: [sts:AssumeRole] }`;
  const result = loadRole(NS, `additionalTrust: [${Array.from({ length: count }, () => statement).join(", ")}]`);
  expect(paths(result)).toEqual(expected);
});

const example = loadExample("additional-trust");

/** Returns the example with other additional statements, also in the trust policy. */
function changed(change: (statements: readonly Statement[]) => readonly Statement[]): Project {
  const clusters = example.clusters.map((each) => ({
    ...each,
    roles: each.roles.map((one) => {
      const own = (one.trustPolicy.Statement as Statement[]).slice(0, one.trusts.length);
      const additionalTrust = change(one.additionalTrust);
      return { ...one, additionalTrust, trustPolicy: { ...one.trustPolicy, Statement: [...own, ...additionalTrust] } };
    }),
  }));
  return { ...example, clusters };
}

test("the access matrix has a line for each principal", () => {
  const [row] = accessMatrix(example);
  expect(row?.principals.map(({ type, name, open }) => [type, name, open])).toEqual([
    ["AWS", ROOT, undefined],
    ["Service", "pods.eks.amazonaws.com", undefined],
    ["Federated", GITHUB, undefined],
  ]);
  const text = renderMatrix(accessMatrix(changed(([first]) => [{ ...first, Condition: {} } as Statement])));
  expect(text).toMatch(
    /AWS arn:aws:iam::123456789012:root +reports +sts:AssumeRole +none \(open: every identity of account/,
  );
  const hostile = changed(([first]) => [
    { ...first, Condition: { StringEquals: { "sts:ExternalId": "a`|\n\u001b[1A" } } } as Statement,
  ]);
  expect(renderMatrix(accessMatrix(hostile))).toContain("a`|\\u000a\\u001b[1A");
  expect(renderMatrixAsMarkdown(accessMatrix(hostile))).toContain(
    "`` StringEquals sts:ExternalId a`\\|\\u000a\\u001b[1A ``",
  );
});

test("the access diff shows added, removed, widened and narrowed principals", () => {
  const diff = (before: Project, after: Project) =>
    accessDiff(before, after, () => []).map(({ kind, element, what, before: earlier }) => [
      kind,
      element,
      what,
      earlier,
    ]);
  const without = changed(() => []);
  const open = changed(([first]) => [{ ...first, Condition: {} } as Statement]);
  const narrow = changed(([first]) => [first as Statement]);
  const principal = `AWS ${ROOT} (sts:AssumeRole)`;
  const condition = " if ArnEquals aws:PrincipalArn arn:aws:iam::123456789012:role/reports";
  expect(diff(without, narrow)).toEqual([["added", "principal", principal + condition, undefined]]);
  expect(diff(narrow, without)).toEqual([["removed", "principal", principal + condition, undefined]]);
  expect(diff(narrow, open)).toEqual([["widened", "principal", principal, principal + condition]]);
  expect(diff(open, narrow)).toEqual([["narrowed", "principal", principal + condition, principal]]);
  expect(diff(open, open)).toEqual([]);
  const markdown = renderDiffMarkdown(accessDiff(narrow, open, () => []));
  expect(markdown).toContain("1 change widens");
  expect(markdown.replace(/\n! {3,}/g, " ")).toMatch(
    /! reports \(data\): widened trust: AWS .* → .*; every identity of account 123456789012/,
  );
  expect(markdown).toContain("> 1 change opens a role to more than named principals.");
  expect(renderDiffMarkdown(accessDiff(undefined, example, () => []))).toContain("+ Service pods.eks.amazonaws.com");
  const added = renderDiffMarkdown(accessDiff(undefined, open, () => []));
  expect(added).toContain("> 1 change opens a role to more than named principals.");
  expect(added.indexOf("+ AWS")).toBeLessThan(added.indexOf("+ system:serviceaccount:"));
});

describe("the proof of isolation", () => {
  test("holds with additional statements", () => {
    expect(proveIsolation(example).breaches).toEqual([]);
    expect(proveIsolation(changed(([first]) => [{ ...first, Principal: { AWS: "*" } } as Statement])).breaches).toEqual(
      [],
    );
  });

  const own = example.clusters[0]?.oidc.arn as string;
  const key = own.replace(/^.*oidc-provider\//, "");
  const neighbour = "system:serviceaccount:z1-data:reportsx";

  test.each<[string, Partial<Statement>]>([
    ["everyone", { Principal: { AWS: "*" }, Action: "sts:*" }],
    ["every web identity", { Principal: "*", Action: "sts:AssumeRoleWithWebIdentity" }],
    [
      "another case",
      { Principal: { Federated: own }, Condition: { StringEqualsIgnoreCase: { [`${key}:sub`]: neighbour } } },
    ],
    [
      "a list operator",
      { Principal: { Federated: own }, Condition: { "ForAnyValue:StringLike": { [`${key}:sub`]: neighbour } } },
    ],
    [
      "a condition that holds without the key",
      { Principal: { Federated: own }, Condition: { StringLikeIfExists: { "saml:sub": "x" } } },
    ],
    ["all but one", { Principal: { Federated: own }, Condition: { StringNotEquals: { [`${key}:sub`]: "x" } } }],
  ])("fails if an additional statement admits the cluster's tokens with %s", (_, statement) => {
    const admitting = { Effect: "Allow", Action: "sts:AssumeRoleWithWebIdentity", ...statement } as Statement;
    expect(proveIsolation(changed((all) => [...all, admitting])).breaches).not.toEqual([]);
  });

  test("evaluates every declared subject if a condition is no list of subjects", () => {
    const other = { ...example.clusters[0]?.serviceAccounts[0], namespace: "z9-far", name: "far-away" };
    const project = changed((all) => [
      ...all,
      {
        Effect: "Allow",
        Principal: { Federated: own },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEqualsIgnoreCase: { [`${key}:sub`]: "SYSTEM:serviceaccount:z9-far:far-away" } },
      },
    ]);
    const clusters = project.clusters.map((each) => ({ ...each, serviceAccounts: [...each.serviceAccounts, other] }));
    const { breaches } = proveIsolation({ ...project, clusters: clusters as Project["clusters"] });
    expect(breaches.map(({ subject }) => subject)).toContain("system:serviceaccount:z9-far:far-away");
  });
});
