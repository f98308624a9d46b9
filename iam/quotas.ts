// IAM's limits. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html

/** Characters of a role's name. */
export const ROLE_NAME_LENGTH = 64;
/** Characters of a path. */
export const PATH_LENGTH = 512;
/** Characters of a policy's name. */
export const POLICY_NAME_LENGTH = 128;
/** Characters of a role's description. */
export const DESCRIPTION_LENGTH = 1000;
/** Managed policies attached to a role. */
export const MANAGED_POLICIES = 10;
/** The most that AWS raises it to on request. */
export const MANAGED_POLICIES_RAISED = 20;
/** Characters of a role's inline policies together, white space not counted. */
export const INLINE_POLICIES_SIZE = 10_240;
/** Characters of a role's trust policy. */
export const TRUST_POLICY_SIZE = 2048;
/** The most that AWS raises it to on request. */
export const TRUST_POLICY_SIZE_RAISED = 4096;
/** Seconds of a session, least and most that a role may be set to. */
export const SESSION_DURATION = { least: 3600, most: 43_200 } as const;
/** Tags of a role. */
export const TAGS = 50;
export const TAG_KEY_LENGTH = 128;
export const TAG_VALUE_LENGTH = 256;
