import type { OidcProvider, Role } from "../config/project";
import { exact, type Permission, permissionsFor } from "./permissions";

// The calls of IAM with which the AWS provider reads and changes the `<cluster>-iam` stacks. A test records the calls.

export type DeployerRole = "plan" | "apply";

const READ_ROLE = {
  "iam:GetRole": "reads the role",
  "iam:ListAttachedRolePolicies": "lists the managed policies of the role, also those that are not declared",
  "iam:ListRolePolicies": "lists the inline policies of the role, also those that are not declared",
  "iam:GetRolePolicy": "reads the inline policies of the role",
};

const CHANGE_ROLE = {
  "iam:UpdateAssumeRolePolicy": "changes the trust policy",
  "iam:UpdateRoleDescription": "changes the description",
  "iam:UpdateRole": "changes the maximum session duration",
  // Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags_roles.html
  "iam:TagRole": "sets tags, also of a role that is created with tags",
  "iam:UntagRole": "removes tags",
  // Without a condition: the policies to remove are no longer declared, and a role can still have its earlier boundary.
  "iam:DetachRolePolicy": "detaches managed policies that are not declared",
  "iam:DeleteRolePolicy": "deletes inline policies that are not declared",
};

const DELETE_ROLE = {
  "iam:ListInstanceProfilesForRole": "looks for instance profiles before the role is deleted",
  "iam:DeleteRole": "deletes the role",
};

/** Returns the permissions for a role of the configuration. */
export function rolePermissions(role: Role, deployer: DeployerRole): Permission[] {
  const { arn, permissionsBoundary: boundary, managedPolicies, inlinePolicies } = role;
  const reads = permissionsFor(READ_ROLE, arn);
  if (deployer === "plan") return reads;
  // Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
  const bounded = boundary === undefined ? undefined : { StringEquals: { "iam:PermissionsBoundary": exact(boundary) } };
  const declared = { ArnEquals: { "iam:PolicyARN": managedPolicies.map(exact).sort() }, ...bounded };
  const put = { "iam:PutRolePolicy": "creates and changes the declared inline policies" };
  return [
    ...reads,
    ...permissionsFor(CHANGE_ROLE, arn),
    // An imported role exists.
    ...(role.import ? [] : permissionsFor({ "iam:CreateRole": "creates the role" }, arn, bounded)),
    ...(bounded
      ? permissionsFor({ "iam:PutRolePermissionsBoundary": "sets the declared boundary" }, arn, bounded)
      : []),
    ...(managedPolicies.length > 0
      ? permissionsFor({ "iam:AttachRolePolicy": "attaches the declared managed policies" }, arn, declared)
      : []),
    ...(inlinePolicies.length > 0 ? permissionsFor(put, arn, bounded) : []),
    ...(role.deletionProtection ? [] : permissionsFor(DELETE_ROLE, arn)),
  ];
}

const READ_PROVIDER = { "iam:GetOpenIDConnectProvider": "reads the OIDC provider" };

const CHANGE_PROVIDER = {
  "iam:AddClientIDToOpenIDConnectProvider": "adds the audience sts.amazonaws.com where it is missing",
  "iam:RemoveClientIDFromOpenIDConnectProvider": "removes other audiences",
  // Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags_oidc.html
  "iam:TagOpenIDConnectProvider": "sets tags, also of a provider that is created with tags",
  "iam:UntagOpenIDConnectProvider": "removes tags",
};

/** Returns the permissions for the OIDC provider of a cluster. */
export function providerPermissions(oidc: OidcProvider, deployer: DeployerRole): Permission[] {
  const reads = permissionsFor(READ_PROVIDER, oidc.arn);
  if (deployer === "plan" || oidc.provider === "existing") return reads;
  const creates = { "iam:CreateOpenIDConnectProvider": "creates the OIDC provider" };
  const deletes = { "iam:DeleteOpenIDConnectProvider": "deletes the OIDC provider" };
  return [
    ...reads,
    ...permissionsFor(CHANGE_PROVIDER, oidc.arn),
    ...(oidc.import ? [] : permissionsFor(creates, oidc.arn)),
    ...(oidc.deletionProtection ? [] : permissionsFor(deletes, oidc.arn)),
  ];
}
