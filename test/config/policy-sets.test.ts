import { accessDiff } from "../../access/diff";
import { accessMatrix } from "../../access/matrix";
import { loadExample } from "../stacks/synthesized";
import { cluster, IRSA, load, messages, paths, places, role } from "./files";

const document = (resource = "*", action = "s3:ListAllMyBuckets") =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: resource }] });

/** Loads a configuration with these policy sets and this role. */
function withSets(sets: string, ...lines: string[]) {
  const irsa = `${IRSA}policySets: ${sets}\n`;
  return load({ "irsa.yaml": irsa, "clusters/one.yaml": cluster(role("namespace: z1-prod", ...lines)) });
}

const USE = "policySets: [a]";
const SETS = "policySets: [a, b]";
const customer = (count: number, from = 0) =>
  `[${Array.from({ length: count }, (_, i) => `arn:aws:iam::123456789012:policy/p${from + i}`).join(", ")}]`;
const sized = (size: number) => {
  const empty = document("arn:aws:s3:::", "s3:ListBucket");
  return document(`arn:aws:s3:::${"b".repeat(size - empty.length)}`, "s3:ListBucket");
};

test("does not call a policy set unused if the roles are not all known", () => {
  const irsa = `${IRSA}policySets: { a: { policies: [AmazonS3ReadOnlyAccess] } }\n`;
  const misspelled = cluster(role("namespace: z1-prod", "policySet: [a]"));
  expect(paths(load({ "irsa.yaml": irsa, "clusters/one.yaml": misspelled }))).toEqual(["roles.app-role.policySet"]);
  expect(paths(load({ "irsa.yaml": irsa, clusters: { code: "EACCES" } }))).toEqual([""]);
});

test("a role has its own policies first, and then those of its policy sets in their order", () => {
  const sets = `{ a: { policies: [AmazonS3ReadOnlyAccess], inlinePolicies: { x: ${document()} } }, b: { policies: [AmazonSQSFullAccess] } }`;
  const { problems, project } = withSets(sets, "policies: [AmazonSNSFullAccess]", "policySets: [b, a]");
  expect(problems).toEqual([]);
  const found = project?.clusters[0]?.roles[0];
  expect(found?.managedPolicies).toEqual(
    ["AmazonSNSFullAccess", "AmazonSQSFullAccess", "AmazonS3ReadOnlyAccess"].map(
      (name) => `arn:aws:iam::aws:policy/${name}`,
    ),
  );
  expect(found?.inlinePolicies).toEqual([{ name: "x", document: JSON.parse(document()) }]);
});

test.each<[string, string[], string[]]>([
  ["{}", [USE], ["roles.app-role.policySets.0"]],
  [
    "{ a: { policies: [AmazonS3ReadOnlyAccess] } }",
    ["policySets: [A]"],
    ["roles.app-role.policySets.0", "warning policySets.a"],
  ],
  ["{ a: { policies: [AmazonS3ReadOnlyAccess] } }", ["policySets: [a, a]"], ["roles.app-role.policySets.1"]],
  ["{ a: { policies: [AmazonS3ReadOnlyAccess] } }", ["policySets: a"], ["roles.app-role.policySets"]],
  ["{ a: { policies: [AmazonS3ReadOnlyAccess] } }", [], ["warning policySets.a"]],
  ["{ a: {} }", [USE], ["policySets.a"]],
  ["{ a: { policys: [AmazonS3ReadOnlyAccess] } }", [USE], ["policySets.a", "policySets.a.policys"]],
  ["{ a: 5 }", [USE], ["policySets.a"]],
  ["[a]", [USE], ["policySets"]],
  ["{ a b: { policies: [AmazonS3ReadOnlyAccess] } }", ["policySets: [a b]"], ["policySets.a b"]],
  ["{ a: { policies: [AmazonS3ReadOnlyAcces] } }", [USE], ["policySets.a.policies.0"]],
  ["{ a: { policies: [arn:aws:iam::210987654321:policy/x] } }", [USE], ["policySets.a.policies.0"]],
  [`{ a: { inlinePolicies: { x: ${document("b")} } } }`, [USE], ["policySets.a.inlinePolicies.x.Statement.0.Resource"]],
  ["{ a: { inlinePolicies: { x: { file: ../x.json } } } }", [USE], ["policySets.a.inlinePolicies.x.file"]],
])("policySets: %s, used by %j", (sets, lines, expected) => {
  expect(paths(withSets(sets, ...lines)).toSorted()).toEqual(expected.toSorted());
});

test.each([
  ["queue-raeder", /^did you mean queue-reader\?$/],
  ["queue-writer", /^use one of queue-reader$/],
])("the fix for the unknown policy set %s names no set with another meaning", (name, fix) => {
  const { problems } = withSets("{ queue-reader: { policies: [AmazonSQSReadOnlyAccess] } }", `policySets: [${name}]`);
  expect(problems.find(({ severity }) => severity === "error")?.fix).toMatch(fix);
});

