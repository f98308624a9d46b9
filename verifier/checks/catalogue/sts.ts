import {
  ANNOTATE,
  ARGUMENTS,
  type CatalogueEntry,
  CLUSTER_FILE,
  DEPLOY_ALL,
  DEPLOY_IAM,
  LAYER_FIXES,
  OR_WAIT,
  REDEPLOY,
  RETRY,
  SCOPES,
  SERVICE_ACCOUNT,
  SYNC_CLOCK,
  type Values,
} from "./entry";

const STS_ERRORS =
  "[STS: errors of AssumeRoleWithWebIdentity](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors)";
const EKS_PROVIDER =
  "[EKS: OIDC provider](https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html)";

/** Gives a service account access without changing the access of another one. */
const separateRole = (namespace: string, account: string, role: string) =>
  `declare another role, such as ${role}-2, with \`namespace: ${namespace}\` and \`serviceAccount: ${account}\` in ${CLUSTER_FILE}, with only the policies that it needs, ${DEPLOY_ALL}, ${REDEPLOY}`;

/** QV3xx: the answer of STS to AssumeRoleWithWebIdentity. */
export const sts = {
  QV301: {
    category: "sts",
    title: "STS issued credentials for the role",
    failure: "STS denied access to the role",
    exit: 1,
    retryable: true,
    meaning:
      "STS returned AccessDenied: the role does not exist, or its trust policy does not admit this token. Most often the namespace or the service account differs from the one in the trust policy, as in a cloned environment. Other causes: a `*` under StringEquals, or a condition key that is not `<issuer without https://>:sub`. The detail shows the claims of the token and, for comparison, a condition that admits the token. `npm run check -- explain` reports what the configuration declares, and AWS can differ from it until the next deployment. An environment that can have the permissions of another one can share its role: list both in `namespaces` of the role. `scope: cluster` admits every Qovery environment of the cluster. If a Helm service on Qovery created the service account, set awsRoleArn in its values and deploy the Helm service, instead of deploying `<cluster>-service-accounts`.",
    fixes: {
      unset: ({ role }: Values<"role">) =>
        `The pod runs as the service account "default": on Qovery, set ${SERVICE_ACCOUNT} to the serviceAccount of the role ${role}, ${REDEPLOY}.`,
      account: ({ account, role }: Values<"account" | "role">) =>
        `If the service must not run as ${account}: on Qovery, set ${SERVICE_ACCOUNT} to the serviceAccount of the role ${role}, ${REDEPLOY}.`,
      deploy: ({ namespace, account, role }: Values<"namespace" | "account" | "role">) =>
        `If \`npm run check -- explain ${namespace}/${account} ${role}\` prints "allow": ${DEPLOY_IAM}, which creates the role or restores its trust policy.`,
      otherAccount: ({ namespace, account, role }: Values<"namespace" | "account" | "role">) =>
        `If it prints "deny", and ${account} must have access too: leave ${role} unchanged, and ${separateRole(namespace, account, role)}.`,
      clone: ({ namespace, account, role }: Values<"namespace" | "account" | "role">) =>
        `If it prints "deny", and ${role} is for an environment that still exists, as after cloning: leave ${role} unchanged, and ${separateRole(namespace, account, role)}.`,
      recreated: ({ namespace, role }: Values<"namespace" | "role">) =>
        `If it prints "deny", and the declared namespace of ${role} does not exist (\`kubectl get namespace\`), after a typing mistake or because the environment was deleted and created again: replace that namespace with ${namespace} in ${CLUSTER_FILE}, then ${DEPLOY_ALL}.`,
      notQovery: ({ namespace, account, role }: Values<"namespace" | "account" | "role">) =>
        `If it prints "deny", and the namespace ${namespace} must have access: ${separateRole(namespace, account, role)}. By default, a role with \`scope: cluster\` admits only namespaces that begin with z.`,
      wait: `If the role was created or changed less than two minutes ago: run the verifier again${OR_WAIT}.`,
      compare: ({ role, arn, issuer }: Values<"role" | "arn" | "issuer">) =>
        `Otherwise, or if ${role} is not declared: look at AWS. \`aws iam get-role --role-name ${role}\` must show the Arn ${arn}, the issuer ${issuer}, and the condition above. If the Arn differs: ${ANNOTATE}, ${REDEPLOY}. If anything else differs: correct ${CLUSTER_FILE}, then ${DEPLOY_IAM}.`,
    },
    ask: "aws",
    source: STS_ERRORS,
  },
  QV302: {
    category: "sts",
    title: "the role's account has an OIDC provider for the issuer",
    failure: "the role's account has no OIDC provider for the issuer",
    exit: 1,
    retryable: true,
    meaning:
      "The account of the role has no IAM OIDC provider for the issuer of the token: the role is in another account, the cluster was created again, or the provider does not exist yet.",
    fixes: {
      issuer: ({ issuer }: Values<"issuer">) =>
        `If the cluster was created again: set oidc.issuer to ${issuer} in ${CLUSTER_FILE}, then ${DEPLOY_IAM}.`,
      account: ({ account }: Values<"account">) =>
        `If the role must not be in the account ${account}: check accountId in ${CLUSTER_FILE}, ${DEPLOY_ALL}, ${REDEPLOY}.`,
      create: ({ account }: Values<"account">) =>
        `If Qovery does not manage the cluster, or ${account} is not the account of the cluster: set \`oidc.provider: create\` in ${CLUSTER_FILE}, then ${DEPLOY_IAM}. If Qovery is still creating the cluster: wait until the cluster is ready.`,
      optIn: ({ region, account }: Values<"region" | "account">) =>
        `If the opt-in region ${region} is not active for account ${account}: run \`aws account enable-region --region-name ${region}\`. STS can report this error for a region that is not active.`,
    },
    ask: "aws",
    source: EKS_PROVIDER,
  },
  QV303: {
    category: "sts",
    title: "the OIDC provider accepts the token's audience",
    failure: "the OIDC provider does not accept the token's audience",
    exit: 1,
    meaning:
      "The audience of the token is not a client ID of the OIDC provider: the client ID has a typo, an invisible character or a trailing space, or is `sts.amazonaws.com.cn`.",
    fixes: {
      create: `If ${CLUSTER_FILE} has \`oidc.provider: create\`: ${DEPLOY_IAM}, which adds the client ID sts.amazonaws.com to the OIDC provider.`,
      other:
        "If other Terraform code manages the OIDC provider: add sts.amazonaws.com to client_id_list of its aws_iam_openid_connect_provider.",
      manual: ({ provider }: Values<"provider">) =>
        `Otherwise, run \`aws iam add-client-id-to-open-id-connect-provider --client-id sts.amazonaws.com --open-id-connect-provider-arn ${provider}\`.`,
    },
    ask: "aws",
    source:
      "[IAM: AddClientIDToOpenIDConnectProvider](https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html)",
  },
  QV304: {
    category: "sts",
    title: "STS verified the token",
    failure: "STS could not verify the token",
    exit: 1,
    retryable: true,
    meaning:
      "STS could not verify the token: its signature or key is unknown, or STS cannot reach the keys of the issuer. The failure is temporary if the issuer has just renewed the keys, and permanent if the issuer is not public.",
    fixes: {
      wait: RETRY,
      redeploy: "Redeploy the service: a new pod gets a new token.",
      keys: ({ issuer }: Values<"issuer">) =>
        `Check from the internet that ${issuer}/.well-known/openid-configuration and its jwks_uri are public and contain the key of the token.`,
      unreachable: ({ issuer }: Values<"issuer">) =>
        `Set the issuer of the cluster (\`--service-account-issuer\` of the API server) to a public https URL, and set oidc.issuer in ${CLUSTER_FILE} to the same URL: STS cannot use the issuer ${issuer}.`,
      dottedBucket: ({ issuer }: Values<"issuer">) =>
        `Publish the issuer in a bucket without dots in its name, or behind a domain with its own certificate: the certificate of S3 does not cover ${issuer}.`,
    },
    ask: "cluster",
    source: "[re:Post: InvalidIdentityToken](https://repost.aws/knowledge-center/iam-sts-invalididentitytoken)",
  },
  QV305: {
    category: "sts",
    title: "the token has not expired according to STS's clock",
    failure: "the token has expired according to STS's clock",
    exit: 1,
    meaning: "The token has expired according to the clock of STS, but not according to the clock of the node.",
    fixes: {
      copy: "Read the mounted file at each use and keep no copy: the kubelet renews the mounted token.",
      clock: SYNC_CLOCK,
      redeploy: "Redeploy the service: a new pod gets a new token.",
    },
    ask: "cluster",
    source: STS_ERRORS,
  },
  QV306: {
    category: "sts",
    title: "the OIDC provider's thumbprint matches the issuer's certificate",
    failure: "the OIDC provider's thumbprint does not match the issuer's certificate",
    exit: 1,
    meaning: "The OIDC provider pins the thumbprint of a certificate that the issuer has renewed.",
    fixes: {
      update:
        "If a private authority issued the certificate of the issuer: set the thumbprint of the top certificate in its chain with `aws iam update-open-id-connect-provider-thumbprint`.",
      remove:
        "If a public authority issued the certificate of the issuer, as for EKS: remove the thumbprints of the OIDC provider, since AWS trusts these authorities. In Terraform, delete thumbprint_list of aws_iam_openid_connect_provider and apply.",
    },
    ask: "aws",
    source:
      "[IAM: thumbprints](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html)",
  },
  QV307: {
    category: "sts",
    title: "STS accepts the request",
    failure: "STS rejects the request as invalid",
    exit: 1,
    meaning:
      "STS returned ValidationError: the ARN of the role is invalid, or the session is longer than the role allows.",
    fixes: {
      check: `Compare AWS_ROLE_ARN with the role's ARN that \`npm run check\` prints. If they differ: ${ANNOTATE}, ${REDEPLOY}.`,
      duration: `If the message names the duration of the session: check maxSessionDuration of the role in ${CLUSTER_FILE}, then ${DEPLOY_IAM}.`,
    },
    ask: "aws",
    source: STS_ERRORS,
  },
  QV308: {
    category: "sts",
    title: "STS is activated in the region",
    failure: "STS is not activated in the region",
    exit: 1,
    meaning: "STS is not activated for the account in this region.",
    fixes: {
      variable: `If a user set AWS_REGION: on Qovery, delete AWS_REGION and AWS_DEFAULT_REGION ${SCOPES}, ${REDEPLOY}.`,
      activate: ({ region, account }: Values<"region" | "account">) =>
        `Otherwise, activate the region for account ${account}: run \`aws account enable-region --region-name ${region}\`, or use IAM → Account settings → STS in the AWS console.`,
    },
    ask: "aws",
    source:
      "[IAM: STS in a region](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html)",
  },
  QV309: {
    category: "sts",
    title: "the identity provider accepted the token's claims",
    failure: "the identity provider rejected the token's claims",
    exit: 1,
    meaning: "The identity provider rejected the claims of the token, or revoked the token.",
    fixes: { redeploy: "Redeploy the service: a new pod gets a new token." },
    source: STS_ERRORS,
  },
  QV310: {
    category: "sts",
    title: "STS reached the identity provider",
    failure: "STS could not reach the identity provider",
    exit: 3,
    retryable: true,
    meaning: "STS could not reach the issuer of the token. The failure is usually temporary.",
    fixes: { wait: RETRY, issuer: "If the failure persists, follow the fixes of QV304." },
    ask: "cluster",
    source: STS_ERRORS,
  },
  QV311: {
    category: "sts",
    title: "no policy besides the trust policy denies the call",
    failure: "a policy besides the trust policy denies the call",
    exit: 1,
    retryable: true,
    meaning:
      "STS returned AccessDenied, and named a policy other than the trust policy of the role: a service control policy, a resource control policy, the policy of a VPC endpoint, a session policy, or an explicit deny without a name. The trust policy can still be correct.",
    fixes: LAYER_FIXES,
    source:
      "[IAM: access denied errors](https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html)",
  },
  QV320: {
    category: "sts",
    title: "STS denied the role to this service account",
    failure: "STS issued credentials for the role: isolation is broken",
    exit: 1,
    meaning:
      "With `--expect denied`: STS issued credentials for the role to this service account. If the check passes, STS denied the role for the session name in AWS_ROLE_SESSION_NAME and for one name of each form that the AWS SDKs generate, which the detail lists. A trust policy that depends on another session name is not covered. Without `--wait`, the verifier tries once. With `--wait`, the check passes if no try got credentials, STS denied at least two tries, and STS denied the last try, which begins at the end of `--wait`. Other tries can have failed for another reason, such as throttling; the detail shows how many of them were denied, and for how long. STS denies a role that does not exist in the same way: first prove `--expect allowed` with the same `--role-arn` in the role's own pod.",
    fixes: {
      deploy: ({ namespace, account, role }: Values<"namespace" | "account" | "role">) =>
        `If \`npm run check -- explain ${namespace}/${account} ${role}\` prints "deny": ${DEPLOY_IAM}, which restores the trust policy.`,
      sameName: ({ account, role }: Values<"account" | "role">) =>
        `If it prints "allow", because ${role} has \`scope: cluster\`: every service account ${account} in a namespace that matches namespacePattern (by default, a Qovery namespace) has the role. Set \`scope: environment\` and the namespaces that need the role, then ${DEPLOY_IAM}.`,
      anyAccount: ({ role }: Values<"role">) =>
        `If it prints "allow", because ${role} has \`scope: any-service-account\`: set \`scope: environment\`, and the namespaces and serviceAccounts that need the role, then ${DEPLOY_IAM}. All other services lose the role, so find its users first: events AssumeRoleWithWebIdentity in CloudTrail.`,
      mistake: ({ namespace, account, role }: Values<"namespace" | "account" | "role">) =>
        `If it prints "allow" by mistake: remove ${account} from the role ${role} in ${CLUSTER_FILE}, or ${namespace} if no service there needs the role, then ${DEPLOY_IAM}.`,
      intended: ({ namespace, account }: Values<"namespace" | "account">) =>
        `Only if ${namespace}/${account} must have the role: this run has the wrong service account. Run the verifier with \`--expect denied\` as another service account.`,
    },
    ask: "aws",
    source:
      "[EKS: IAM roles for service accounts](https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html)",
  },
  QV321: {
    category: "sts",
    title: "STS denied the role by its trust policy",
    failure: "STS did not deny the role by its trust policy",
    exit: 1,
    meaning:
      "With `--expect denied`: the call failed for a reason other than the trust policy of the role, STS's message does not show that the trust policy denied the call, the denial did not last until the end of `--wait`, or the endpoint is not AWS's own STS. None of these proves isolation. The detail begins with the code of the reason, whose fixes apply. The exit code is the exit code of that reason, and 1 for a redirected endpoint.",
    fixes: {
      delete: ({ variable }: Values<"variable">) =>
        `On Qovery, delete ${variable} ${SCOPES}, ${REDEPLOY}. If the variable names a VPC endpoint: first enable private DNS for the endpoint.`,
      allow: `If the denial of this endpoint must count as AWS's own: add \`--allow-endpoint\` to ${ARGUMENTS}.`,
      unclear: `Find the event AssumeRoleWithWebIdentity of the call in CloudTrail, and the policy that denied the call: STS's own message is "Not authorized to perform sts:AssumeRoleWithWebIdentity". If a program between the pod and STS changes messages, exclude STS from the program.`,
    },
    source: "The source of the reason's code.",
  },
  QV322: {
    category: "sts",
    title: "the pod has no other credentials",
    failure: "the pod has other credentials that were not tried",
    exit: 0,
    meaning:
      "With `--expect denied`: the pod also has static keys, EKS Pod Identity or a profile. The verifier tries only the token, so the verdict does not cover access with the other credentials.",
    fixes: {
      delete: ({ names }: Values<"names">) =>
        `Remove ${names}, ${REDEPLOY}: variables on Qovery, ${SCOPES}; files from the image; EKS Pod Identity with \`aws eks delete-pod-identity-association\`.`,
    },
    source:
      "[SDKs: credential providers](https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html)",
  },
  QV399: {
    category: "sts",
    title: "STS returned no unknown error code",
    failure: "STS returned an unknown error code",
    exit: 1,
    meaning: "STS returned an error code that the verifier does not know. The detail shows the code and the message.",
    fixes: {
      read: "Read the documentation of the error code, and find the event AssumeRoleWithWebIdentity in CloudTrail.",
    },
    ask: "aws",
    source: "[STS: common errors](https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html)",
  },
} as const satisfies Record<string, CatalogueEntry>;
