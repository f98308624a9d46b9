import type { Cluster, Project, Role } from "../config/project";
import { type Decision, trustPolicyEvaluator, type WebIdentityRequest, webIdentityContext } from "../iam/evaluate";
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
const OTHER_AUDIENCE = "https://kubernetes.default.svc";

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
  for (const role of project.clusters.flatMap(({ roles }) => roles)) {
    const evaluate = trustPolicyEvaluator(role.trustPolicy);
    for (const token of tokensFor(role, project.clusters, declared)) {
      tokens += 1;
      const expected = token.audience === STS_AUDIENCE && isDeclared(role, token);
      if (isAdmitted(evaluate, token) === expected) continue;
      const { cluster, subject, audience } = token;
      const outcome = expected ? "denied" : "admitted";
      breaches.push({ roleArn: role.arn, cluster: cluster.name, subject, audience, outcome });
    }
  }
  return { tokens, breaches };
}

interface Token {
  readonly cluster: Cluster;
  readonly subject: string;
  readonly audience: string;
}

function* tokensFor(role: Role, clusters: readonly Cluster[], declared: ReadonlySet<string>): Generator<Token> {
  const examples = role.trusts.flatMap(({ subjects }) => subjects.map(example));
  const subjects = new Set(examples.flatMap(similarSubjects));
  for (const cluster of clusters) {
    const trusted = role.trusts.some(({ providerArn }) => providerArn === cluster.oidc.arn);
    const all = trusted ? [...subjects, ...candidates(role, cluster, declared)] : examples;
    for (const subject of new Set(all)) yield { cluster, subject, audience: STS_AUDIENCE };
    if (trusted) yield { cluster, subject: examples[0] as string, audience: OTHER_AUDIENCE };
  }
}

/**
 * Returns the declared subjects that the policy of a role can admit. A statement that compares the subject with values
 * admits only these values, so the other subjects need no evaluation. With any other condition, every subject is
 * evaluated.
 */
function candidates(role: Role, { oidc }: Cluster, declared: ReadonlySet<string>): string[] {
  const key = `${issuerHostPath(oidc.issuer)}:sub`.toLowerCase();
  const patterns = members(role.trustPolicy.Statement)
    .filter(({ Principal }) => Principal === undefined || principalMatches(Principal, webIdentity(oidc.arn)))
    .map(({ Effect, Condition = {} }) =>
      Object.entries(Effect === "Allow" ? Condition : {})
        .filter(([operator]) => operator === "StringEquals" || operator === "StringLike")
        .flatMap(([, keys]) => Object.entries(keys).filter(([name]) => name.toLowerCase() === key))
        .flatMap(([, values]) => members(values)),
    );
  if (patterns.some((values) => values.length === 0)) return [...declared];
  return patterns.flat().flatMap((pattern) => {
    if (!/[*?$]/.test(pattern)) return declared.has(pattern) ? [pattern] : [];
    const glob = parseGlob(pattern);
    return [...declared].filter((subject) => globMatches(glob, subject));
  });
}

/** Returns a subject that a pattern admits. */
function example(subject: string): string {
  return subject.replaceAll("*", "1");
}

/** Returns subjects that a mistake in a policy can admit: similar names, other namespaces, and names with a colon. */
function similarSubjects(subject: string): string[] {
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

function isDeclared({ trusts }: Role, { cluster, subject }: Token): boolean {
  return trusts.some((trust) => {
    if (trust.providerArn !== cluster.oidc.arn) return false;
    if (trust.match === "exact") return trust.subjects.includes(subject);
    return trust.subjects.some(
      (pattern) => pattern === ANY_SERVICE_ACCOUNT || globMatches(parseGlob(pattern), subject),
    );
  });
}

function isAdmitted(
  evaluate: (request: WebIdentityRequest) => Decision,
  { cluster, subject, audience }: Token,
): boolean {
  const context = webIdentityContext(cluster.oidc.issuer, { aud: audience, sub: subject });
  return evaluate({ providerArn: cluster.oidc.arn, context }).outcome === "allow";
}
