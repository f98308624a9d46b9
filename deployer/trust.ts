import { GITHUB_ISSUER } from "../config/bootstrap-schema";
import type { Bootstrap, GithubTrust, HcpTrust } from "../config/project";
import { oidcProviderArn } from "../iam/arn";
import { issuerHostPath } from "../iam/issuer";
import type { OneOrMany, PolicyDocument, Statement } from "../iam/policy-types";
import { TRUST_POLICY_SIZE } from "../iam/quotas";
import { STS_AUDIENCE } from "../iam/trust-policy";
import type { DeployerRole } from "./iam-permissions";

/** The OIDC provider of a service that runs Terraform. */
export interface RunnerProvider {
  readonly issuer: string;
  readonly audience: string;
  readonly arn: string;
  readonly provider: "create" | "existing";
}

/** Returns the OIDC providers that the roles trust. */
export function runnerProviders(bootstrap: Bootstrap): RunnerProvider[] {
  const { github, hcp } = bootstrap;
  return [...(github ? [githubProvider(bootstrap, github)] : []), ...(hcp ? [hcpProvider(bootstrap, hcp)] : [])];
}

function githubProvider({ partition, accountId }: Bootstrap, { provider }: GithubTrust): RunnerProvider {
  const arn = oidcProviderArn(partition, accountId, GITHUB_ISSUER);
  return { issuer: GITHUB_ISSUER, audience: STS_AUDIENCE, arn, provider };
}

function hcpProvider({ partition, accountId }: Bootstrap, { hostname, provider }: HcpTrust): RunnerProvider {
  const issuer = `https://${hostname}`;
  return { issuer, audience: "aws.workload.identity", arn: oidcProviderArn(partition, accountId, issuer), provider };
}

/**
 * Returns the trust policy of the plan role or the apply role: the subject of a token names what runs.
 * Sources: https://docs.github.com/actions/reference/security/oidc#example-subject-claims and
 * https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration
 * @param stacks names of the stacks whose workspaces need AWS credentials
 */
export function deployerTrust(bootstrap: Bootstrap, role: DeployerRole, stacks: readonly string[]): PolicyDocument {
  const { github, hcp } = bootstrap;
  const workflows = github
    ? [statement(githubProvider(bootstrap, github), "StringEquals", githubSubjects(github, role))]
    : [];
  if (!hcp) return document(workflows);
  const runs = (operator: "StringEquals" | "StringLike", names: readonly string[]) =>
    statement(hcpProvider(bootstrap, hcp), operator, hcpSubjects(hcp, role, names));
  const exact = document([...workflows, runs("StringEquals", stacks)]);
  // Without a prefix, a pattern would match every workspace of the project: IAM then refuses the policy for its size.
  return hcp.workspacePrefix === "" || JSON.stringify(exact).length <= TRUST_POLICY_SIZE
    ? exact
    : document([...workflows, runs("StringLike", ["*"])]);
}

function document(Statement: readonly Statement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement };
}

function statement(
  { issuer, audience, arn }: RunnerProvider,
  operator: "StringEquals" | "StringLike",
  subjects: OneOrMany,
): Statement {
  const host = issuerHostPath(issuer);
  const [aud, sub] = [{ [`${host}:aud`]: audience }, { [`${host}:sub`]: subjects }];
  return {
    Effect: "Allow",
    Principal: { Federated: arn },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition:
      operator === "StringEquals" ? { StringEquals: { ...aud, ...sub } } : { StringEquals: aud, StringLike: sub },
  };
}

/** The nightly plan runs on the branch `main`. */
function githubSubjects({ repository, environment }: GithubTrust, role: DeployerRole): string[] {
  const runs = role === "plan" ? ["pull_request", "ref:refs/heads/main"] : [`environment:${environment}`];
  return runs.map((run) => `repo:${repository}:${run}`);
}

function hcpSubjects(hcp: HcpTrust, role: DeployerRole, stacks: readonly string[]): string[] {
  const { organization, project, workspacePrefix } = hcp;
  const owner = `organization:${organization}:project:${project}`;
  return stacks.map((stack) => `${owner}:workspace:${workspacePrefix}${stack}:run_phase:${role}`);
}
