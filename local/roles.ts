import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  type IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { Role } from "../config/project";
import { parseRoleArn } from "../iam/arn";
import type { PolicyDocument } from "../iam/policy-types";
import { withIam } from "./administrator";
import type { LocalAws } from "./aws";

type RoleToCreate = Pick<Role, "name" | "path" | "trustPolicy" | "managedPolicies" | "inlinePolicies">;

/**
 * Creates roles in the embedded AWS without Terraform, for work that needs a role and not its deployment.
 * @param environment the administrator that creates the roles @default - of the first account
 */
export async function createRoles(
  aws: LocalAws,
  roles: readonly RoleToCreate[],
  environment = aws.environment,
): Promise<void> {
  const create = async (iam: IAMClient) => {
    for (const { name, path, trustPolicy, managedPolicies, inlinePolicies } of roles) {
      const trust = JSON.stringify(trustPolicy);
      await iam.send(new CreateRoleCommand({ RoleName: name, Path: path, AssumeRolePolicyDocument: trust }));
      for (const arn of managedPolicies) {
        await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: arn }));
      }
      for (const policy of inlinePolicies) {
        const document = JSON.stringify(policy.document);
        await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: policy.name, PolicyDocument: document }));
      }
    }
  };
  await withIam(aws, create, environment);
}

/** Replaces the trust policy of a role in the embedded AWS. */
export async function updateTrustPolicy(
  aws: LocalAws,
  { name, arn }: Pick<Role, "name" | "arn">,
  policy: PolicyDocument,
): Promise<void> {
  const update = new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument: JSON.stringify(policy) });
  await withIam(aws, (iam) => iam.send(update), aws.environmentOf(parseRoleArn(arn)?.accountId ?? ""));
}

/** Runs work while a role of the embedded AWS has another trust policy. */
export async function withTrustPolicy<T>(
  aws: LocalAws,
  role: Pick<Role, "name" | "arn" | "trustPolicy">,
  policy: PolicyDocument,
  work: () => Promise<T>,
): Promise<T> {
  await updateTrustPolicy(aws, role, policy);
  try {
    return await work();
  } finally {
    await updateTrustPolicy(aws, role, role.trustPolicy);
  }
}
