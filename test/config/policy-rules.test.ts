import { BAD } from "../iam/corpus/bad-policies";
import { cluster, IRSA, load, loadRole, messages, paths, places, role } from "./files";

const NS = "namespace: z1-prod";

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
  ])("policies: %s", (policies, expected) => {
    expect(paths(loadRole(NS, `policies: ${policies}`))).toEqual(expected);
  });
});

test("proposes the ARN of a known policy for a misspelt one", () => {
  const policies =
    "policies: [arn:aws:iam::aws:policy/ReadOnlyAcces, arn:aws:iam::aws:policy/AmazonEBSCSIDriverPolicy]";
  const [first, second] = messages(loadRole(NS, policies));
  expect(first).toContain("arn:aws:iam::aws:policy/ReadOnlyAccess?");
  expect(second).toContain("arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy?");
});

describe("inline policies", () => {
  const POLICY =
    '{ Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "s3:ListAllMyBuckets", Resource: "*" }] }';

  test.each<[string, string[]]>([
    [`{ a: ${POLICY} }`, []],
    [`{ "a b": ${POLICY} }`, ["roles.app-role.inlinePolicies.a b"]],
    ['{ a: { Version: "2012-10-17" } }', ["roles.app-role.inlinePolicies.a.Statement"]],
    [`{ a: ${POLICY.replace("Allow", "allow")} }`, ["roles.app-role.inlinePolicies.a.Statement.0.Effect"]],
    [`{ a: ${POLICY.replace("2012-10-17", "2008-10-17")} }`, ["warning roles.app-role.inlinePolicies.a.Version"]],
    [`{ a: ${POLICY.replace("s3:ListAllMyBuckets", "*")} }`, ["warning roles.app-role.inlinePolicies.a.Statement.0"]],
    [`{ a: ${POLICY.replace("s3:ListAllMyBuckets", "*:*")} }`, ["warning roles.app-role.inlinePolicies.a.Statement.0"]],
    [`{ a: ${POLICY.replace('"*"', "arn:aws-cn:s3:::b")} }`, ["roles.app-role.inlinePolicies.a.Statement.0.Resource"]],
    [
      `{ a: ${POLICY.replace('"s3:ListAllMyBuckets"', "s3").replace('"*"', "b")} }`,
      ["roles.app-role.inlinePolicies.a.Statement.0.Action", "roles.app-role.inlinePolicies.a.Statement.0.Resource"],
    ],
    ["{ a: { file: 5 } }", ["roles.app-role.inlinePolicies.a.file"]],
    ["{ a: { file: none.json } }", ["roles.app-role.inlinePolicies.a.file"]],
  ])("inlinePolicies: %s", (policies, expected) => {
    expect(paths(loadRole(NS, `inlinePolicies: ${policies}`))).toEqual(expected);
  });

  test("reports the path of a single statement without an index", () => {
    const policy = '{ Version: "2012-10-17", Statement: { Effect: Allow, Action: "*", Resource: "*" } }';
    expect(paths(loadRole(NS, `inlinePolicies: { a: ${policy} }`))).toEqual([
      "warning roles.app-role.inlinePolicies.a.Statement",
    ]);
  });

  const sized = (size: number) => {
    const head = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::';
    return `${head}${"b".repeat(size - head.length - 4)}"}]}`;
  };

  test.each([
    [10_240, 0],
    [10_241, 1],
  ])("accepts %i characters together with %i errors", (size, count) => {
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

    test("are read relative to the cluster file", () => {
      const result = files(sized(200));
      expect(result.problems).toEqual([]);
      expect(result.project?.clusters[0]?.roles[0]?.inlinePolicies).toEqual([
        { name: "read", document: JSON.parse(sized(200)) },
      ]);
    });

    test("a problem in a file of two roles is reported once, with the policy that names the file", () => {
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
        expect(messages(result)[0]).toContain("roles.app-role.inlinePolicies.read of virtual/clusters/one.yaml");
      }
    });

    test("rejects text that is not JSON, and a file that cannot be read", () => {
      expect(places(files('{ "Version": '))).toEqual(["policies/read.json:1:14 "]);
      expect(places(files({ code: "EACCES" }))).toEqual(["policies/read.json:1:1 "]);
    });

    test("rejects a policy together with a file, and counts the size of the file", () => {
      expect(paths(files(sized(200), "{ file: ../policies/read.json, Version: x }"))).toEqual([
        "roles.app-role.inlinePolicies.read.Version",
      ]);
      expect(paths(files(sized(10_241)))).toEqual(["roles.app-role.inlinePolicies"]);
    });
  });
});

test.each(Object.entries(BAD))("each proposed fix of a policy with %s holds", (_, [document]) => {
  expect(loadRole("namespace: z1-prod", `inlinePolicies: { p: ${JSON.stringify(document)} }`).problems).not.toEqual([]);
});
