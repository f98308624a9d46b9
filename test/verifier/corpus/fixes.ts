import { ISSUER } from "./names";

// The fixes word for word, apart from the verifier's own source: what changes there must be meant.

const REDEPLOY = "redeploy the service: a new pod gets a new token";
const TOKEN_PATH =
  "do not set AWS_WEB_IDENTITY_TOKEN_FILE yourself, and redeploy the service so that the EKS webhook mounts the token";
const IN_EVERY_SCOPE = "in the service, its environment and its project";
const VARIABLES = "Variables of the service, its environment and its project on Qovery";

/** QV301: the causes in their order. */
export function trust(role: string, ...causes: string[]): string {
  const others = `no role of this name and path; a * under StringEquals (scope: cluster writes StringLike); another cluster's issuer (oidc.issuer must be ${ISSUER})`;
  const numbered = [...causes, others].map((cause, index) => `(${index + 1}) ${cause}`).join("; ");
  return `likeliest first: ${numbered}. Compare with aws iam get-role --role-name ${role}, then cdktf deploy '<cluster>-iam'. A role made seconds ago: try again (--wait 60s)`;
}

export const UNSET =
  'the pod runs as the service account "default": on Qovery set security.service_account_name (service → advanced settings) to serviceAccount of clusters/*.yaml, and redeploy';
export const CLONED =
  "the environment was cloned or made anew: set namespace: z7f3a2b1c-production in clusters/*.yaml, or scope: cluster";
export const FOREIGN =
  'namespace payments does not begin with "z", so that scope: cluster does not admit it: set scope: environment and namespace: payments in clusters/*.yaml';
export const otherAccount = (account: string, role: string) =>
  `the service account is ${account} and the role ${role}: set security.service_account_name to the role's serviceAccount (clusters/*.yaml; by default its name), or mend serviceAccount`;

/** QV302: what oidc.issuer must be. */
export function provider(issuer: string): string {
  return `oidc.issuer in clusters/*.yaml must be ${issuer}; on a cluster that Qovery manages wait for its creation to end, on another set oidc.provider: create, in the role's account, and run cdktf deploy '<cluster>-iam'`;
}

/** QV402 of a role. */
export function policy(role: string, action = "s3:ListAllMyBuckets on *"): string {
  return `give role ${role} a policy that allows ${action} (policies or inlinePolicies in clusters/*.yaml, for example AmazonS3ReadOnlyAccess) and run cdktf deploy '<cluster>-iam', or probe what it may do: --probe s3:bucket:NAME or none`;
}

/** QV501 where a variable holds no URL. */
export function endpoint(variable: string): string {
  return `delete ${variable} on Qovery, ${IN_EVERY_SCOPE}, and redeploy; if it is meant, write it as https://HOST`;
}

/** QV502 of an endpoint that variables name. */
export function connection(variable: string): string {
  return `${variable} names this host: mend it or delete it (${VARIABLES}), and redeploy the service; if it is right, let the pod's network out to its port: NetworkPolicy, security groups of the VPC endpoint`;
}

/** QV501 of the same. */
export function name(variable: string): string {
  return `${variable} names this host: mend it or delete it (${VARIABLES}), and redeploy the service; if it is right, check the cluster's DNS (CoreDNS) and the private DNS of the VPC endpoint`;
}

