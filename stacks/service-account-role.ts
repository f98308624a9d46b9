import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePoliciesExclusive } from "@cdktf/provider-aws/lib/iam-role-policies-exclusive";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { IamRolePolicyAttachmentsExclusive } from "@cdktf/provider-aws/lib/iam-role-policy-attachments-exclusive";
import { Construct } from "constructs";
import type { Role } from "../config/project";
import { ImportBlock } from "./import-block";
import { literal, literals } from "./literal";

export interface ServiceAccountRoleProps {
  readonly role: Role;
}

/**
 * A role with its managed and inline policies. Unless `exclusivePolicies` is false, Terraform removes other policies of
 * the role, so that the access matrix is complete. Construct ids derive from names only, so a change to one role or policy
 * does not move another one in the state. cdktf adds a hash of the path to a nested construct's Terraform name, which
 * keeps names apart that differ in "+=,.@" only. cdktf leaves the id "Resource" out of Terraform names.
 */
export class ServiceAccountRole extends Construct {
  constructor(scope: Construct, id: string, { role }: ServiceAccountRoleProps) {
    super(scope, id);
    const iamRole = new IamRole(this, "Resource", {
      name: role.name,
      path: literal(role.path),
      ...(role.description === undefined ? {} : { description: literal(role.description) }),
      ...(role.permissionsBoundary === undefined ? {} : { permissionsBoundary: literal(role.permissionsBoundary) }),
      ...(role.maxSessionDuration === undefined ? {} : { maxSessionDuration: role.maxSessionDuration }),
      assumeRolePolicy: literal(JSON.stringify(role.trustPolicy)),
      tags: literals(role.tags),
      // A changed path replaces the role, and services lose access between deletion and creation.
      ...(role.deletionProtection ? { lifecycle: { preventDestroy: true } } : {}),
    });
    if (role.import) new ImportBlock(iamRole, role.name);
    const attachments = role.managedPolicies.map((policyArn) => {
      // cdktf replaces "/" in an id with "--", which an ARN can contain. No ARN contains a space.
      const attachment = new IamRolePolicyAttachment(this, policyArn.replaceAll("/", " "), {
        role: iamRole.name,
        policyArn: literal(policyArn),
      });
      if (role.importPolicies.includes(policyArn)) new ImportBlock(attachment, literal(`${role.name}/${policyArn}`));
      return attachment;
    });
    const inlinePolicies = role.inlinePolicies.map(({ name, document }) => {
      const policy = new IamRolePolicy(this, `inline ${name}`, {
        role: iamRole.name,
        name,
        policy: literal(JSON.stringify(document)),
      });
      if (role.importInlinePolicies.includes(name)) new ImportBlock(policy, `${role.name}:${name}`);
      return policy;
    });
    if (!role.exclusivePolicies) return;
    const exclusive = [
      new IamRolePolicyAttachmentsExclusive(this, "exclusive managed policies", {
        roleName: iamRole.name,
        policyArns: attachments.map(({ policyArn }) => policyArn),
      }),
      new IamRolePoliciesExclusive(this, "exclusive inline policies", {
        roleName: iamRole.name,
        policyNames: inlinePolicies.map(({ name }) => name),
      }),
    ];
    // Without these imports, the first plan would not show which other policies of the role it removes.
    if (role.import) for (const policies of exclusive) new ImportBlock(policies, role.name);
  }
}
