import { cluster, IRSA, load, loadRole, messages, OTHER_ISSUER, places, role } from "./files";

const one = (roles: string) => load({ "irsa.yaml": IRSA, "clusters/one.yaml": cluster(roles) });

test.each<[string, string, string, string]>([
  ["a missing space", "  a:\n    namespace:zabc\n    policies: [x]\n", "8:5 ", "namespace: zabc"],
  ["a missing space in a last line", "  a:\n    namespace:zabc\n", "8:5 roles.a", "namespace: zabc"],
  ["a missing space in braces", "  a:\n    namespace: z1\n    tags: {a:1}\n", "9:12 roles.a.tags.a:1", "a: 1"],
  ["a space too many", "  a:\n    namespace: z1\n     policies: [x]\n", "9:6 ", "5 spaces"],
  ["a space too few", "  a:\n     namespace: z1\n    policies: [x]\n", "9:5 ", "4 spaces"],
  ["a non-breaking space", "  a:\n    namespace:\u00a0z1\n    policies: [x]\n", "8:15 ", "U+00A0"],
  ["a non-breaking space in an indentation", "  a:\n\u00a0   namespace: z1\n    policies: [x]\n", "8:1 ", "U+00A0"],
  ["a colon in a value", "  a:\n    namespace: z1\n    description: a: b\n", "9:18 ", '"a: b"'],
  ["an open bracket", "  a:\n    namespace: z1\n    policies: [x, y\n", "10:1 ", "]"],
  ["an open quote", '  a:\n    namespace: "z1\n', "9:1 ", "quote"],
  ["a reserved character", "  a:\n    namespace: @z1\n", "8:16 ", "quote"],
  ["a line without a colon", "  a:\n    namespace: z1\n    policies\n", "9:5 ", "colon"],
])("explains %s at its position", (_, roles, place, expected) => {
  const result = one(roles);
  expect(places(result)[0]).toBe(`clusters/one.yaml:${place}`);
  expect(messages(result)[0]).toContain(expected);
});

test.each([
  ["namespace: z1\u200b", "U+200B"],
  ["namespace: z1-\u0430", "U+0430"],
  ["namespace: z1-prod\n    serviceAccount: \u201cx\u201d", "U+201C, U+201D"],
  ["namespace: z1-prod\n    n\u0430mespaces: [x]", "U+0430"],
  ["namespace: z1-prod\n    tags: { team\u2192: x }", "U+2192"],
  ["namespace: z1-prod\n    policies: [AmazonS3ReadOnly\u0410ccess]", "U+0410"],
])("names characters that look like others: %s", (line, code) => {
  expect(messages(loadRole(line)).join("\n")).toContain(code);
});

test.each([
  ["policyArns: []", "policies?"],
  ["managedPolicies: []", "policies?"],
  ["attachPolicyARNs: []", "policies?"],
  ["permissionBoundaryArn: x", "permissionsBoundary?"],
  ["service_account_name: x", "serviceAccount?"],
  ["create_service_account: true", "createServiceAccount?"],
  ["labels: { team: a }", "no labels"],
  ["roleOnly: true", "createServiceAccount: false"],
  ["namespace_service_accounts: [z1-prod:app]", "every combination"],
  ["assume_role_policy: {}", "remove the key"],
])("knows the key of another tool: %s", (line, fix) => {
  const result = loadRole("namespace: z1-prod", line);
  expect(places(result)).toEqual([`clusters/one.yaml:9:5 roles.app-role.${line.split(":")[0]}`]);
  expect(messages(result)[0]).toContain(fix);
});

test.each([
  [["namespace: system:serviceaccount:z1-prod:app"], "use z1-prod"],
  [['namespace: "z1-prod "'], "use z1-prod"],
  [["namespace: z1-prod/app"], "use z1-prod"],
  [["namespace: z1-prod", 'serviceAccount: "worker-*"'], "use the name of one service account"],
  [["namespace: z1-prod", "inlinePolicies: { p: { Statement: { effect: Allow } } }"], "did you mean Effect?"],
  [["namespace: z1-prod", "serviceAccount: z1-prod/app"], "use app"],
  [["namespace: z1-prod", 'policies: ["AmazonS3ReadOnlyAccess "]'], "use AmazonS3ReadOnlyAccess"],
  [["namespace: z1-prod", "policies: AmazonS3ReadOnlyAccess"], "[AmazonS3ReadOnlyAccess]"],
  [["namespace: z1-prod", "policies: arn:aws:iam::123456789012:policy/a"], "[arn:aws:iam::123456789012:policy/a]"],
  [['namespaces: "7"'], '["7"]'],
  [["namespace: z1-prod", "policies: { a: b }"], "[AmazonS3ReadOnlyAccess]"],
  [["namespace: z1-prod", "import: yes"], "without quotes"],
  [["namespace: z1-prod", 'maxSessionDuration: "3600"'], "without quotes"],
  [["namespace: z1-prod", "permissionsBoundary:"], "permissionsBoundary: arn:aws:iam::"],
  [["namespace: z1-prod", "verification: false"], "{ enabled: false }"],
  [["namespace: z1-prod", "inlinePolicies: [{ file: x }]"], "{ file: <path> }"],
  [["namespace: z1-prod", "inlinePolicies: { p: }"], "{ file: <path> }"],
  [["namespace: {{ .Values.namespace }}"], "quote a value that begins with {"],
  [["namespace\uff1a z1-prod"], "namespace: z1-prod"],
  [["namespace: z1-prod", "serviceAccount: 123"], "a name that YAML reads as a string"],
  [["namespace: z1-prod", "serviceAccounts: [app, true]"], "a name that YAML reads as a string"],
  [["namespace: z1-prod", "inlinePolicies: { Version: 2012-10-17, Statement: [] }"], "add a name"],
  [["namespace: z1-prod", "policies: [*-reader]"], "quote a value that begins with *"],
])("shows the right form of %j", (lines, fix) => {
  expect(messages(loadRole(...lines)).join("\n")).toContain(fix);
});

