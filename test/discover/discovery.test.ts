import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type { FoundAccount, FoundServiceAccount, RoleDetails } from "../../discover/account";
import { futureFile } from "../../discover/cluster-file";
import { type Discovery, discoverCluster } from "../../discover/discovery";
import { renderDiscovery, renderDiscoveryAsJson, renderDiscoveryAsMarkdown } from "../../discover/report";

// What AWS and Kubernetes returned → the file, the findings and the reports.

const ACCOUNT = "123456789012";
const ID = "EXAMPLED539D4633E53DE1B71EXAMPLE";
const HOST = `oidc.eks.eu-west-3.amazonaws.com/id/${ID}`;
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/${HOST}`;
const AUD = { [`${HOST}:aud`]: "sts.amazonaws.com" };
const sub = (...subjects: string[]) => ({
  [`${HOST}:sub`]: subjects.map((subject) => `system:serviceaccount:${subject}`),
});
const arnOf = (role: string) => `arn:aws:iam::${ACCOUNT}:role/${role}`;

function trust(Condition: object, Federated = PROVIDER, more: object = {}): object {
  const statement = { Effect: "Allow", Principal: { Federated }, Action: "sts:AssumeRoleWithWebIdentity", Condition };
  return { Version: "2012-10-17", Statement: [{ ...statement, ...more }] };
}

function role(name: string, trustPolicy: unknown, more: Partial<RoleDetails> = {}): RoleDetails {
  const none = { tags: new Map<string, string>(), managedPolicies: [], inlinePolicies: [] };
  return { name, arn: arnOf(name), path: "/", trustPolicy, ...none, ...more };
}

const exact = (...subjects: string[]) => trust({ StringEquals: { ...AUD, ...sub(...subjects) } });

interface Situation {
  readonly roles?: readonly RoleDetails[];
  readonly others?: readonly RoleDetails[];
  readonly accounts?: readonly FoundServiceAccount[] | string;
  readonly account?: Partial<FoundAccount>;
}

function discover({ roles = [], others = [], accounts = [], account = {} }: Situation): Discovery {
  const found: FoundAccount = {
    cluster: { name: "main", accountId: ACCOUNT, partition: "aws", region: "eu-west-3", issuer: `https://${HOST}` },
    provider: { clientIds: ["sts.amazonaws.com"] },
    providerArns: [PROVIDER],
    roles: [...roles, ...others],
    trusting: roles,
    gaps: [],
    ...account,
  };
  const file = futureFile(join(tmpdir(), "irsa.yaml"), join(tmpdir(), "clusters", "main.yaml"), true);
  return discoverCluster({ account: found, serviceAccounts: accounts, declared: new Map(), name: "main", file });
}

function account(namespacedName: string, more: Partial<FoundServiceAccount> = {}): FoundServiceAccount {
  const [namespace = "", name = ""] = namespacedName.split("/");
  return { namespace, name, hasRelease: false, roleArn: arnOf(name), ...more };
}

/** The keys of a role in the file that concern who can assume the role. */
function keys(found: RoleDetails, accounts?: readonly FoundServiceAccount[] | string): Record<string, unknown> {
  const {
    path,
    import: _,
    ...rest
  } = parse(discover({ roles: [found], ...(accounts ? { accounts } : {}) }).text).roles[found.name];
  return rest;
}

const FROM_ACCOUNT = { StringEquals: { "aws:SourceAccount": ACCOUNT } };

test.each<[string, object, object]>([
  ["one service account", exact("z1:app"), { namespace: "z1" }],
  ["another name", exact("z1:api"), { namespace: "z1", serviceAccount: "api" }],
  ["several names", exact("z1:b", "z1:a"), { namespace: "z1", serviceAccounts: ["a", "b"] }],
  ["several namespaces", exact("z2:app", "z1:app"), { namespaces: ["z1", "z2"] }],
  [
    "every combination",
    exact("z1:a", "z1:b", "z2:a", "z2:b"),
    { namespaces: ["z1", "z2"], serviceAccounts: ["a", "b"] },
  ],
  ["a pattern", trust({ StringEquals: AUD, StringLike: sub("z*:app") }), { scope: "cluster" }],
  [
    "another pattern",
    trust({ StringEquals: AUD, StringLike: sub("preview-*:a", "preview-*:b") }),
    { scope: "cluster", namespacePattern: "preview-*", serviceAccounts: ["a", "b"] },
  ],
  ["every service account", trust({ StringEquals: AUD }), { scope: "any-service-account" }],
  [
    "other principals",
    {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "pods.eks.amazonaws.com" },
          Action: ["sts:TagSession", "sts:AssumeRole"],
          Condition: FROM_ACCOUNT,
        },
        ...(exact("z1:app") as { Statement: object[] }).Statement,
      ],
    },
    {
      namespace: "z1",
      additionalTrust: [
        {
          principals: { Service: ["pods.eks.amazonaws.com"] },
          actions: ["sts:TagSession", "sts:AssumeRole"],
          conditions: FROM_ACCOUNT,
        },
      ],
    },
  ],
])("declares a role that trusts %s", (_, policy, expected) => {
  const created = "scope" in expected ? {} : { createServiceAccount: false };
  expect(keys(role("app", policy))).toEqual({ ...expected, ...created });
  expect(discover({ roles: [role("app", policy)] }).roles[0]?.plan?.lines).toEqual([]);
});

