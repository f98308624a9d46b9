import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { actionsOf } from "../../access/actions";
import { type AccessChange, accessDiff } from "../../access/diff";
import { renderDiffMarkdown, renderDiffText } from "../../access/diff-markdown";
import { readIamData } from "../../config/iam-data";
import type { Project } from "../../config/project";
import { loadUnchecked } from "../config/files";

// The difference in access between two configurations. `GOLDEN=write npx jest test/access/diff` writes the golden file.

const expand = actionsOf(readIamData());
const GOLDEN = join(__dirname, "golden/diff.md");

const IRSA = "state: { backend: local }\n";
const PRODUCTION = `accountId: "123456789012"
oidc: { issuer: https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE }
kubernetes: { access: kubeconfig }
roles:
  api:
    namespace: z7f-production
    policies: [AmazonS3ReadOnlyAccess]
    inlinePolicies:
      queue:
        Version: "2012-10-17"
        Statement:
          - { Effect: Allow, Action: [sqs:SendMessage, sqs:GetQueueUrl], Resource: "arn:aws:sqs:eu-west-3:123456789012:orders" }
          - { Effect: Deny, Action: sqs:PurgeQueue, Resource: "*" }
  shared:
    scope: cluster
    namespaces: [z7f-production]
    policies: [AmazonS3ReadOnlyAccess]
`;
const STAGING = PRODUCTION.replace("EXAMPLED539D4633E53DE1B71EXAMPLE", "0123456789ABCDEF0123456789ABCDEF")
  .replace("  api:", "  staging-api:")
  .replace("  shared:", "  staging-shared:");
const ORDERS = '"arn:aws:sqs:eu-west-3:123456789012:orders"';

type Files = Readonly<Record<string, string>>;
const BASE: Files = { "irsa.yaml": IRSA, "clusters/production.yaml": PRODUCTION };

function project(files: Files): Project {
  const { project: loaded, problems } = loadUnchecked(files);
  if (!loaded) throw new Error(JSON.stringify(problems));
  return loaded;
}

