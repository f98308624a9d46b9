import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import type { Role } from "../config/project";
import { clientConfig, type LocalAws } from "./aws";

type RoleToCreate = Pick<Role, "name" | "path" | "trustPolicy" | "managedPolicies" | "inlinePolicies">;

/** Makes roles in the embedded AWS without Terraform, for what needs a role and not its deployment. */
export async function createRoles(aws: LocalAws, roles: readonly RoleToCreate[]): Promise<void> {
  const iam = new IAMClient(clientConfig(aws.environment));
  try {
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
  } finally {
    iam.destroy();
  }
}
