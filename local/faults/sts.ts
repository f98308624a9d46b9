import { CreateOpenIDConnectProviderCommand } from "@aws-sdk/client-iam";
import { oidcProviderArn } from "../../iam/arn";
import { withIam } from "../administrator";
import type { LocalAws } from "../aws";
import { ClusterKeys } from "../cluster-keys";
import { clock, stsError } from "./answers";
import { CLOSED, type Fault, fault, type Setup } from "./fault";
import * as names from "./sample-names";
import { signed } from "./token";

const DOTTED_BUCKET = "https://my.issuer.s3.eu-west-3.amazonaws.com";

const POD = { namespace: names.NAMESPACE, serviceAccount: names.SERVICE_ACCOUNT };

/** A token of another cluster, signed with the key of that cluster. */
const tokenOf = (issuer: string): Setup => ({ token: (aws: LocalAws) => aws.token(issuer, POD) });

/** A token with the sample's claims, signed with a key that the sample's cluster does not have. */
const forged = async (aws: LocalAws) => {
  const token = await new ClusterKeys(names.ISSUER).token(POD);
  aws.secrets.add(token);
  return token;
};

const answers = (status: number, code: string, message: string): Setup => ({
  server: { assume: stsError(status, code, message) },
});
/** The same, where the report repeats the error code. */
const answersNamed = (status: number, code: string, message: string): Setup => ({
  ...answers(status, code, message),
  shows: code,
});

const DENIED = { flags: ["--expect", "denied", "--allow-endpoint"] };

/** Policies other than the trust policy that deny the call, in the words of AWS. */
const LAYERS = [
  ["service control policy", "with an explicit deny in a service control policy"],
  ["resource control policy", "because no resource control policy allows the sts:AssumeRoleWithWebIdentity action"],
  ["VPC endpoint policy", "because no VPC endpoint policy allows the sts:AssumeRoleWithWebIdentity action"],
  ["session policy", "with an explicit deny in a session policy"],
] as const;
const deniedBy = (because: string): Setup =>
  answers(403, "AccessDenied", `User: x is not authorized to perform: sts:AssumeRoleWithWebIdentity ${because}`);

