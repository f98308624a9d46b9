import type { S3State } from "../config/project";
import { dnsSuffix, partitionOfRegion } from "../iam/partition";
import type { Conditions } from "../iam/policy-types";
import type { DeployerRole } from "./iam-permissions";
import { type Permission, permissionsFor } from "./permissions";

/**
 * Returns the permissions for the states of stacks in S3. A plan takes no lock.
 * Source: https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required
 */
export function statePermissions(state: S3State, stacks: readonly string[], deployer: DeployerRole): Permission[] {
  const bucket = `arn:${partitionOfRegion(state.region)}:s3:::${state.bucket}`;
  // Without a condition on the prefix: S3 answers 403 instead of 404 for the missing object of a new stack if the caller
  // cannot list the bucket. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
  const list = { "s3:ListBucket": "lists the workspaces, and tells a missing state from a denied one" };
  return [
    ...permissionsFor(list, bucket),
    ...stacks.flatMap((stack) => objectPermissions(`${bucket}/${state.keyPrefix}${stack}.tfstate`, deployer)),
    ...(state.kmsKeyArn === undefined ? [] : keyPermissions(state.kmsKeyArn, state.region, deployer)),
  ];
}

function objectPermissions(object: string, deployer: DeployerRole): Permission[] {
  const read = permissionsFor({ "s3:GetObject": "reads the state" }, object);
  if (deployer === "plan") return read;
  const lock = {
    "s3:GetObject": "reads who holds the lock",
    "s3:PutObject": "locks the state",
    "s3:DeleteObject": "unlocks the state",
  };
  return [
    ...read,
    ...permissionsFor({ "s3:PutObject": "writes the state" }, object),
    ...permissionsFor(lock, `${object}.tflock`),
  ];
}

/** S3 calls KMS for the caller. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html */
function keyPermissions(key: string, region: string, deployer: DeployerRole): Permission[] {
  const viaS3 = { "kms:ViaService": `s3.${region}.${dnsSuffix(partitionOfRegion(region))}` };
  const decrypt = { "kms:Decrypt": "decrypts the state" };
  const actions = deployer === "plan" ? decrypt : { ...decrypt, "kms:GenerateDataKey": "encrypts the state" };
  const [, account = "", alias] = /^(.*:)(alias\/.*)$/.exec(key) ?? [];
  if (alias === undefined) return permissionsFor(actions, key, { StringEquals: viaS3 });
  // A policy does not apply to an alias as a resource. Source: https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
  const condition: Conditions = {
    StringEquals: viaS3,
    "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias },
  };
  return permissionsFor(actions, account, condition).map((permission) => ({
    ...permission,
    resource: `${permission.resource}key/*`,
  }));
}
