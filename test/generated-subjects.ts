import fc from "fast-check";
import { cluster, IRSA, ISSUER, loadUnchecked, OTHER_ISSUER } from "./config/files";

// Generated roles with every key that determines who can assume a role, and tokens that nearly belong to one. Which token
// a role admits is derived from the declaration only, and not from the project, so that the code under test has no say.

export const GITHUB = "https://token.actions.githubusercontent.com";

export interface Declaration {
  readonly name: string;
  readonly namespaces: readonly string[];
  readonly accounts: readonly string[];
  /** How the namespaces begin, with scope: cluster. */
  readonly beginning: string | undefined;
  readonly isCreated: boolean;
  /** The subject of GitHub in additionalTrust. */
  readonly workflow: string | undefined;
}

export interface Token {
  readonly issuer: string;
  readonly namespace: string;
  readonly account: string;
  readonly aud: string | readonly string[];
}

const WORKFLOW = "repo:acme/app:ref:refs/heads/main";

const declaration = fc.record({
  namespaces: fc.subarray(["z1-app", "z1-app-x", "z1-ap", "xz1-app", "kube-system"], { minLength: 1 }),
  variants: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
  beginning: fc.option(fc.constantFrom("z", "z1-app", "preview-", "")),
  isCreated: fc.boolean(),
  workflow: fc.option(fc.constant(WORKFLOW)),
});

/** The names of a role's service accounts differ a little, and each role has others. */
const similarNames = (index: number) => [`app${index}`, `app${index}-x`, `x-app${index}`, `app${index}.v`];

/** Returns an arbitrary of as many roles. */
export function declarations(count: number): fc.Arbitrary<Declaration[]> {
  return fc.array(declaration, { minLength: count, maxLength: count }).map((all) =>
    all.map(({ namespaces, variants, beginning, isCreated, workflow }, index) => ({
      name: `role-${index}`,
      namespaces: beginning === null ? namespaces : [`${beginning}1`],
      accounts: variants.map((variant) => similarNames(index)[variant] as string),
      beginning: beginning ?? undefined,
      isCreated,
      workflow: workflow ?? undefined,
    })),
  );
}

/** Returns a token that a role admits, or a similar one. */
export function tokenNear({ name, namespaces, accounts, beginning = "" }: Declaration): fc.Arbitrary<Token> {
  const [namespace = "", account = ""] = [namespaces[0], accounts[0]];
  return fc.record({
    issuer: fc.constantFrom(ISSUER, ISSUER, ISSUER, ISSUER, OTHER_ISSUER, GITHUB),
    namespace: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...namespaces) },
      fc.constantFrom(
        ...["z1-app", "z1-app-x", "z1-ap", "xz1-app", "kube-system", "", "*", "z*", "?1-app"],
        ...[beginning, beginning.slice(0, -1), `${beginning}1`, `${beginning}*`, `x${beginning}`],
        ...[namespace.toUpperCase(), `${namespace} `, `${namespace}x`],
      ),
    ),
    account: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...accounts) },
      fc.constantFrom(
        ...similarNames(Number(name.slice("role-".length))),
        ...[name, "default", "", "*", account.toUpperCase(), account.slice(0, -1), `${account}1`],
      ),
    ),
    aud: fc.constantFrom<Token["aud"]>(
      ...["sts.amazonaws.com", "sts.amazonaws.com", "sts.amazonaws.com", "x", "sts.amazonaws.com.cn"],
      ["x", "sts.amazonaws.com"],
    ),
  });
}

/** Returns whether the declaration of a role admits the service account of a token. */
export function isDeclared({ namespaces, accounts, beginning }: Declaration, token: Token): boolean {
  if (token.issuer !== ISSUER || ![token.aud].flat().includes("sts.amazonaws.com")) return false;
  const inNamespace =
    beginning === undefined ? namespaces.includes(token.namespace) : token.namespace.startsWith(beginning);
  return inNamespace && accounts.includes(token.account);
}

/** Loads the roles of the cluster `one`, beside the cluster `two` without roles. */
export function projectOf(all: readonly Declaration[]) {
  const { project, problems } = loadUnchecked({
    "irsa.yaml": IRSA,
    "clusters/one.yaml": cluster(all.map(yaml).join("")),
    "clusters/two.yaml": cluster("  {}\n", { issuer: OTHER_ISSUER }),
  });
  if (!project) throw new Error(JSON.stringify(problems));
  return project;
}

function yaml({ name, namespaces, accounts, beginning, isCreated, workflow }: Declaration): string {
  const [one = "", ...more] = accounts;
  const [namespace = "", ...others] = namespaces;
  const lines = [
    more.length === 0 ? `serviceAccount: ${one}` : `serviceAccounts: [${accounts.join(", ")}]`,
    beginning === undefined && others.length === 0
      ? `namespace: ${namespace}`
      : `namespaces: [${namespaces.map((text) => JSON.stringify(text)).join(", ")}]`,
    ...(beginning === undefined ? [] : ["scope: cluster", `namespacePattern: "${beginning}*"`]),
    ...(isCreated ? [] : ["createServiceAccount: false"]),
    ...(workflow === undefined ? [] : [`additionalTrust: [${additionalTrust(workflow)}]`]),
  ];
  return [`  ${name}:`, ...lines.map((line) => `    ${line}`), ""].join("\n");
}

function additionalTrust(workflow: string): string {
  const host = GITHUB.slice("https://".length);
  return JSON.stringify({
    principals: { Federated: [`arn:aws:iam::123456789012:oidc-provider/${host}`] },
    actions: ["sts:AssumeRoleWithWebIdentity"],
    conditions: { StringEquals: { [`${host}:aud`]: "sts.amazonaws.com", [`${host}:sub`]: workflow } },
  });
}