const production = (...changes: readonly (readonly [string, string])[]): Files => ({
  ...BASE,
  "clusters/production.yaml": changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${from} is not in the configuration`);
    return text.replace(from, to);
  }, PRODUCTION),
});

const API_POLICIES = "    policies: [AmazonS3ReadOnlyAccess]\n    inlinePolicies";
const SECOND = "  second: { namespace: z7f-production, policies: [AmazonSQSReadOnlyAccess] }\n  shared:";
const ACTIONS = "[sqs:SendMessage, sqs:GetQueueUrl]";

/** The base, in which one role takes its managed policies from a set, and the other one has the same policies. */
const withSet = (policies: string): Files => ({
  ...production([API_POLICIES, "    policySets: [shared]\n    inlinePolicies"]),
  "irsa.yaml": `${IRSA}policySets: { shared: { policies: [${policies}] } }\n`,
});

const ROLE = "arn:aws:iam::123456789012:role/reader";
/** The base, in which one role admits other principals too. */
const trusting = (principals: string, conditions?: string): Files =>
  production([
    "    namespace:",
    `    additionalTrust: [{ principals: ${principals}, actions: ["sts:AssumeRole"]${conditions ? `, conditions: ${conditions}` : ""} }]\n    namespace:`,
  ]);

const CASES: readonly [string, Files, Files][] = [
  ["nothing changes", BASE, BASE],
  ["only tags change", BASE, production(["roles:", "tags: { team: a }\nroles:"])],
  ["only a description changes", BASE, production(["    namespace:", "    description: New\n    namespace:"])],
  ["a new cluster", BASE, { ...BASE, "clusters/staging.yaml": STAGING }],
  ["a removed cluster", { ...BASE, "clusters/staging.yaml": STAGING }, BASE],
  ["a new role", BASE, production(["  shared:", SECOND])],
  ["a removed role", production(["  shared:", SECOND]), BASE],
  ["a renamed role", BASE, production(["  api:", "  backend:"])],
  ["a renamed role with more actions", BASE, production(["  api:", "  backend:"], [ACTIONS, "[sqs:*]"])],
  ["a renamed namespace", BASE, production(["namespace: z7f-production", "namespace: z8a-production"])],
  ["another service account", BASE, production(["    namespace:", "    serviceAccount: backend\n    namespace:"])],
  [
    "a service account moves to another role",
    production(["  shared:", SECOND.replace("{ ", "{ serviceAccount: worker, ")]),
    production(["  shared:", SECOND], ["    namespace:", "    serviceAccount: worker\n    namespace:"]),
  ],
  ["the scope widens to the cluster", BASE, production(["    namespace: z7f-production", "    scope: cluster"])],
  [
    "the scope narrows to an environment",
    BASE,
    production(["    scope: cluster\n    namespaces: [z7f-production]", "    namespace: z7f-production"]),
  ],
  [
    "the scope widens to every service account",
    BASE,
    production(["    namespace: z7f-production", "    scope: any-service-account"]),
  ],
  [
    "a namespace and a service account are added to lists",
    BASE,
    production([
      "    namespace: z7f-production",
      "    namespaces: [z7f-production, z7f-staging]\n    serviceAccounts: [api, worker]",
    ]),
  ],
  [
    "the pattern of namespaces narrows",
    BASE,
    production(["    scope: cluster\n", '    scope: cluster\n    namespacePattern: "z7*"\n']),
  ],
  [
    "the pattern of namespaces widens",
    BASE,
    production(["    scope: cluster\n", '    scope: cluster\n    namespacePattern: "*"\n']),
  ],
  [
    "another pattern of namespaces",
    production([
      "    scope: cluster\n    namespaces: [z7f-production]",
      '    scope: cluster\n    namespacePattern: "preview-*"',
    ]),
    BASE,
  ],
  [
    "another cluster is trusted",
    { ...BASE, "clusters/staging.yaml": STAGING },
    {
      ...production(["    namespace:", "    trustedClusters: [staging]\n    namespace:"]),
      "clusters/staging.yaml": STAGING,
    },
  ],
  [
    "a cluster has another issuer",
    BASE,
    production(["EXAMPLED539D4633E53DE1B71EXAMPLE", "0123456789ABCDEF0123456789ABCDEF"]),
  ],
  [
    "a cluster has another issuer, and a service account another namespace",
    BASE,
    production(
      ["EXAMPLED539D4633E53DE1B71EXAMPLE", "0123456789ABCDEF0123456789ABCDEF"],
      ["namespace: z7f-production", "namespace: z8a-production"],
    ),
  ],
  [
    "a managed policy is attached",
    BASE,
    production([API_POLICIES, "    policies: [AmazonS3ReadOnlyAccess, AmazonSQSFullAccess]\n    inlinePolicies"]),
  ],
  ["a managed policy is detached", BASE, production([API_POLICIES, "    inlinePolicies"])],
  [
    "a managed policy is swapped",
    BASE,
    production([API_POLICIES, "    policies: [AmazonS3FullAccess]\n    inlinePolicies"]),
  ],
  ["an action is added", BASE, production([ACTIONS, "[sqs:SendMessage, sqs:GetQueueUrl, sqs:DeleteMessage]"])],
  ["an action is removed", BASE, production([ACTIONS, "[sqs:GetQueueUrl]"])],
  ["the actions are widened by a wildcard", BASE, production([ACTIONS, "[sqs:*]"])],
  ["all actions are allowed", BASE, production([ACTIONS, '"*"'])],
  ["all actions except some are allowed", BASE, production([`Action: ${ACTIONS}`, "NotAction: iam:*"])],
  [
    "a wildcard and the actions that it matches are the same access",
    production([ACTIONS, "[sqs:SendMessag*, sqs:GetQueueUrl]"]),
    BASE,
  ],
  ["the resource widens", BASE, production([ORDERS, '"*"'])],
  ["the resource narrows", production([ORDERS, '"arn:aws:sqs:*:123456789012:*"']), BASE],
  [
    "a condition is added",
    BASE,
    production([`Resource: ${ORDERS}`, `Resource: ${ORDERS}, Condition: { Bool: { "aws:SecureTransport": "true" } }`]),
  ],
  [
    "a Deny is removed",
    BASE,
    production(['          - { Effect: Deny, Action: sqs:PurgeQueue, Resource: "*" }\n', ""]),
  ],
  ["a Deny is added", production(['          - { Effect: Deny, Action: sqs:PurgeQueue, Resource: "*" }\n', ""]), BASE],
  [
    "a permissions boundary is added",
    BASE,
    production([
      "    namespace:",
      "    permissionsBoundary: arn:aws:iam::123456789012:policy/boundary\n    namespace:",
    ]),
  ],
  [
    "a permissions boundary is removed",
    production([
      "    namespace:",
      "    permissionsBoundary: arn:aws:iam::123456789012:policy/boundary\n    namespace:",
    ]),
    BASE,
  ],
  ["a role of the account is admitted", BASE, trusting(`{ AWS: ["${ROLE}"] }`)],
  ["a role of the account is no longer admitted", trusting(`{ AWS: ["${ROLE}"] }`), BASE],
  ["the account is admitted", BASE, trusting(`{ AWS: ["123456789012"] }`)],
  ["everybody is admitted", BASE, trusting(`{ AWS: ["*"] }`)],
  [
    "a condition of an account is removed",
    trusting(`{ AWS: ["123456789012"] }`, `{ ArnEquals: { "aws:PrincipalArn": "${ROLE}" } }`),
    trusting(`{ AWS: ["123456789012"] }`),
  ],
  [
    "a condition of an account is added",
    trusting(`{ AWS: ["123456789012"] }`),
    trusting(`{ AWS: ["123456789012"] }`, `{ ArnEquals: { "aws:PrincipalArn": "${ROLE}" } }`),
  ],
  ["only annotations change", BASE, production(["    namespace:", "    annotations: { team: a }\n    namespace:"])],
  [
    "something else creates the service account",
    BASE,
    production(["    namespace:", "    createServiceAccount: false\n    namespace:"]),
  ],
  ["a set of policies has the policies of a role", BASE, withSet("AmazonS3ReadOnlyAccess")],
  [
    "a set of policies gains a policy",
    withSet("AmazonS3ReadOnlyAccess"),
    withSet("AmazonS3ReadOnlyAccess, AmazonSQSFullAccess"),
  ],
  ["the longest session grows", BASE, production(["roles:", "maxSessionDuration: 43200\nroles:"])],
  ["the longest session shrinks", production(["roles:", "maxSessionDuration: 7200\nroles:"]), BASE],
  [
    "policies that are not declared stay",
    BASE,
    production(["    namespace:", "    exclusivePolicies: false\n    namespace:"]),
  ],
];

const sections = CASES.map(([title, before, after]) => {
  const changes = accessDiff(project(before), project(after), expand);
  return [title, `## ${title}\n\n${renderDiffMarkdown(changes)}\n`] as const;
});
if (process.env.GOLDEN === "write") writeFileSync(GOLDEN, sections.map(([, text]) => text).join(""));
const golden = readFileSync(GOLDEN, "utf8");

