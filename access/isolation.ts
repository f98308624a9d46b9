import type { Cluster, Project, Role } from "../config/project";
import { oidcProviderArn } from "../iam/arn";
import { type Decision, trustPolicyEvaluator, type WebIdentityRequest, webIdentityContexts } from "../iam/evaluate";
import { globMatches, parseGlob } from "../iam/glob";
import { issuerHostPath } from "../iam/issuer";
import { members } from "../iam/policy-types";
import { principalMatches, webIdentity } from "../iam/principals";
import { ANY_SERVICE_ACCOUNT, STS_AUDIENCE, serviceAccountSubject } from "../iam/trust-policy";

/** A token that a trust policy treats differently from the declaration of its role. */
export interface Breach {
  readonly roleArn: string;
  /** The cluster that issued the token. */
  readonly cluster: string;
  readonly subject: string;
  readonly audience: string;
  /** `admitted`: the subject is not declared, and the policy admits it. `denied`: the reverse. */
  readonly outcome: "admitted" | "denied";
}

export interface IsolationProof {
  /** The number of tokens that were evaluated against trust policies. */
  readonly tokens: number;
  readonly breaches: readonly Breach[];
}

/** An audience of tokens that are not for STS. */
export const OTHER_AUDIENCE = "https://kubernetes.default.svc";

/**
 * Proves that the trust policy of each role admits the declared subjects only: evaluates the policy against the declared
 * subjects of all clusters and against similar subjects, with tokens of every cluster and with another audience.
 */
export function proveIsolation(project: Project): IsolationProof {
  const declared = new Set(
    project.clusters.flatMap(({ serviceAccounts }) =>
      serviceAccounts.map(({ namespace, name }) => serviceAccountSubject(namespace, name)),
    ),
  );
  let tokens = 0;
  const breaches: Breach[] = [];
  // A cluster can have a file for each account.
  const issuers = [...Map.groupBy(project.clusters, ({ oidc }) => oidc.issuer)].map(
    ([issuer, [cluster]]): Issuer => ({ cluster: cluster as Cluster, contextOf: webIdentityContexts(issuer) }),
  );
  for (const [own, role] of project.clusters.flatMap((cluster) =>
    cluster.roles.map((role) => [cluster, role] as const),
  )) {
    const evaluate = trustPolicyEvaluator(role.trustPolicy);
    for (const token of tokensFor(own, role, issuers, declared)) {
      tokens += 1;
      const expected = token.audience === STS_AUDIENCE && isDeclared(role, token);
      if (isAdmitted(evaluate, token) === expected) continue;
      const { from, subject, audience } = token;
      const outcome = expected ? "denied" : "admitted";
      breaches.push({ roleArn: role.arn, cluster: from.cluster.name, subject, audience, outcome });
    }
  }
  return { tokens, breaches };
}

interface Issuer {
  readonly cluster: Cluster;
  readonly contextOf: ReturnType<typeof webIdentityContexts>;
}

interface Provider extends Issuer {
  /** The provider with the issuer of the cluster in the account of the role, where STS looks for the provider. */
  readonly arn: string;
}

interface Token {
  readonly from: Provider;
  readonly subject: string;
  readonly audience: string;
}

function* tokensFor(
  { partition, accountId }: Cluster,
  role: Role,
  issuers: readonly Issuer[],
  declared: ReadonlySet<string>,
): Generator<Token> {
  const examples = role.trusts.flatMap(({ subjects }) => subjects.map(exampleSubject));
  const subjects = new Set(examples.flatMap(similarSubjects));
  for (const issuer of issuers) {
    const { issuer: url } = issuer.cluster.oidc;
    const from = { ...issuer, arn: oidcProviderArn(partition, accountId, url) };
    const trusted = role.trusts.some(({ providerArn }) => providerArn === from.arn);
    const all = trusted ? [...subjects, ...candidates(role, url, from.arn, declared)] : examples;
    for (const subject of new Set(all)) yield { from, subject, audience: STS_AUDIENCE };
    if (trusted) yield { from, subject: examples[0] as string, audience: OTHER_AUDIENCE };
  }
}

/**
 * Returns the subjects that the policy of a role names, and the declared ones that it can admit. A statement that compares
 * the subject with values admits only these values, so the other subjects need no evaluation. With any other condition,
 * every declared subject is evaluated.
 */
function candidates(role: Role, issuer: string, providerArn: string, declared: ReadonlySet<string>): string[] {
  const key = `${issuerHostPath(issuer)}:sub`.toLowerCase();
  const patterns = members(role.trustPolicy.Statement)
    .filter(({ Principal }) => Principal === undefined || principalMatches(Principal, webIdentity(providerArn)))
    .map(({ Effect, Condition = {} }) =>
      Object.entries(Effect === "Allow" ? Condition : {})
        .filter(([operator]) => operator === "StringEquals" || operator === "StringLike")
        .flatMap(([, keys]) => Object.entries(keys).filter(([name]) => name.toLowerCase() === key))
        .flatMap(([, values]) => members(values)),
    );
  if (patterns.some((values) => values.length === 0)) return [...declared];
  return patterns.flat().flatMap((pattern) => {
    if (!/[*?$]/.test(pattern)) return [pattern];
    const glob = parseGlob(pattern);
    // A wildcard can stand for a part of the declared subject: of two examples, one differs from the declared subject.
    const examples = ["1", "x"].map((character) => pattern.replaceAll(/[*?]/g, character));
    return [...examples, ...[...declared].filter((subject) => globMatches(glob, subject))];
  });
}

/** Returns a subject that a pattern admits. */
export function exampleSubject(subject: string): string {
  return subject.replaceAll("*", "1");
}

/** Returns subjects that a mistake in a policy can admit: similar names, other namespaces, and names with a colon. */
export function similarSubjects(subject: string): string[] {
  const [, , namespace = "", name = ""] = subject.split(":");
  const namespaces = [`${namespace}x`, `x${namespace}`, namespace.slice(0, -1), "kube-system"];
  const names = [`${name}x`, `x${name}`, name.slice(0, -1), name.toUpperCase()];
  return [
    subject,
    `${subject}:x`,
    ...namespaces.map((other) => serviceAccountSubject(other, name)),
    ...names.map((other) => serviceAccountSubject(namespace, other)),
  ];
}

function isDeclared({ trusts }: Role, { from, subject }: Token): boolean {
  return trusts.some((trust) => {
    if (trust.providerArn !== from.arn) return false;
    if (trust.match === "exact") return trust.subjects.includes(subject);
    return trust.subjects.some(
      (pattern) => pattern === ANY_SERVICE_ACCOUNT || globMatches(parseGlob(pattern), subject),
    );
  });
}

function isAdmitted(evaluate: (request: WebIdentityRequest) => Decision, { from, subject, audience }: Token): boolean {
  const context = from.contextOf({ aud: audience, sub: subject });
  return evaluate({ providerArn: from.arn, context }).outcome === "allow";
}
