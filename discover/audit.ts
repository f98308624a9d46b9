import { parseRoleArn } from "../iam/arn";
import { evaluateTrustPolicy, webIdentityContext } from "../iam/evaluate";
import { issuerHostPath } from "../iam/issuer";
import type { PolicyDocument } from "../iam/policy-types";
import { STS_AUDIENCE, serviceAccountSubject } from "../iam/trust-policy";
import { PolicyError } from "../iam/trust-policy-shape";
import { type FoundAccount, type FoundRole, type FoundServiceAccount, providerOf } from "./account";
import { type AuditFinding, finding, sortFindings } from "./findings";
import type { TranslatedRole } from "./translate";
import { trustedProviders } from "./trust";

export interface AuditInput {
  readonly account: FoundAccount;
  /** The name of the cluster's file, without `.yaml`. */
  readonly cluster: string;
  readonly roles: readonly TranslatedRole[];
  /** Undefined if the cluster could not be read. */
  readonly serviceAccounts: readonly FoundServiceAccount[] | undefined;
}

/** Returns what is broken, too wide or unused, in the order of the catalogue. */
export function audit(input: AuditInput): AuditFinding[] {
  return sortFindings([
    ...providerFindings(input),
    ...input.roles.flatMap((role) => roleFindings(input, role)),
    ...otherClusterFindings(input),
    ...(input.serviceAccounts ?? []).flatMap((account) => serviceAccountFindings(input, account)),
  ]);
}

function providerFindings({ account }: AuditInput): AuditFinding[] {
  const { arn, issuer } = providerOf(account.cluster);
  const { provider } = account;
  const findings: AuditFinding[] = [];
  if (provider === "missing") {
    const fix =
      "Set `provider: create` below `oidc` if Qovery does not manage the cluster; else ask Qovery to create the provider again.";
    findings.push(finding("provider-missing", `provider ${arn}`, `no OIDC provider exists for ${issuer}`, fix));
  } else if (provider !== "unknown" && !provider.clientIds.includes(STS_AUDIENCE)) {
    const accepted = provider.clientIds.join(", ") || "none";
    const fix = `Run \`aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${arn} --client-id ${STS_AUDIENCE}\`.`;
    findings.push(
      finding(
        "provider-audience",
        `provider ${arn}`,
        `the audiences are ${accepted}, and ${STS_AUDIENCE} is missing`,
        fix,
      ),
    );
  }
  const dualStack = dualStackOf(arn);
  for (const other of account.providerArns.filter((candidate) => dualStack.test(candidate))) {
    const trusting = account.roles.filter(({ trustPolicy }) => trustedProviders(trustPolicy).includes(other));
    const used = trusting.map(({ name }) => name).join(", ") || "no role";
    const fix = `Declare these roles in the cluster's file, so that they trust ${arn}; then delete the provider.`;
    findings.push(
      finding("dual-stack-provider", `provider ${other}`, `tokens never contain its URL; trusted by: ${used}`, fix),
    );
  }
  return findings;
}

/** Matches the dual-stack providers of a cluster, which have the cluster's ID in their URL. */
function dualStackOf(arn: string): RegExp {
  const id = /\/id\/([0-9A-Z]+)$/.exec(arn)?.[1];
  return id === undefined ? /^(?!)/ : new RegExp(`:oidc-provider/oidc-eks\\.[^/]+/id/${id}$`, "i");
}