test.each(sections)("shows the change when %s", (_, text) => {
  expect(golden).toContain(text);
});

test("treats every access as added if the earlier revision has no configuration", () => {
  const changes = accessDiff(undefined, project(BASE), expand);
  expect(changes.map(({ kind, role }) => [kind, role])).toEqual([
    ["added", "api"],
    ["added", "api"],
    ["added", "shared"],
  ]);
});

test("shows that a new role keeps policies that are not declared", () => {
  const open = SECOND.replace(" }", ", exclusivePolicies: false }");
  const changes = accessDiff(project(BASE), project(production(["  shared:", open])), expand);
  expect(renderDiffText(changes)).toContain("+ second (production): policies that are not declared are not removed\n");
});

test("prints a line for each change on a terminal", () => {
  const changes = accessDiff(project(BASE), project(production(["  shared:", SECOND])), expand);
  expect(renderDiffText(changes)).toBe(
    "+ system:serviceaccount:z7f-production:second → second (production) (AmazonSQSReadOnlyAccess)\n",
  );
});

const change: AccessChange = {
  kind: "added",
  element: "subject",
  cluster: "production",
  role: "api",
  roleArn: "arn:aws:iam::123456789012:role/api",
  what: "system:serviceaccount:z1:api",
  policies: [],
};

test("keeps within the limit, shows what widens access first, and says how many changes are left out", () => {
  const many = [
    ...Array.from({ length: 3000 }, (_, index) => ({ ...change, role: `role-${index}` })),
    { ...change, kind: "widened" as const, before: "x" },
  ];
  const text = renderDiffMarkdown(many, { limit: 20_000, complete: "npm run check" });
  expect(text.length).toBeLessThanOrEqual(20_000);
  expect(text).toMatch(/```diff\n! /);
  const shown = text.match(/^[!+] \S/gm)?.length ?? 0;
  expect(text).toContain(`${3001 - shown} more changes`);
});

test("breaks a long line, and repeats its mark", () => {
  const resource = `arn:aws:s3:::${"a".repeat(200)} + system:serviceaccount:z1:forged`;
  const text = renderDiffMarkdown([
    { ...change, kind: "widened", element: "action", what: "allowed", actions: [], scope: { resource, condition: "" } },
  ]);
  const body = /```diff\n([^`]*)\n```/.exec(text)?.[1] ?? "";
  expect(body.split("\n")).toEqual([
    expect.stringMatching(/^! api /),
    expect.stringMatching(/^! {4}arn:aws:s3:::a+$/),
    "!    + system:serviceaccount:z1:forged",
  ]);
});

test.each(["```\n# title", "a\u202eb", "a\r\n+ b", "````"])("keeps %j within its line of the block", (resource) => {
  const text = renderDiffMarkdown([
    { ...change, kind: "widened", element: "action", what: "allowed", actions: [], scope: { resource, condition: "" } },
  ]);
  const [, fence = "", body = ""] = /\n(`{3,})diff\n([\s\S]*?)\n\1\n/.exec(text) ?? [];
  expect(body.split("\n")).toHaveLength(1);
  expect(body).not.toContain(fence);
  expect(body).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});
