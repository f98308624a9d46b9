import type { PolicyDocument } from "../iam/policy-types";

/** The actions with which `discover` reads AWS, and why. */
export const PERMISSIONS = {
  "eks:DescribeCluster": "reads the issuer of the cluster",
  "eks:ListClusters": "names the clusters of the region if the cluster does not exist",
  "iam:GetOpenIDConnectProvider": "reads the audiences of the cluster's provider",
  "iam:GetRole": "reads the tags, the description and the permissions boundary of a role",
  "iam:GetRolePolicy": "reads an inline policy of a role",
  "iam:ListAttachedRolePolicies": "lists the managed policies of a role",
  "iam:ListOpenIDConnectProviders": "finds providers with the dual-stack URL of the cluster",
  "iam:ListRolePolicies": "lists the inline policies of a role",
  "iam:ListRoles": "finds the roles that trust the cluster's provider",
} as const;

export type Action = keyof typeof PERMISSIONS;

/** Returns the IAM policy that `discover` needs. Which roles trust a cluster is not known before the role is read. */
export function discoverPolicy(): PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: Object.keys(PERMISSIONS), Resource: "*" }],
  };
}