function roleFindings({ account, cluster, serviceAccounts }: AuditInput, { found, trust, reason }: TranslatedRole) {
  const key = (claim: string) => `${issuerHostPath(account.cluster.issuer)}:${claim}`;
  const about = `role ${found.name}`;
  const file = `clusters/${cluster}.yaml`;
  const users = serviceAccounts?.filter(({ roleArn }) => roleArn === found.arn);
  const findings: AuditFinding[] = [];
  const correct = (byHand: string) =>
    reason === undefined ? `Adopt the role with ${file}: the first deployment corrects the trust policy.` : byHand;
  if (trust.flaws.has("wildcard-in-string-equals")) {
    const why = `StringEquals compares ${trust.written.join(", ")} as plain text`;
    findings.push(finding("wildcard-in-string-equals", about, why, correct("Name each subject in the trust policy.")));
  }
  if (trust.flaws.has("arn-condition-key")) {
    const why = "a condition key begins with the provider's ARN, and tokens have only the key with the issuer's host";
    const fix = correct(`Write the keys as ${key("sub")} and ${key("aud")}.`);
    findings.push(finding("arn-condition-key", about, why, fix));
  }
  if (trust.flaws.has("missing-audience")) {
    const why = "tokens for other audiences of the provider can assume the role too";
    const fix = correct(`Add the condition StringEquals ${key("aud")} = ${STS_AUDIENCE} to the trust policy.`);
    findings.push(finding("missing-audience", about, why, fix));
  }
  if (trust.admitted?.scope === "any-service-account") {
    const why = `every pod of the cluster can assume the role; ${usage(users)}`;
    findings.push(finding("any-subject", about, why, narrowing(file, users ?? [])));
  }
  const stack = found.tags.get("aws:cloudformation:stack-name");
  if (stack !== undefined) {
    const fix = `Before you adopt the role, give it up in the stack ${stack}: set DeletionPolicy Retain, and delete the role from the template.`;
    findings.push(finding("managed-by-cloudformation", about, `the stack ${stack} manages the role`, fix));
  }
  if (users?.length === 0) {
    const fix = "If no other workload uses the role (`aws iam get-role`, RoleLastUsed), delete the role.";
    findings.push(finding("unused-role", about, `no service account of the cluster names ${found.arn}`, fix));
  }
  return findings;
}

function usage(users: readonly FoundServiceAccount[] | undefined): string {
  if (!users) return "the service accounts that use it are not known";
  if (users.length === 0) return "no service account uses it";
  return `used by ${users.map(({ namespace, name }) => `${namespace}/${name}`).join(", ")}`;
}

function narrowing(file: string, users: readonly FoundServiceAccount[]): string {
  const [user] = users;
  if (user && users.length === 1) {
    return `In ${file}, replace \`scope\` by \`namespace: ${user.namespace}\` and \`serviceAccount: ${user.name}\`.`;
  }
  return `In ${file}, replace \`scope\` by the \`namespace\` and the \`serviceAccount\` that need the role.`;
}

function otherClusterFindings({ account }: AuditInput): AuditFinding[] {
  const { arn } = providerOf(account.cluster);
  return account.roles.flatMap(({ name, trustPolicy }) => {
    const providers = trustedProviders(trustPolicy);
    const others = providers.filter((provider) => /:oidc-provider\/oidc[.-]eks\./.test(provider));
    if (providers.includes(arn) || others.length === 0) return [];
    const fix = "Run discover for that cluster. If the cluster no longer exists, delete the role.";
    return [finding("other-cluster", `role ${name}`, `trusts ${others.join(", ")}`, fix)];
  });
}

function serviceAccountFindings({ account, cluster }: AuditInput, { namespace, name, roleArn }: FoundServiceAccount) {
  if (roleArn === undefined) return [];
  const about = `service account ${namespace}/${name}`;
  const arn = parseRoleArn(roleArn);
  const remove = `\`kubectl annotate serviceaccount ${name} --namespace ${namespace} eks.amazonaws.com/role-arn-\``;
  if (!arn) {
    const fix = `Set the annotation to the ARN of a role, or remove it: ${remove}.`;
    return [finding("role-missing", about, `its annotation ${JSON.stringify(roleArn)} is not the ARN of a role`, fix)];
  }
  // Roles of another account are not known.
  if (arn.accountId !== account.cluster.accountId) return [];
  const role = account.roles.find((candidate) => candidate.arn === roleArn);
  if (!role) {
    const fix = `Declare the role in clusters/${cluster}.yaml, correct the annotation, or remove it: ${remove}.`;
    return [finding("role-missing", about, `the role ${roleArn} does not exist`, fix)];
  }
  const subject = serviceAccountSubject(namespace, name);
  if (admits(role, account, subject)) return [];
  const other = account.trusting.find((candidate) => admits(candidate, account, subject));
  const fix = other
    ? `Set the annotation to ${other.arn}, which admits the service account, or remove it: ${remove}.`
    : `Use a service account that the role admits, or remove the annotation: ${remove}.`;
  return [finding("service-account-denied", about, `the trust policy of ${roleArn} does not admit it`, fix)];
}

function admits({ trustPolicy }: FoundRole, { cluster }: FoundAccount, subject: string): boolean {
  const { arn, issuer } = providerOf(cluster);
  const context = webIdentityContext(issuer, { aud: STS_AUDIENCE, sub: subject });
  try {
    return evaluateTrustPolicy(trustPolicy as PolicyDocument, { providerArn: arn, context }).outcome === "allow";
  } catch (error) {
    // IAM has no role with such a policy.
    if (error instanceof PolicyError) return false;
    throw error;
  }
}
