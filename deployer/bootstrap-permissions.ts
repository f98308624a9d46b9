import type { Bootstrap, Project } from "../config/project";
import { roleArn } from "../iam/arn";
import { type Deployer, deployers } from "./deployers";
import { type Permission, permissionsFor } from "./permissions";
import { policyDocuments } from "./policy-documents";
import { statePermissions } from "./state-permissions";
import { type RunnerProvider, runnerProviders } from "./trust";

// The calls with which the AWS provider creates and changes the stack `bootstrap`. A test records the calls.

const BUCKET = {
  "s3:CreateBucket": "creates the bucket",
  "s3:ListBucket": "finds out whether the bucket exists",
  "s3:GetBucketVersioning": "reads the versioning",
  "s3:PutBucketVersioning": "keeps earlier versions of the states",
  "s3:GetEncryptionConfiguration": "reads the encryption",
  "s3:PutEncryptionConfiguration": "sets the encryption",
  "s3:GetBucketPublicAccessBlock": "reads the block of public access",
  "s3:PutBucketPublicAccessBlock": "blocks public access",
  "s3:GetBucketOwnershipControls": "reads the ownership of objects",
  "s3:PutBucketOwnershipControls": "disables access control lists",
  "s3:GetBucketPolicy": "reads the policy of the bucket",
  "s3:PutBucketPolicy": "denies access without TLS",
  "s3:GetBucketTagging": "reads the tags",
  "s3:PutBucketTagging": "sets the tags",
  ...Object.fromEntries(
    [
      "s3:GetAccelerateConfiguration",
      "s3:GetBucketAcl",
      "s3:GetBucketCORS",
      "s3:GetBucketLogging",
      "s3:GetBucketObjectLockConfiguration",
      "s3:GetBucketRequestPayment",
      "s3:GetBucketWebsite",
      "s3:GetLifecycleConfiguration",
      "s3:GetReplicationConfiguration",
    ].map((action) => [action, "reads every setting of a bucket"]),
  ),
};

const ROLE = {
  "iam:CreateRole": "creates the role",
  "iam:GetRole": "reads the role",
  "iam:UpdateAssumeRolePolicy": "changes the trust policy",
  "iam:TagRole": "sets tags",
  "iam:UntagRole": "removes tags",
  "iam:ListAttachedRolePolicies": "lists the managed policies of the role",
  "iam:DetachRolePolicy": "detaches other managed policies",
  "iam:ListRolePolicies": "lists the inline policies of the role",
  "iam:GetRolePolicy": "reads inline policies that somebody added",
  "iam:DeleteRolePolicy": "deletes inline policies that somebody added",
};

const POLICY = {
  "iam:CreatePolicy": "creates the policy",
  "iam:GetPolicy": "reads the policy",
  "iam:GetPolicyVersion": "reads the content of the policy",
  "iam:CreatePolicyVersion": "changes the policy",
  "iam:ListPolicyVersions": "counts the versions of the policy, before a version is added",
  "iam:DeletePolicyVersion": "deletes the oldest of five versions",
  "iam:TagPolicy": "sets tags",
  "iam:UntagPolicy": "removes tags",
};

const READ_PROVIDER = { "iam:GetOpenIDConnectProvider": "reads the OIDC provider" };
const CREATE_PROVIDER = {
  "iam:CreateOpenIDConnectProvider": "creates the OIDC provider",
  "iam:TagOpenIDConnectProvider": "sets tags",
  "iam:UntagOpenIDConnectProvider": "removes tags",
};

/** Returns what an administrator needs to deploy the stack `bootstrap` of an account. The stack's lifecycle prevents its deletion. */
export function bootstrapPermissions(project: Project, bootstrap: Bootstrap): Permission[] {
  const { name, state, partition, bucket } = bootstrap;
  const roles = [...deployers(project, "plan"), ...deployers(project, "apply")].filter(
    ({ accountId }) => accountId === bootstrap.accountId,
  );
  return [
    ...(bucket ? permissionsFor(BUCKET, `arn:${partition}:s3:::${bucket.bucket}`) : []),
    ...runnerProviders(bootstrap).flatMap(providerPermissions),
    ...roles.flatMap((deployer) => rolePermissions(bootstrap, deployer)),
    ...(state.backend === "s3" ? statePermissions(state, [name], "apply") : []),
  ];
}

function providerPermissions({ arn, provider }: RunnerProvider): Permission[] {
  return permissionsFor(provider === "create" ? { ...READ_PROVIDER, ...CREATE_PROVIDER } : READ_PROVIDER, arn);
}

function rolePermissions({ partition, accountId, roleNamePrefix }: Bootstrap, deployer: Deployer): Permission[] {
  const name = `${roleNamePrefix}-${deployer.role}`;
  const role = roleArn(partition, accountId, "/", name);
  const policies = policyDocuments(deployer.permissions).map(
    (_, index) => `arn:${partition}:iam::${accountId}:policy/${name}-${index + 1}`,
  );
  const attach = { "iam:AttachRolePolicy": "attaches the policies of the role" };
  return [
    ...permissionsFor(ROLE, role),
    ...permissionsFor(attach, role, { ArnEquals: { "iam:PolicyARN": policies } }),
    ...policies.flatMap((policy) => permissionsFor(POLICY, policy)),
  ];
}