test.each<[string, unknown]>([
  ["some combinations", exact("z1:a", "z2:b")],
  ["a pattern and a namespace", trust({ StringEquals: AUD, StringLike: sub("z*:app", "z1:api") })],
  ["two patterns", trust({ StringEquals: AUD, StringLike: sub("z*:app", "y*:app") })],
  ["a pattern of names", trust({ StringEquals: AUD, StringLike: sub("z1:*") })],
  [
    "an address",
    trust({ StringEquals: { ...AUD, ...sub("z1:app") }, IpAddress: { "aws:SourceIp": "203.0.113.0/24" } }),
  ],
  ["another audience", trust({ StringEquals: { [`${HOST}:aud`]: "other", ...sub("z1:app") } })],
  ["another principal", trust({ StringEquals: AUD }, PROVIDER, { Principal: { Federated: PROVIDER, AWS: ACCOUNT } })],
  ["every action", trust({ StringEquals: { ...AUD, ...sub("z1:app") } }, PROVIDER, { Action: "sts:*" })],
  ["a statement that denies", trust({ StringEquals: AUD }, PROVIDER, { Effect: "Deny" })],
  ["no policy", undefined],
])("leaves out a role that trusts %s, with the reason", (_, policy) => {
  const { text, roles } = discover({ roles: [role("app", policy)] });
  expect(parse(text).roles).toEqual({});
  expect(roles[0]?.reason).toBeTruthy();
  expect(text).toContain(`#   app: ${roles[0]?.reason}`);
});

const APP = role("app", exact("z1:app"));
const LEFT = { namespace: "z1", createServiceAccount: false };

test.each<[string, object, readonly FoundServiceAccount[] | string]>([
  ["somebody created", { namespace: "z1", takeOwnership: true }, [account("z1/app")]],
  ["a release of this project has", { namespace: "z1" }, [account("z1/app", { hasRelease: true })]],
  ["a Helm release has", LEFT, [account("z1/app", { manager: "the Helm release z1/web" })]],
  ["has no role", LEFT, [{ namespace: "z1", name: "app", hasRelease: false }]],
  ["has another role", LEFT, [account("z1/app", { roleArn: arnOf("other") })]],
  ["does not exist", LEFT, [account("z2/app")]],
  ["is not known", LEFT, "the service accounts are not read: denied"],
])("takes a service account over only if that changes nothing: one that %s", (_, expected, accounts) => {
  expect(keys(APP, accounts)).toEqual(expected);
});

test("takes over the service accounts of a pattern where they have the role", () => {
  const wide = role("app", trust({ StringEquals: AUD, StringLike: sub("z*:app") }));
  const accounts = [account("z2/app"), account("z1/app"), account("z3/app", { roleArn: arnOf("x") }), account("y/app")];
  expect(keys(wide, accounts)).toEqual({ scope: "cluster", namespaces: ["z1", "z2"], takeOwnership: true });
});

test("leaves a service account with the role that the service account has", () => {
  const roles = [role("one", exact("z1:app")), role("two", exact("z1:app"))];
  const { text } = discover({ roles, accounts: [account("z1/app", { roleArn: arnOf("two") })] });
  expect(Object.keys(parse(text).roles)).toEqual(["two"]);
});

const DUAL = `arn:aws:iam::${ACCOUNT}:oidc-provider/oidc-eks.eu-west-3.api.aws/id/${ID}`;
const OTHER = `arn:aws:iam::${ACCOUNT}:oidc-provider/oidc.eks.eu-west-3.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF`;
const USED = [account("z1/app")];

