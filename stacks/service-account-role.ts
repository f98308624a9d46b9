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
 * A role, its managed policies and its inline policies. The ids come from the names alone, so another role or another
 * policy changes nothing here ("Resource" is left out of Terraform names, and the prefix keeps a role named like a
 * property of Object, such as valueOf, apart from it). cdktf adds a hash of the whole path to a nested construct's Terraform name, so names that
 * differ in "+=,.@" only stay apart.
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
      // cdktf writes "/" in an id as "--", which an ARN may hold too; a space is in none.
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
