import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { Role } from "../config/project";
import type { PolicyDocument } from "../iam/policy-types";
import { withIam } from "./administrator";
import type { LocalAws } from "./aws";

type RoleToCreate = Pick<Role, "name" | "path" | "trustPolicy" | "managedPolicies" | "inlinePolicies">;

/** Creates roles in the embedded AWS without Terraform, for work that needs a role and not its deployment. */
export async function createRoles(aws: LocalAws, roles: readonly RoleToCreate[]): Promise<void> {
  await withIam(aws, async (iam) => {
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
  });
}

/** Replaces the trust policy of a role in the embedded AWS. */
export async function updateTrustPolicy(aws: LocalAws, role: string, policy: PolicyDocument): Promise<void> {
  const PolicyDocument = JSON.stringify(policy);
  await withIam(aws, (iam) => iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: role, PolicyDocument })));
}