export const FIX = {
  serviceAccount:
    "on Qovery: service → advanced settings → security.service_account_name = the serviceAccount of clusters/*.yaml, then redeploy the service; if it is set, the annotation came after the pod: redeploy the service",
  roleByHand: `delete the variable AWS_ROLE_ARN on Qovery, ${IN_EVERY_SCOPE} (Variables), then redeploy the service; the annotation of its service account carries the role`,
  tokenByHand: `delete the variable AWS_WEB_IDENTITY_TOKEN_FILE on Qovery, ${IN_EVERY_SCOPE} (Variables), then redeploy the service`,
  annotation:
    "write the annotation eks.amazonaws.com/role-arn (awsRoleArn of the qovery-sa-helper release) as arn:aws:iam::123456789012:role/NAME, without quotes or spaces; `npm run check` prints it; then redeploy the service",
  staleRole:
    "the service account's annotation is another role's, or was changed after the pod had started: run `cdktf deploy '<cluster>-service-accounts'`, then redeploy the service, since a running pod keeps the old value",
  region:
    "the EKS webhook sets AWS_REGION and AWS_DEFAULT_REGION together, and neither where one of them is set: delete both of your own variables on Qovery and redeploy, or set AWS_REGION to the cluster's region",
  partition: `use a role of the cluster's own partition: check accountId, region and oidc.issuer in clusters/*.yaml, run cdktf deploy '<cluster>-iam' '<cluster>-service-accounts' and redeploy the service; or delete your own AWS_REGION (${VARIABLES})`,
  podIdentity:
    "remove the association (aws eks list-pod-identity-associations, then delete-pod-identity-association) and redeploy the service, or keep Pod Identity and do without the role of clusters/*.yaml",
  staticKeys: `delete the variables AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN on Qovery, ${IN_EVERY_SCOPE}, and redeploy`,
  profile: `delete the variable (${VARIABLES}) or the file from the image, and redeploy the service`,
  redirection: `delete it (${VARIABLES}) and redeploy the service, unless it is meant (a VPC endpoint, an emulator)`,
  regional:
    "delete your own AWS_STS_REGIONAL_ENDPOINTS, AWS_REGION and AWS_DEFAULT_REGION on Qovery and redeploy: the EKS webhook sets all three",
  noToken: `${TOKEN_PATH}; a pod annotation eks.amazonaws.com/skip-containers keeps the token from its containers`,
  tokenPath: TOKEN_PATH,
  tokenUser:
    "run the container as its image's own USER: since Kubernetes 1.19 the kubelet makes the token that the EKS webhook mounts readable for it (Qovery sets no fsGroup, and none is needed); a copy of your own must be made readable in the image; then redeploy the service",
  newToken: REDEPLOY,
  expired: `the kubelet renews a mounted token: read the file at each use and keep no copy; if the node's clock is wrong, mend it; else ${REDEPLOY}`,
  notYet: "the node's clock is behind: mend its time synchronization (chrony on EKS nodes), or replace the node",
  audience:
    "AWS_WEB_IDENTITY_TOKEN_FILE must name the token that the EKS webhook mounts, not the one for the Kubernetes API; remove an annotation eks.amazonaws.com/audience from the service account",
  issuer:
    "this is another cluster, or it was made anew: set oidc.issuer in clusters/*.yaml to the token's issuer and run cdktf deploy '<cluster>-iam'",
  namespace:
    "do not set QOVERY_KUBERNETES_NAMESPACE_NAME or AWS_WEB_IDENTITY_TOKEN_FILE yourself; redeploy the service in its own environment",
  isolation:
    "isolation is broken: the role's trust policy accepts this service account. Pin sub in it (scope: environment, or scope: cluster with a service account of its own) and run cdktf deploy '<cluster>-iam'",
  providerAudience:
    "add sts.amazonaws.com to the provider of https://oidc.eks.eu-west-3.amazonaws.com/id/000000000000000000000000AUDIENCE in account 123456789012, and look for a typo or a trailing space in its audiences: where clusters/*.yaml says oidc.provider: create, run cdktf deploy '<cluster>-iam'; in other Terraform set client_id_list of its aws_iam_openid_connect_provider; else aws iam add-client-id-to-open-id-connect-provider --client-id sts.amazonaws.com --open-id-connect-provider-arn <its ARN>",
  keys: "try again (--wait 60s does): the keys may just have been renewed; https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE/.well-known/openid-configuration and its jwks_uri must be public and hold the key; else redeploy the service for a new token",
  stsClock:
    "the pod's clock and STS's differ, or the token file is a copy: mend the node's time synchronization, read the mounted token at each use, redeploy the service",
  thumbprint:
    "the provider pins a certificate that has been renewed: remove its thumbprints, or set them anew (aws iam update-open-id-connect-provider-thumbprint); aws_iam_openid_connect_provider needs no thumbprint_list",
  form: "check the role's ARN in the annotation eks.amazonaws.com/role-arn, and maxSessionDuration of clusters/*.yaml; redeploy the service",
  regionDisabled: `activate region eu-west-3 for the role's account (aws account enable-region --region-name eu-west-3; IAM → Account settings → STS), or set AWS_REGION to an active one (${VARIABLES}) and redeploy the service`,
  revoked: "the token was revoked or its claims are refused: redeploy the service for a new token",
  unreachableIssuer:
    "STS could not reach https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE: try again (--wait 60s does); its /.well-known/openid-configuration must be public",
  unknownSts: "see STS's documentation of this error code; CloudTrail shows the call as AssumeRoleWithWebIdentity",
  throttled:
    "too many pods ask at once: try again later (--wait 60s does), start fewer pods at a time, and let applications keep their credentials for the hour that they are valid",
  deny: "remove the Deny of s3:ListAllMyBuckets from the role's policies (policies, inlinePolicies in clusters/*.yaml)",
  boundary:
    "let the role's permissions boundary allow s3:ListAllMyBuckets (permissionsBoundary in clusters/*.yaml or irsa.yaml)",
  scp: "the organization's service control policies must allow s3:ListAllMyBuckets in this account: ask who manages AWS Organizations",
  rcp: "the organization's resource control policies must allow this role: ask who manages AWS Organizations",
  vpcEndpoint:
    "the policy of the VPC endpoint that the pod's traffic takes must allow s3:ListAllMyBuckets for this role",
  session: "the session's policy must allow it; this verifier sets none, so something between the pod and STS does",
  bucketPolicy: "the bucket's own policy must allow this role, or no longer deny it",
  someDeny:
    "look for a Deny of s3:ListAllMyBuckets in the role's policies, its boundary, the organization's SCPs and the VPC endpoint's policy",
  bucketName: "check the bucket's name in --probe s3:bucket:NAME",
  bucketRegion:
    "set AWS_REGION=us-west-2 (Variables of the service, its environment and its project on Qovery), or probe a bucket of this region",
  credentials:
    "new credentials may take seconds to be known everywhere: try again (--wait 60s does); in an opt-in region set AWS_REGION to one that is activated; check the node's clock",
  skewed: "the node's clock is wrong: mend its time synchronization (chrony on EKS nodes), or replace the node",
  signature:
    "something between the pod and AWS changes the calls after they are signed: let them past the proxy with NO_PROXY, and check AWS_ENDPOINT_URL (Variables of the service, its environment and its project on Qovery)",
  unknownProbe: "see the documentation of this error code; CloudTrail shows the call",
  identity:
    "something answers in AWS's place, or changes the calls: check AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS and HTTPS_PROXY (Variables of the service, its environment and its project on Qovery)",
  name: "check AWS_REGION and the cluster's DNS (CoreDNS); a private cluster needs interface VPC endpoints with private DNS for STS (com.amazonaws.<region>.sts) and for S3",
  deadline:
    "AWS's endpoint takes connections or packets and does not answer: check NetworkPolicy, security groups, proxies and VPC endpoints, or give more time with --timeout",
  stopped:
    "the pod was told to end, by a new deployment or by its job's time limit: run it again, and give the job more time than --timeout and --wait",
  notTls: `what listens there does not speak TLS: check the scheme and the port in AWS_ENDPOINT_URL (${VARIABLES}), and what stands between the pod and port 443`,
  bundle: `put the certificate authority's file (PEM) where AWS_CA_BUNDLE says, in the image or as a variable as file, or delete AWS_CA_BUNDLE (${VARIABLES}); then redeploy the service`,
  tls: "if a proxy of your own inspects TLS, mount its certificate authority and name the file in AWS_CA_BUNDLE (NODE_EXTRA_CA_CERTS for Node); otherwise the node's clock is wrong or the traffic is intercepted",
  foreign: `something between the pod and AWS answers in its place (a proxy's page, a captive portal): let the pod reach AWS's endpoints, or set HTTPS_PROXY and NO_PROXY, and check AWS_ENDPOINT_URL (${VARIABLES})`,
  fault: "AWS has a fault: try again (--wait 60s does); if it lasts, see https://health.aws.amazon.com",
  clock: "mend the node's time synchronization (chrony on EKS nodes): from 5 minutes on AWS refuses signed calls",
  tunnel: `let the proxy through to sts.eu-west-3.amazonaws.com, with user and password in HTTPS_PROXY (${VARIABLES}) where it wants them (407); or except AWS from it: NO_PROXY=.amazonaws.com`,
  proxy: `check the proxy that HTTPS_PROXY names (${VARIABLES}), and that the pod's network lets it out to it; or except AWS from it: NO_PROXY=.amazonaws.com`,
} as const;