test.each<[name: string, reported: Situation, right: Situation]>([
  ["provider-missing", { account: { provider: "missing" } }, { account: { provider: "unknown" } }],
  [
    "provider-audience",
    { account: { provider: { clientIds: ["sts.amazonaws.com.cn"] } } },
    { account: { provider: { clientIds: ["other", "sts.amazonaws.com"] } } },
  ],
  [
    "dual-stack-provider",
    { account: { providerArns: [PROVIDER, DUAL] } },
    { account: { providerArns: [PROVIDER, DUAL.replace(ID, "0")] } },
  ],
  [
    "wildcard-in-string-equals",
    { roles: [role("app", exact("z*:app"))] },
    { roles: [role("app", trust({ StringEquals: AUD, StringLike: sub("z*:app") }))] },
  ],
  [
    "arn-condition-key",
    { roles: [role("app", trust({ StringEquals: { ...AUD, [`${PROVIDER}:sub`]: "system:serviceaccount:z1:app" } }))] },
    { roles: [APP] },
  ],
  ["any-subject", { roles: [role("app", trust({ StringEquals: AUD }))] }, { roles: [APP] }],
  ["missing-audience", { roles: [role("app", trust({ StringEquals: sub("z1:app") }))] }, { roles: [APP] }],
  ["role-missing", { accounts: USED }, { roles: [APP], accounts: USED }],
  ["role-missing", { accounts: [account("z1/app", { roleArn: "app" })] }, { accounts: [] }],
  [
    "service-account-denied",
    { roles: [APP], accounts: [account("z2/app")] },
    { roles: [APP], accounts: [account("z2/app", { roleArn: "arn:aws:iam::210987654321:role/app" })] },
  ],
  ["unused-role", { roles: [APP], accounts: [] }, { roles: [APP], accounts: USED }],
  [
    "unused-role",
    { roles: [APP], accounts: [account("z1/app", { roleArn: arnOf("b") })] },
    { roles: [APP], accounts: "" },
  ],
  [
    "managed-by-cloudformation",
    { roles: [{ ...APP, tags: new Map([["aws:cloudformation:stack-name", "eksctl"]]) }] },
    { roles: [{ ...APP, tags: new Map([["stack-name", "eksctl"]]) }] },
  ],
  [
    "other-cluster",
    { others: [role("b", trust({}, OTHER))] },
    { others: [role("b", trust({}, OTHER.replace("eks", "x")))] },
  ],
])("the audit reports %s, and does not report what is right", (name, reported, right) => {
  const names = (situation: Situation) => discover(situation).findings.map((finding) => finding.name);
  expect(names(reported)).toContain(name);
  expect(names(right)).not.toContain(name);
});

/** Texts that end a comment, an expression, a cell or a line, or that move a cursor. */
const HOSTILE = "x\u001b[2J\r\n# y: ${z} %{if} | `a` <b> - [c], {d: &e *f} \u2028\u202e'\" 😀";

test("shows hostile texts without obeying them, and keeps them in the file", () => {
  const description = "Costs ${price}: 100%{sure} # - [a] &b *c 'd' \"e\"";
  const policy = {
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::a/${aws:username}/*" },
  };
  const odd = role("=+a,.@-", exact("z1:app"), {
    description,
    tags: new Map([
      ["k: =+", "- yes: @"],
      ["aws:cloudformation:stack-name", HOSTILE],
    ]),
    inlinePolicies: [{ name: "=inline,", document: policy }],
  });
  const refused = role("refused", exact(`z1:${HOSTILE}`), { description: HOSTILE });
  const accounts = [account("z1/bad", { roleArn: HOSTILE }), account("z1/app", { roleArn: odd.arn, manager: HOSTILE })];
  const found = discover({ roles: [odd, refused], accounts, account: { gaps: [HOSTILE] } });
  expect(found.findings.map(({ name }) => name)).toEqual(expect.arrayContaining(["role-missing"]));
  expect(parse(found.text, { maxAliasCount: 0 }).roles).toEqual(
    Object.fromEntries([["=+a,.@-", expect.objectContaining({ description, inlinePolicies: { "=inline,": policy } })]]),
  );
  const visible = (text: string) => text.replaceAll("\n", "");
  for (const render of [renderDiscovery, renderDiscoveryAsMarkdown, () => found.text])
    expect(visible(render(found))).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
  expect(JSON.parse(renderDiscoveryAsJson(found)).gaps).toEqual([HOSTILE]);
  const table = renderDiscoveryAsMarkdown(found)
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  for (const line of table) expect(line.split(/(?<!\\)\|/)).toHaveLength(6);
});

test("leaves out the roles whose inline policies do not fit into the file", () => {
  const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::acme/${"x".repeat(9_000)}` };
  const inlinePolicies = [{ name: "large", document: { Version: "2012-10-17", Statement: statement } }];
  const roles = Array.from({ length: 120 }, (_, index) =>
    role(`app-${index}`, exact(`z1:app-${index}`), index % 10 === 0 ? {} : { inlinePolicies }),
  );
  const { text, roles: found } = discover({ roles });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1_000_000);
  const left = found.filter(({ reason }) => reason?.includes("no room"));
  expect(left.length).toBeGreaterThan(0);
  expect(Object.keys(parse(text).roles)).toHaveLength(120 - left.length);
  expect(left.every(({ found: { inlinePolicies: own } }) => own.length > 0)).toBe(true);
});
