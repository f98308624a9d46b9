import { Document, isCollection, isMap, isScalar, type Node, type Scalar, visit } from "yaml";
import { issuerRegion } from "../config/cluster-identity";
import { printable } from "../config/problems";
import type { FoundAccount } from "./account";
import type { PlannedRole } from "./first-plan";

/** Returns the YAML text of a cluster's file, with comments about the first deployment and about roles that are left out. */
export function renderClusterFile(
  { cluster, provider }: FoundAccount,
  roles: readonly PlannedRole[],
  hasServiceAccounts: boolean,
): string {
  const declared = roles.filter(({ entry }) => entry !== undefined);
  const document = new Document(
    new Map<string, unknown>([
      ["accountId", cluster.accountId],
      ...(issuerRegion(cluster.issuer) === undefined ? [["region", cluster.region] as const] : []),
      ["oidc", { issuer: cluster.issuer, provider: provider === "missing" ? "create" : "existing" }],
      ["kubernetes", { access: "eks", clusterName: cluster.name }],
      ["roles", new Map(declared.map(({ found, entry }) => [found.name, entry]))],
    ]),
    // The configuration has no aliases.
    { aliasDuplicateObjects: false },
  );
  for (const key of ["oidc", "kubernetes"]) onOneLine(document.get(key));
  visit(document.get("roles") as Node, { Seq: (_, list) => onOneLine(list.items.every(isScalar) && list) });
  document.commentBefore = comment([
    `Written by npm run discover -- --cluster ${cluster.name}. The roles with import: true exist in the account.`,
    ...(hasServiceAccounts ? [] : NOT_READ),
  ]);
  comments(document.contents, (key) => (key === "oidc" ? PROVIDER_COMMENTS[stateOf(provider)] : []));
  const byName = new Map(declared.map((role) => [role.found.name, role]));
  comments(document.get("roles"), (name) => roleComment(byName.get(name)));
  const left = roles.filter(({ reason }) => reason !== undefined);
  if (left.length > 0) {
    const reasons = left.map(({ found, reason }) => `  ${found.name}: ${reason}`);
    document.comment = comment(["These roles trust the cluster too, and are not declared here:", ...reasons]);
  }
  // Without a limit, long texts stay on one line.
  return document.toString({ lineWidth: 0 });
}

/** Writes a map as `{ a: b }`, and a list as `[a, b]`. */
function onOneLine(node: unknown): void {
  if (isCollection(node)) node.flow = true;
}

/** Sets the comments above the keys of a map. */
function comments(map: unknown, of: (key: string) => readonly string[]): void {
  if (!isMap(map)) return;
  for (const { key } of map.items) {
    const scalar = key as Scalar<string>;
    const lines = of(scalar.value);
    if (lines.length > 0) scalar.commentBefore = comment(lines);
  }
}

/** The texts come from AWS: no text can end a comment, or move the cursor of a terminal. */
function comment(lines: readonly string[]): string {
  return lines.map((line) => ` ${printable(line)}`).join("\n");
}

const NOT_READ = [
  "The service accounts of the cluster were not read. Without createServiceAccount: false, a deployment creates the service",
  "account of a role.",
];

const PROVIDER_COMMENTS: Readonly<Record<"exists" | "missing" | "unknown", readonly string[]>> = {
  exists: [
    "The IAM OIDC provider exists. Terraform looks it up, and never changes or deletes it: Qovery creates the provider of",
    "every cluster that it manages. For a provider that this project manages, set provider: create and import: true.",
  ],
  missing: ["The account has no IAM OIDC provider for this issuer: the first deployment creates the provider."],
  unknown: [
    "AWS did not show whether the IAM OIDC provider exists. If the plan does not find it, set provider: create.",
  ],
};

function stateOf(provider: FoundAccount["provider"]): "exists" | "missing" | "unknown" {
  return typeof provider === "string" ? provider : "exists";
}

function roleComment(role: PlannedRole | undefined): string[] {
  const { lines = [], access } = role?.plan ?? {};
  const change = [
    `The first deployment changes this role${access === undefined ? "" : `: ${access}`}.`,
    ...lines.map((line) => `  ${line}`),
  ];
  const notes = role?.notes?.map((note) => `createServiceAccount: ${note}.`) ?? [];
  return [...(lines.length === 0 ? [] : change), ...notes];
}