test("shows the name in the ARN of a role", () => {
  const result = one('  "arn:aws:iam::123456789012:role/team/app": { namespace: z1-prod }\n');
  expect(messages(result)).toEqual([expect.stringMatching(/: app$/)]);
});

test("explains an asterisk without quotes once", () => {
  const result = loadRole("scope: cluster", "namespacePattern: *");
  expect(places(result)).toEqual(["clusters/one.yaml:9:23 "]);
  expect(messages(result)[0]).toContain("quote");
});

test("proposes no name for a second role of a name that IAM would not accept", () => {
  const roles = `  ${"a".repeat(60)}:\n    namespace: z1-prod\n    serviceAccount: a\n`;
  const two = cluster(roles, { issuer: OTHER_ISSUER });
  const result = load({ "irsa.yaml": IRSA, "clusters/one.yaml": cluster(roles), "clusters/two-europe.yaml": two });
  expect(messages(result)).toEqual([expect.stringMatching(/; rename one of the two roles$/)]);
});

test("finds a conflict of Git before every other mistake", () => {
  const result = one("<<<<<<< HEAD\n  a: { namespace: z1 }\n=======\n  b: { namespace: z2 }\n>>>>>>> other\n");
  expect(places(result)).toEqual(["clusters/one.yaml:7:1 "]);
  expect(messages(result)[0]).toContain("conflict");
});

test("prints the type of a value for a role with the name of a property of every object", () => {
  for (const name of ["constructor", "toString", "hasOwnProperty"])
    expect(messages(one(`  ${name}: 5\n`))).toEqual([expect.stringContaining("use a map of keys and values")]);
});

test.each<[string, Record<string, string>]>([
  ["an issuer", { issuer: "https://someone:swordfish@oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLE" }],
  ["a chart", { more: "chart: { repository: https://someone:swordfish@charts.example }\n" }],
  ["a policy file", { more: "", file: "https://someone:swordfish@files.example/p.json" }],
  ["a key without a space", { more: "secret_key:swordfish\n" }],
])("prints no password of %s", (_, { file = "p.json", ...parts }) => {
  const roles = role("namespace: z1-prod", `inlinePolicies: { q: { file: "${file}" } }`);
  const { problems, project } = load({ "irsa.yaml": IRSA, "clusters/one.yaml": cluster(roles, parts) });
  expect(project).toBeUndefined();
  expect(JSON.stringify(problems)).not.toMatch(/swordfish|someone/);
});

test.each([
  ["q: policies/s3.json", "{ file: policies/s3.json }"],
  ['q: file("policies/s3.json")', "{ file: policies/s3.json }"],
  ['q: "{}"', "quotes"],
  ["q: |\n        { Version: x }", '"|"'],
])("explains a text in place of a policy: %s", (policy, fix) => {
  const result = loadRole("namespace: z1-prod", "inlinePolicies:", `  ${policy}`);
  expect(places(result)).toEqual(["clusters/one.yaml:10:10 roles.app-role.inlinePolicies.q"]);
  expect(messages(result)[0]).toContain(fix);
});

test.each([
  ["012345678901", '"012345678901"'],
  ["1.20", '"1.20"'],
  ["12345678901234567890", '"12345678901234567890"'],
  ["1e3", '"1e3"'],
  [".inf", '".inf"'],
  ["0x10", '"0x10"'],
])("rejects the number %s in a policy, which YAML changes", (number, fix) => {
  const condition = `Condition: { StringEquals: { aws:ResourceAccount: ${number} } }`;
  const statement = `{ Effect: Allow, Action: s3:GetObject, Resource: "arn:aws:s3:::b/*", ${condition} }`;
  const result = loadRole(
    "namespace: z1-prod",
    `inlinePolicies: { q: { Version: "2012-10-17", Statement: ${statement} } }`,
  );
  expect(messages(result).join("\n")).toContain(fix);
  expect(result.project).toBeUndefined();
});

describe("a policy file", () => {
  const named = (file: string, text: string) =>
    load({
      "irsa.yaml": IRSA,
      "clusters/one.yaml": cluster(role("namespace: z1-prod", `inlinePolicies: { q: { file: ${file} } }`)),
      "clusters/policy.json": text,
    });
  const POLICY =
    '{ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" }] }';

  test("can be beside the cluster files", () => {
    expect(named("policy.json", POLICY).problems).toEqual([]);
    expect(places(named("other.json", POLICY))).toContain("clusters/policy.json:1:1 ");
  });

  test.each(["/etc/passwd", "../../secret.json", "../clusters/../../x.json"])(
    "%s is outside of the configuration",
    (file) => {
      const result = named(file, POLICY);
      expect(places(result)).toContain("clusters/one.yaml:9:34 roles.app-role.inlinePolicies.q.file");
      expect(result.project).toBeUndefined();
    },
  );

  test.each([
    "root:x:0:0\nuser:y\n",
    '{ "password": "secret", "x" }',
    "password = secret\n",
    "[secret]\n",
    "- secret: [\n",
  ])("that is not a policy is not quoted: %j", (text) => {
    const result = named("policy.json", text);
    expect(places(result)[0]).toMatch(/^clusters\/policy\.json:/);
    expect(JSON.stringify(result.problems)).not.toMatch(/secret|root/);
  });
});
