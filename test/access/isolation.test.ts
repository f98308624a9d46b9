import { proveIsolation } from "../../access/isolation";
import type { Cluster, Project, Role } from "../../config/project";
import type { Statement } from "../../iam/policy-types";
import { loadExample } from "../stacks/synthesized";

const EXAMPLES = ["create", "kubeconfig", "qovery", "three-clusters"];

test.each(EXAMPLES)("proves the isolation of the example %s", (name) => {
  const { tokens, breaches } = proveIsolation(loadExample(name));
  expect(breaches).toEqual([]);
  expect(tokens).toBeGreaterThan(10);
});

test("evaluates the tokens of a cluster with the provider in the account of each role", () => {
  const project = loadExample("another-account");
  const [data, production] = project.clusters as [Cluster, Cluster];
  const [orders] = production.roles as [Role];
  // A second provider of the account of the role, for the issuer of a cluster whose file is in another account.
  const issuer = "https://oidc.eks.eu-west-3.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
  const elsewhere = { ...data, name: "elsewhere", roles: [], serviceAccounts: [], oidc: { ...data.oidc, issuer } };
  const admitting = JSON.parse(
    JSON.stringify(orders.trustPolicy).replaceAll(orders.trusts[0]?.issuer.slice(8) ?? "", issuer.slice(8)),
  );
  const Statement = [orders.trustPolicy.Statement, admitting.Statement].flat();
  const widened = { ...orders, trustPolicy: { ...orders.trustPolicy, Statement } };
  const clusters = [data, elsewhere, { ...production, roles: [widened] }];
  expect(proveIsolation({ ...project, clusters }).breaches).toEqual([
    expect.objectContaining({ cluster: "elsewhere", roleArn: orders.arn, outcome: "admitted" }),
  ]);
});

/** Returns the project with other statements in the trust policy of the role `blue-app`. */
function derivedWith(change: (statement: Statement) => unknown): Project {
  const project = loadExample("three-clusters");
  const changed = (role: Role): Role => ({
    ...role,
    trustPolicy: { ...role.trustPolicy, Statement: [role.trustPolicy.Statement].flat().map(change) as Statement[] },
  });
  const clusters = project.clusters.map((cluster) => ({
    ...cluster,
    roles: cluster.roles.map((role) => (role.name === "blue-app" ? changed(role) : role)),
  }));
  return { ...project, clusters };
}

const text = (statement: Statement, from: RegExp, to: string) =>
  JSON.parse(JSON.stringify(statement).replace(from, to));

test.each<[string, (statement: Statement) => unknown]>([
  ["any subject", (statement) => text(statement, /,"[^"]*:sub":"[^"]*"/, "")],
  ["any audience", (statement) => text(statement, /"[^"]*:aud":"[^"]*",/, "")],
  ["every namespace", (statement) => text(text(statement, /StringEquals/, "StringLike"), /z1-app/, "*")],
  [
    "namespaces with the same beginning",
    (statement) => text(text(statement, /StringEquals/, "StringLike"), /z1-app/, "z1-app*"),
  ],
  ["names with the same end", (statement) => text(text(statement, /StringEquals/, "StringLike"), /:app"/, ':*app"')],
  ["any character in a name", (statement) => text(text(statement, /StringEquals/, "StringLike"), /:app"/, ':?pp"')],
  ["any text in a name", (statement) => text(text(statement, /StringEquals/, "StringLike"), /z1-app/, "z1-a*pp")],
  [
    "a second subject",
    (statement) => text(statement, /"(system:[^"]*)"/, '["$1", "system:serviceaccount:default:default"]'),
  ],
  ["names in another case", (statement) => text(statement, /StringEquals/, "StringEqualsIgnoreCase")],
  ["all but the subject", (statement) => text(statement, /StringEquals/, "StringNotEquals")],
  ["a neighbour of another cluster", (statement) => text(statement, /z1-app/, "z2-app")],
  ["another provider", (statement) => ({ ...statement, Principal: { Federated: "*" }, Condition: {} })],
  ["nobody", (statement) => text(statement, /"Allow"/, '"Deny"')],
])("fails if a derived policy admits %s", (_, change) => {
  const { breaches } = proveIsolation(derivedWith(change));
  expect(breaches).not.toEqual([]);
  for (const { roleArn } of breaches) expect(roleArn).toBe("arn:aws:iam::123456789012:role/blue-app");
});