describe("a policy that a role has twice", () => {
  const both = "{ policies: [AmazonS3ReadOnlyAccess] }";

  test.each<[string, string, string[], string[]]>([
    [
      "in the role and in a set",
      `{ a: ${both} }`,
      ["policies: [AmazonS3ReadOnlyAccess]", USE],
      ["virtual/irsa.yaml:3:31", "virtual/clusters/one.yaml:9:16"],
    ],
    [
      "in the role by its ARN",
      `{ a: ${both} }`,
      ["policies: [arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess]", USE],
      ["virtual/irsa.yaml:3:31", "virtual/clusters/one.yaml:9:16"],
    ],
    ["in two sets", `{ a: ${both}, b: ${both} }`, [SETS], ["virtual/irsa.yaml:3:31", "virtual/irsa.yaml:3:74"]],
    [
      "as inline policies of one name",
      `{ a: { inlinePolicies: { x: ${document()} } } }`,
      [`inlinePolicies: { x: ${document()} }`, USE],
      ["virtual/irsa.yaml:3:38", "virtual/clusters/one.yaml:9:23"],
    ],
  ])("%s is an error with both positions", (_, sets, lines, positions) => {
    const result = withSets(sets, ...lines);
    expect(paths(result)).toEqual([`roles.app-role.policySets.${lines.includes(SETS) ? 1 : 0}`]);
    for (const position of positions) expect(messages(result)[0]).toContain(`(${position})`);
  });

  test("is reported once in a set that has the policy twice", () => {
    expect(paths(withSets("{ a: { policies: [ReadOnlyAccess, ReadOnlyAccess] } }", USE))).toEqual([
      "policySets.a.policies.1",
    ]);
  });
});

describe("the quotas of IAM count the merged policies", () => {
  test.each<[number, number, string[]]>([
    [5, 5, []],
    [5, 6, ["warning roles.app-role.policySets"]],
    [10, 10, ["warning roles.app-role.policySets"]],
    [10, 11, ["roles.app-role.policySets", "warning policySets.a.policies"]],
    [0, 10, []],
    [0, 11, ["warning policySets.a.policies"]],
    [0, 21, ["policySets.a.policies"]],
    [11, 0, ["warning roles.app-role.policies"]],
  ])("%i policies of the role and %i of a set", (own, inSet, expected) => {
    const result = withSets(`{ a: { policies: ${customer(inSet, 50)} } }`, `policies: ${customer(own)}`, USE);
    expect(paths(result).toSorted()).toEqual(expected.toSorted());
  });

  test.each<[number, number, string[]]>([
    [5000, 5240, []],
    [5000, 5241, ["roles.app-role.policySets"]],
    [200, 10_241, ["policySets.a.inlinePolicies", "roles.app-role.policySets"]],
    [0, 10_241, ["policySets.a.inlinePolicies"]],
  ])("%i characters of the role and %i of a set", (own, inSet, expected) => {
    const lines = own === 0 ? [] : [`inlinePolicies: { x: ${sized(own)} }`];
    const result = withSets(`{ a: { inlinePolicies: { y: ${sized(inSet)} } } }`, ...lines, USE);
    expect(paths(result).toSorted()).toEqual(expected.toSorted());
  });
});

describe("a set that several clusters use", () => {
  const CHINA = "https://oidc.eks.cn-north-1.amazonaws.com.cn/id/0123456789ABCDEF0123456789ABCDEF";
  const use = role("namespace: z1-prod", USE);
  const files = (sets: string, other: { issuer?: string; accountId?: string }) =>
    load({
      "irsa.yaml": `${IRSA}policySets: ${sets}\n`,
      "clusters/one.yaml": cluster(use),
      "clusters/two.yaml": cluster(use.replace("app-role", "other"), { issuer: CHINA, ...other }),
      "p.json": document("b"),
    });

  test("has its problems once, at the set or in its file", () => {
    expect(paths(files("{ a: { policies: [AmazonS3ReadonlyAcces] } }", {}))).toEqual(["policySets.a.policies.0"]);
    const result = files("{ a: { inlinePolicies: { p: { file: p.json } } } }", {});
    expect(places(result)).toEqual(["p.json:1:98 Statement.0.Resource"]);
    expect(messages(result)[0]).toContain("policySets.a.inlinePolicies.p of virtual/irsa.yaml");
  });

  test("has the ARNs of each partition", () => {
    const { project, problems } = files("{ a: { policies: [AmazonS3ReadOnlyAccess] } }", {});
    expect(problems).toEqual([]);
    expect(project?.clusters.map(({ roles }) => roles[0]?.managedPolicies)).toEqual([
      ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
      ["arn:aws-cn:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    ]);
    expect(
      paths(files(`{ a: { inlinePolicies: { p: ${document("arn:aws:s3:::b", "s3:ListBucket")} } } }`, {})),
    ).toEqual(["policySets.a.inlinePolicies.p.Statement.0.Resource"]);
  });
});

test("the access matrix and the access diff show the policies of the sets", () => {
  const after = loadExample("policy-sets");
  expect(accessMatrix(after).map(({ role: name, policies }) => [name, policies])).toEqual([
    ["orders", ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "inline:send"]],
    ["invoices", ["arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]],
  ]);
  const before = {
    ...after,
    clusters: after.clusters.map((each) => ({
      ...each,
      roles: each.roles.map((one) => ({ ...one, managedPolicies: [], inlinePolicies: [] })),
    })),
  };
  const changes = accessDiff(before, after, (name) => [{ name, accessLevel: "Write" }]);
  expect(changes.map(({ kind, element, role: name, what }) => [kind, element, name, what])).toEqual([
    ["widened", "policy", "orders", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    ["widened", "action", "orders", "allowed"],
    ["widened", "policy", "invoices", "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"],
    ["widened", "policy", "invoices", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
  ]);
});
