// Limits of IAM. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
// Lengths and sizes are numbers of characters.

export const ROLE_NAME_LENGTH = 64;
export const PATH_LENGTH = 512;
export const POLICY_NAME_LENGTH = 128;
export const DESCRIPTION_LENGTH = 1000;
/** Managed policies that a role can have. */
export const MANAGED_POLICIES = 10;
/** The highest number of managed policies to which AWS raises the quota on request. */
export const MANAGED_POLICIES_RAISED = 20;
/** Size of a managed policy. White space does not count. */
export const MANAGED_POLICY_SIZE = 6144;
/** Size of all inline policies of a role together. White space does not count. */
export const INLINE_POLICIES_SIZE = 10_240;
export const TRUST_POLICY_SIZE = 2048;
/** The largest trust policy to which AWS raises the quota on request. */
export const TRUST_POLICY_SIZE_RAISED = 4096;
/** Range of a role's maximum session duration, in seconds. */
export const SESSION_DURATION = { least: 3600, most: 43_200 } as const;
/** Tags that a role can have. */
export const TAGS = 50;
export const TAG_KEY_LENGTH = 128;
export const TAG_VALUE_LENGTH = 256;
