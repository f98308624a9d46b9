import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { Construct } from "constructs";
import type { Role } from "../config/project";
import { literal, literals } from "./literal";

export interface ServiceAccountRoleProps {
  readonly role: Role;
}

/**
 * A role with its managed and inline policies. Construct ids derive from names only, so a change to one role or policy
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
    });
    if (role.import) iamRole.importFrom(role.name);
    for (const policyArn of role.managedPolicies) {
      // cdktf replaces "/" in an id with "--", which an ARN can contain. No ARN contains a space.
      new IamRolePolicyAttachment(this, policyArn.replaceAll("/", " "), {
        role: iamRole.name,
        policyArn: literal(policyArn),
      });
    }
    for (const { name, document } of role.inlinePolicies) {
      new IamRolePolicy(this, `inline ${name}`, {
        role: iamRole.name,
        name,
        policy: literal(JSON.stringify(document)),
      });
    }
  }
}
