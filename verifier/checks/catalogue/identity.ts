import {
  ARGUMENTS,
  ASK,
  type CatalogueEntry,
  CLUSTER_FILE,
  DECLARED_PROBE,
  DEPLOY_IAM,
  LAYER_FIXES,
  REDEPLOY,
  RETRY,
  SCOPES,
  SYNC_CLOCK,
  type Values,
} from "./entry";

const ACCESS_DENIED =
  "[IAM: access denied errors](https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html)";
const S3_ERRORS = "[S3: errors](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)";

/** QV4xx: the identity of the credentials, and the probe. */
export const identity = {
  QV401: {
    category: "identity",
    title: "the credentials belong to the assumed role",
    failure: "the credentials do not belong to the assumed role",
    exit: 1,
    meaning:
      "GetCallerIdentity returned a role or an account that differs from the expected one: another program responds in place of AWS, or changes the calls.",
    fixes: {
      redirection: `Check AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS and HTTPS_PROXY on Qovery, ${SCOPES}; delete the variables that are not intended, ${REDEPLOY}.`,
    },
    ask: "network",
    source: "[STS: GetCallerIdentity](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html)",
  },
  QV402: {
    category: "identity",
    title: "AWS allows the probe",
    failure: "AWS denied the probe",
    exit: 1,
    retryable: true,
    meaning:
      "The role works, but its permission for the probe is not proven: no identity-based policy of the role allows the action. If AWS names no policy, a service control policy or a permissions boundary can also deny the action. The probe `s3:list-buckets` needs `s3:ListAllMyBuckets` on `*`, and `s3:bucket:NAME` needs `s3:ListBucket` on the bucket. The detail shows the action and the resource.",
    fixes: {
      bucket: `If the service uses certain buckets only (see its Variables, or ask its owner): probe one of them with \`--probe s3:bucket:NAME\` (needs s3:ListBucket on the bucket) in ${ARGUMENTS}. ${DECLARED_PROBE}`,
      policy: ({ role, action, resource }: Values<"role" | "action" | "resource">) =>
        `If the service needs ${action}: add this action only, to inlinePolicies of the role ${role} in ${CLUSTER_FILE}: \`probe: { Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "${action}", Resource: "${resource}" }] }\`, then ${DEPLOY_IAM}.`,
      deploy: ({ role, action }: Values<"role" | "action">) =>
        `If ${CLUSTER_FILE} already allows ${action} for the role ${role}: ${DEPLOY_IAM}, which restores the policies of the role.`,
      none: ({ action }: Values<"action">) =>
        `If the service needs neither ${action} nor a list of a bucket's objects: set \`--probe none\` in ${ARGUMENTS}. The verifier then tests no permission. ${DECLARED_PROBE}`,
      otherLayer: ({ action }: Values<"action">) =>
        `If the policies of the role in AWS allow ${action}: look for a permissions boundary of the role or a service control policy of the account that denies the action.`,
      owner: ({ action }: Values<"action">) =>
        `If the bucket belongs to another account: ask its owner to allow ${action} for this role in the bucket policy.`,
    },
    ask: "aws",
    source: ACCESS_DENIED,
  },
  QV403: {
    category: "identity",
    title: "no other policy denies the probe",
    failure: "another policy denies the probe",
    exit: 1,
    retryable: true,
    meaning:
      "A permissions boundary, a service control policy, a resource control policy, a session policy, the policy of the bucket or of a VPC endpoint, or an explicit deny prevents the action. The detail shows the policy type if AWS names one.",
    fixes: {
      ...LAYER_FIXES,
      resource: ({ action }: Values<"action">) =>
        `If the service needs ${action}: ask the owner of the bucket to allow ${action} for this role in the bucket policy. Otherwise, use another \`--probe\` in ${ARGUMENTS}.`,
      identity: ({ action }: Values<"action">) =>
        `If the deny is intended: use another \`--probe\`, or skip this check with \`--probe none\`, in ${ARGUMENTS}. Otherwise, remove the statement that denies ${action} from the policies of the role (policies and inlinePolicies in ${CLUSTER_FILE}), then ${DEPLOY_IAM}. ${ASK.aws}`,
    },
    source: ACCESS_DENIED,
  },
  QV404: {
    category: "identity",
    title: "the probe's bucket exists in this region",
    failure: "the probe's bucket is not in this region",
    exit: 1,
    meaning:
      "The bucket of the probe does not exist, or is in another region. The detail shows the region of the bucket if S3 reports one.",
    fixes: {
      name: `Correct the name of the bucket in \`--probe s3:bucket:NAME\`, in ${ARGUMENTS}. ${DECLARED_PROBE}`,
      region: ({ region }: Values<"region">) =>
        `Use \`--probe s3:bucket:NAME\` with a bucket in the region of the pod, in ${ARGUMENTS}. If the service must use this bucket: set AWS_REGION=${region} on Qovery, ${SCOPES}, ${REDEPLOY}.`,
    },
    source: S3_ERRORS,
  },
  QV405: {
    category: "identity",
    title: "AWS accepts the role's credentials",
    failure: "AWS rejects the role's credentials",
    exit: 1,
    retryable: true,
    meaning:
      "AWS rejected the credentials or the signature of a call: the credentials are seconds old, the region is an opt-in region, the clock is wrong, or a proxy changes the calls.",
    fixes: {
      clock: SYNC_CLOCK,
      proxy: `A program between the pod and AWS changes the calls after they are signed. To exclude AWS from a proxy: on Qovery, append .amazonaws.com to NO_PROXY ${SCOPES}, ${REDEPLOY}.`,
      wait: `${RETRY} AWS can take seconds to propagate new credentials.`,
      scope: `If a variable selects the endpoint of another region (AWS_ENDPOINT_URL, AWS_STS_REGIONAL_ENDPOINTS): on Qovery, delete the variable, or set AWS_REGION to the region of the endpoint, ${SCOPES}, ${REDEPLOY}.`,
      region: `If AWS_REGION is an opt-in region: activate the region for the account, or set AWS_REGION to an active region, ${REDEPLOY}.`,
    },
    ask: "cluster",
    source: S3_ERRORS,
  },
  QV499: {
    category: "identity",
    title: "AWS returned no unknown error code",
    failure: "AWS returned an unknown error code",
    exit: 1,
    meaning: "AWS returned an error code that the verifier does not know. The detail shows the code and the message.",
    fixes: { read: "Read the documentation of the error code, and find the call in CloudTrail." },
    ask: "aws",
    source: S3_ERRORS,
  },
} as const satisfies Record<string, CatalogueEntry>;
