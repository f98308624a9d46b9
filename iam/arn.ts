import type { Partition } from "./partition";

/** `arn:partition:service:region:account:resource`. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  readonly resource: string;
}

/** Returns the parts of an ARN, or undefined if the value is not an ARN. */
export function parseArn(arn: string): Arn | undefined {
  const match = /^arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|aws|):([^\s"']+)$/.exec(arn);
  if (!match) return undefined;
  const [, partition, service, region, accountId, resource] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return { partition, service, region, accountId, resource };
}

export interface RoleArn {
  readonly partition: string;
  readonly accountId: string;
  /** Begins and ends with "/". */
  readonly path: string;
  readonly name: string;
}

/** Returns the parts of an IAM role's ARN, or undefined if the value is not one. */
export function parseRoleArn(arn: string): RoleArn | undefined {
  const parsed = parseArn(arn);
  if (parsed?.service !== "iam" || parsed.region !== "" || parsed.accountId.length !== 12) return undefined;
  const match = /^role(\/(?:[!-~]+\/)?)([\w+=,.@-]{1,64})$/.exec(parsed.resource);
  if (!match) return undefined;
  const [, path, name] = match as unknown as [string, string, string];
  return { partition: parsed.partition, accountId: parsed.accountId, path, name };
}

/** Returns the parts of a managed policy's ARN, or undefined if the value is not one. The account of AWS is `aws`. */
export function parsePolicyArn(arn: string): Arn | undefined {
  const parsed = parseArn(arn);
  if (parsed?.service !== "iam" || parsed.region !== "" || parsed.accountId === "") return undefined;
  return /^policy\/(?:[!-~]+\/)?[\w+=,.@-]{1,128}$/.test(parsed.resource) ? parsed : undefined;
}

/**
 * Returns the ARN of a role.
 * @param path the role's IAM path, such as "/" or "/team/"
 */
export function roleArn(partition: Partition, accountId: string, path: string, name: string): string {
  return `arn:${partition}:iam::${accountId}:role${path}${name}`;
}

/** Returns the ARN of an EKS cluster. */
export function eksClusterArn(partition: Partition, region: string, accountId: string, name: string): string {
  return `arn:${partition}:eks:${region}:${accountId}:cluster/${name}`;
}

/**
 * Returns the ARN of an IAM OIDC provider, which contains the issuer's URL without its scheme.
 * @param issuer the issuer's URL, with `https://`
 */
export function oidcProviderArn(partition: Partition, accountId: string, issuer: string): string {
  return `arn:${partition}:iam::${accountId}:oidc-provider/${issuer.replace(/^https:\/\//, "")}`;
}
