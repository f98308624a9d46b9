import { probeOf } from "../config/probes";
import type { Cluster, Project, Role } from "../config/project";
import { globMatches, parseGlob } from "../iam/glob";
import type { PolicyDocument } from "../iam/policy-types";
import { serviceAccountSubject, trustPolicy } from "../iam/trust-policy";
import type { LocalAws } from "./aws";
import { type Proof, ProofFailed } from "./prove";
import type { AnnotatedServiceAccount } from "./service-accounts";
import type { SimulatedPod } from "./simulated-pod";

/** Returns a proof of access for each declared service account, in its cluster and in each cluster that its role trusts. */
export function accessProofs(project: Project, aws: LocalAws, accounts: readonly AnnotatedServiceAccount[]): Proof[] {
  const named = (name: string) => project.clusters.find((candidate) => candidate.name === name) as Cluster;
  return accounts.flatMap(({ cluster: own, namespace, name: serviceAccount, roleArn }) => {
    const role = named(own).roles.find((candidate) => candidate.arn === roleArn) as Role;
    const trusted = [...new Set(role.trusts.map(({ cluster }) => cluster))].map(named);
    return trusted.map((cluster) => ({
      title: `${cluster.name} ${namespace}/${serviceAccount}${cluster.name === own ? "" : ` (role ${role.name} of ${own})`}`,
      pod: podOf(aws, cluster, { namespace, serviceAccount, roleArn }),
      flags: ["--role-arn", roleArn, "--issuer", cluster.oidc.issuer, "--probe", probeOf(role)],
    }));
  });
}

/**
 * Returns a proof of isolation for each neighbour of a role: a different service account, namespace or cluster. Each
 * neighbour has the role's annotation, since everyone who can create a service account can set it.
 */
export function neighbourProofs(project: Project, aws: LocalAws): Proof[] {
  return project.clusters.flatMap((cluster) =>
    cluster.roles.flatMap((role) =>
      neighbours(project, cluster, role).map((neighbour) => denied(aws, role, neighbour)),
    ),
  );
}

interface Neighbour {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly serviceAccount: string;
}

function neighbours(project: Project, cluster: Cluster, role: Role): Neighbour[] {
  if (role.scope === "any-service-account") return [];
  // STS denies a token of an issuer without a provider in the role's account before it reads the trust policy.
  const elsewhere = project.clusters.find(
    ({ accountId, oidc }) =>
      accountId === cluster.accountId && !role.trusts.some(({ issuer }) => issuer === oidc.issuer),
  );
  const own = cluster.serviceAccounts.filter((account) => account.roleArn === role.arn);
  const isNeighbour = (neighbour: Neighbour) => !isTrusted(role, neighbour);
  return own.flatMap(({ namespace, name }) => {
    const inOtherNamespace = [`${namespace.slice(0, 55)}-preview`, "kube-system"]
      .map((other) => ({ cluster, namespace: other, serviceAccount: name }))
      .filter(isNeighbour)
      .slice(0, 1);
    return [
      ...[{ cluster, namespace, serviceAccount: `${name}-next-door` }].filter(isNeighbour),
      ...inOtherNamespace,
      ...(elsewhere ? [{ cluster: elsewhere, namespace, serviceAccount: name }] : []),
    ];
  });
}

function isTrusted({ trusts }: Role, { cluster, namespace, serviceAccount }: Neighbour): boolean {
  const subject = serviceAccountSubject(namespace, serviceAccount);
  return trusts.some(
    (trust) =>
      trust.issuer === cluster.oidc.issuer &&
      trust.subjects.some((trusted) =>
        trust.match === "exact" ? trusted === subject : globMatches(parseGlob(trusted), subject),
      ),
  );
}

function denied(aws: LocalAws, role: Role, { cluster, namespace, serviceAccount }: Neighbour): Proof {
  return {
    title: `${cluster.name} ${namespace}/${serviceAccount} cannot assume ${role.name}`,
    pod: podOf(aws, cluster, { namespace, serviceAccount, roleArn: role.arn }),
    flags: ["--expect", "denied", "--allow-endpoint", "--role-arn", role.arn],
  };
}

function podOf(
  aws: LocalAws,
  cluster: Cluster,
  identity: { namespace: string; serviceAccount: string; roleArn: string },
): SimulatedPod {
  return {
    ...identity,
    region: cluster.region,
    endpoint: aws.endpoint,
    token: async () => aws.token(cluster.name, identity),
  };
}

/** A mistake that the tutorial makes easy, and the proof that the verifier names it. */
export interface Mistake {
  readonly title: string;
  /** A trust policy that was written by hand. @default - the declared one */
  readonly trust?: PolicyDocument;
  readonly proof: Proof;
}

/** Returns the three typical mistakes of the tutorial, for the first environment-scoped role with verification. */
export function mistakes(
  project: Project,
  aws: LocalAws,
): { readonly role: Role; readonly mistakes: readonly Mistake[] } {
  for (const cluster of project.clusters) {
    // The demo of Qovery breaks the trust policy of this role, and a proof must notice that.
    const role = cluster.roles.find(({ scope, verify }) => scope === "environment" && verify);
    const account = cluster.serviceAccounts.find((candidate) => candidate.roleArn === role?.arn);
    if (!role || !account) continue;
    const pod = podOf(aws, cluster, { namespace: account.namespace, serviceAccount: account.name, roleArn: role.arn });
    const trusting = (namespace: string) =>
      trustPolicy([
        {
          providerArn: cluster.oidc.arn,
          issuer: cluster.oidc.issuer,
          subjects: [serviceAccountSubject(namespace, account.name)],
          match: "exact",
        },
      ]);
    const proof = (code: string, from: SimulatedPod): Proof => ({ title: code, pod: from, flags: [], code });
    return {
      role,
      mistakes: [
        {
          title: "the trust policy names another namespace",
          trust: trusting("z00000000-other"),
          proof: proof("QV301", pod),
        },
        { title: "`*` under StringEquals", trust: trusting("z*"), proof: proof("QV301", pod) },
        {
          title: "AWS_ROLE_ARN set by hand on the service",
          proof: proof("QV102", { ...pod, variables: { AWS_ROLE_ARN: role.arn } }),
        },
      ],
    };
  }
  throw new ProofFailed(
    "the configuration declares no role with scope: environment, a service account and verification, which the demo of mistakes requires",
  );
}