/** What STS refuses for another reason than the trust policy. */
export const stsFaults: readonly Fault[] = [
  fault("QV302", 1, "the cluster was created again, and the account has no OIDC provider for the new issuer", {
    ...tokenOf(names.REBUILT_ISSUER),
    shows: [names.ACCOUNT, names.REBUILT_ISSUER],
    core: true,
  }),
  fault("QV302", 1, "the role is in another account, which has no OIDC provider", {
    annotation: "arn:aws:iam::210987654321:role/my-s3-role",
    shows: ["210987654321", names.ISSUER],
    core: true,
  }),
  fault(null, 0, "the OIDC provider is created while `--wait` tries again", {
    ...tokenOf(names.LATE_ISSUER),
    server: {},
    meanwhile: (aws) =>
      withIam(aws, (iam) =>
        iam.send(
          new CreateOpenIDConnectProviderCommand({ Url: names.LATE_ISSUER, ClientIDList: ["sts.amazonaws.com"] }),
        ),
      ),
    role: {
      name: "late-provider-role",
      trustPolicy: names.trusting({
        providerArn: oidcProviderArn("aws", names.ACCOUNT, names.LATE_ISSUER),
        issuer: names.LATE_ISSUER,
      }),
    },
    flags: ["--probe", "none"],
    waitMs: 8000,
    attempts: 2,
  }),
  fault("QV302", 1, "the role is in an opt-in region's account without a provider: STS may not be enabled there", {
    ...answers(400, "InvalidIdentityToken", `No OpenIDConnect provider found in your account for ${names.ISSUER}`),
    variables: { AWS_REGION: "af-south-1" },
    shows: [names.ISSUER, "af-south-1"],
  }),
  fault("QV302", 1, "the issuer is the API server's default, which STS cannot reach", {
    token: signed({ iss: "https://kubernetes.default.svc.cluster.local" }),
    shows: "https://kubernetes.default.svc.cluster.local",
  }),
  fault("QV303", 1, "the audience of the OIDC provider ends with a space", {
    ...tokenOf(names.AUDIENCE_ISSUER),
    shows: ["sts.amazonaws.com", names.AUDIENCE_ISSUER],
    core: true,
  }),
  fault("QV304", 1, "the token is signed with an unknown key", { token: forged, shows: names.ISSUER, core: true }),
  fault("QV304", 1, "STS cannot read the cluster's public keys", {
    ...answers(
      400,
      "InvalidIdentityToken",
      "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    ),
    shows: names.ISSUER,
  }),
  fault("QV304", 1, "the issuer is a bucket whose name has a dot, which the certificate of S3 does not cover", {
    ...answers(400, "InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider"),
    token: signed({ iss: DOTTED_BUCKET }),
    shows: DOTTED_BUCKET,
  }),
  fault("QV304", 1, "STS answers `InvalidIdentityToken` in Chinese", {
    ...answers(400, "InvalidIdentityToken", "无法验证提供的 Web 身份令牌"),
    shows: names.ISSUER,
  }),
  fault("QV301", 1, "STS answers `AccessDenied` in Spanish", {
    ...answers(403, "AccessDenied", "No está autorizado a realizar sts:AssumeRoleWithWebIdentity"),
    shows: names.SUBJECT,
  }),
  fault("QV305", 1, "the clock of STS is 10 minutes ahead, and the token has expired there", {
    token: signed({ exp: Math.floor(Date.now() / 1000) + 500 }),
    server: {
      assume: (exchange) =>
        stsError(
          400,
          "ExpiredTokenException",
          "Token expired: current date/time 1764028800 must be before the expiration date/time 1764028700",
          { date: clock(600) },
        )(exchange),
    },
    shows: "ExpiredTokenException",
  }),
  fault("QV306", 1, "the OIDC provider pins the thumbprint of a certificate that was renewed", {
    ...answersNamed(
      400,
      "InvalidIdentityToken",
      "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
    ),
  }),
  fault("QV306", 1, "the issuer's certificate is from a private authority", {
    ...answers(
      400,
      "InvalidIdentityToken",
      "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
    ),
    token: signed({ iss: "https://oidc.internal.example" }),
    shows: "oidc.internal.example",
  }),
  fault("QV307", 1, "the session is longer than the role allows", {
    ...answersNamed(
      400,
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ),
  }),
  fault("QV307", 1, "STS answers `ValidationError` with a message of a megabyte", {
    ...answersNamed(400, "ValidationError", "x".repeat(1024 * 1024)),
  }),
  fault("QV308", 1, "STS is not activated in the region", {
    ...answersNamed(
      403,
      "RegionDisabledException",
      "STS is not activated in this region for account:123456789012. Your account administrator can activate STS in this region using the IAM Console.",
    ),
  }),
  fault("QV309", 1, "the identity provider revoked the claim", {
    ...answersNamed(403, "IDPRejectedClaim", "The identity provider (IdP) reported that authentication failed."),
  }),
  fault("QV310", 3, "STS cannot reach the identity provider", {
    ...answersNamed(400, "IDPCommunicationError", "The identity provider (IdP) could not be reached."),
  }),
  fault("QV399", 1, "STS answers an unknown error code", {
    ...answersNamed(400, "QuantumEntanglementException", "Try another universe."),
  }),
  fault("QV399", 1, "the tags of the session are too large", {
    ...answersNamed(
      400,
      "PackedPolicyTooLarge",
      "The total packed size of the session policies and tags is over the limit.",
    ),
  }),
  ...LAYERS.flatMap(([layer, because]) => [
    fault("QV311", 1, `a ${layer} denies the call of STS`, { ...deniedBy(because), shows: layer }),
    fault("QV321", 1, `a ${layer} denies the call of STS, with \`--expect denied\``, {
      ...deniedBy(because),
      ...DENIED,
      shows: layer,
    }),
  ]),
  fault("QV321", 1, "STS answers `AccessDenied` in Spanish, with `--expect denied`", {
    ...answers(403, "AccessDenied", "No está autorizado a realizar sts:AssumeRoleWithWebIdentity"),
    ...DENIED,
    shows: ["No está autorizado", "CloudTrail"],
  }),
  fault("QV321", 1, "a policy that STS does not name denies the call, with `--expect denied`", {
    ...deniedBy("with an explicit deny"),
    ...DENIED,
  }),
  fault("QV321", 1, "STS is redirected and denies the call, with `--expect denied`", {
    ...answers(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
    flags: ["--expect", "denied"],
    shows: "AWS_ENDPOINT_URL",
  }),
  fault("QV322", 0, "static keys are set in a pod that is denied, with `--expect denied`", {
    ...answers(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
    ...DENIED,
    variables: { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "not-tried" },
    shows: "AWS_ACCESS_KEY_ID",
  }),
  fault("QV322", 0, "EKS Pod Identity is injected in a pod that is denied, with `--expect denied`", {
    ...answers(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
    ...DENIED,
    variables: { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials" },
    shows: "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  }),
  fault("QV321", 1, "`--expect denied` is given, and the account has no OIDC provider", {
    ...tokenOf(names.REBUILT_ISSUER),
    ...DENIED,
    shows: names.REBUILT_ISSUER,
    core: true,
  }),
  fault("QV321", 3, "`--expect denied` is given, and STS cannot be reached", {
    variables: { AWS_ENDPOINT_URL_STS: `http://${CLOSED}` },
    ...DENIED,
    shows: ["QV502", "ECONNREFUSED"],
    core: true,
  }),
  fault("QV321", 3, "`--expect denied` is given, and STS throttles", {
    ...answers(400, "Throttling", "Rate exceeded"),
    ...DENIED,
    shows: "QV504",
  }),
];
