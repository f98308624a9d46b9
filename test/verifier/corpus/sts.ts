import { CreateOpenIDConnectProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import { oidcProviderArn } from "../../../iam/arn";
import { clientConfig, type LocalAws } from "../../../local/aws";
import { ClusterKeys } from "../../../local/cluster-keys";
import { clock, stsError } from "./answers";
import { CLOSED, type Fault } from "./fault";
import { CLONED, connection, FIX, provider, trust } from "./fixes";
import {
  ACCOUNT,
  AUDIENCE_ISSUER,
  ISSUER,
  LATE_ISSUER,
  NAMESPACE,
  REBUILT_ISSUER,
  SERVICE_ACCOUNT,
  trusting,
} from "./names";
import { signed } from "./token";

/** A token of another cluster, signed with its own key. */
const of = (issuer: string) => ({
  token: (aws: LocalAws) => aws.token(issuer, { namespace: NAMESPACE, serviceAccount: SERVICE_ACCOUNT }),
});

/** A token in the sample's name with a stranger's key. */
const forged = (aws: LocalAws) => {
  const token = new ClusterKeys(ISSUER).token({ namespace: NAMESPACE, serviceAccount: SERVICE_ACCOUNT });
  aws.secrets.add(token);
  return token;
};

const says = (status: number, code: string, message: string) => ({
  server: { assume: stsError(status, code, message) },
});

/** What STS refuses for another reason than the trust policy. */
export const stsFaults: readonly Fault[] = [
  {
    situation: "the cluster was made anew: the account has no OIDC provider for its issuer",
    ...of(REBUILT_ISSUER),
    code: "QV302",
    exit: 1,
    says: "Account 123456789012, the role's, has no OIDC provider for https://oidc.eks.eu-west-3.amazonaws.com/id/0000000000000000000000000REBUILT",
    fix: provider(REBUILT_ISSUER),
    core: true,
  },
  {
    situation: "the role is in another account, which has no provider",
    annotation: "arn:aws:iam::210987654321:role/my-s3-role",
    code: "QV302",
    exit: 1,
    says: "Account 210987654321, the role's, has no OIDC provider for https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
    fix: provider(ISSUER),
    core: true,
  },
  {
    situation: "the OIDC provider is created while `--wait` tries again",
    ...of(LATE_ISSUER),
    server: {},
    meanwhile: async (aws) => {
      const iam = new IAMClient(clientConfig(aws.environment));
      await iam.send(new CreateOpenIDConnectProviderCommand({ Url: LATE_ISSUER, ClientIDList: ["sts.amazonaws.com"] }));
      iam.destroy();
    },
    role: {
      name: "late-provider-role",
      trustPolicy: trusting({ providerArn: oidcProviderArn("aws", ACCOUNT, LATE_ISSUER), issuer: LATE_ISSUER }),
    },
    flags: ["--probe", "none"],
    waitMs: 8000,
    attempts: 2,
    code: null,
    exit: 0,
  },
  {
    situation: "a space after the audience of the OIDC provider",
    ...of(AUDIENCE_ISSUER),
    code: "QV303",
    exit: 1,
    says: "STS says InvalidIdentityToken: Incorrect token audience. The token's aud is sts.amazonaws.com",
    fix: FIX.providerAudience,
    core: true,
  },
  {
    situation: "a token that another key has signed",
    token: forged,
    code: "QV304",
    exit: 1,
    says: "STS cannot verify the signature by the keys of https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
    fix: FIX.keys,
    core: true,
  },
  {
    situation: "STS cannot read the cluster's keys",
    ...says(
      400,
      "InvalidIdentityToken",
      "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    ),
    code: "QV304",
    exit: 1,
    says: "STS cannot verify the signature by the keys of https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
    fix: FIX.keys,
  },
  {
    situation: "`InvalidIdentityToken` with a message in Chinese",
    ...says(400, "InvalidIdentityToken", "无法验证提供的 Web 身份令牌"),
    code: "QV304",
    exit: 1,
    says: "STS cannot verify the signature by the keys of https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
    fix: FIX.keys,
  },
  {
    situation: "`AccessDenied` with a message in Spanish",
    ...says(403, "AccessDenied", "No está autorizado a realizar sts:AssumeRoleWithWebIdentity"),
    code: "QV301",
    exit: 1,
    says: "sub system:serviceaccount:z7f3a2b1c-production:my-s3-role",
    fix: trust("my-s3-role", CLONED),
  },
  {
    situation: "STS's clock is 10 minutes ahead: the token is expired there",
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
    code: "QV305",
    exit: 1,
    says: "STS says ExpiredTokenException: Token expired: current date/time 1764028800 must be before the expiration date/time 1764028700; by this clock it expires at",
    fix: FIX.stsClock,
  },
  {
    situation: "the OIDC provider pins a certificate that was renewed",
    ...says(
      400,
      "InvalidIdentityToken",
      "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
    ),
    code: "QV306",
    exit: 1,
    says: "STS says InvalidIdentityToken: OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
    fix: FIX.thumbprint,
  },
  {
    situation: "the session would be longer than the role allows",
    ...says(400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
    code: "QV307",
    exit: 1,
    says: "STS says ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    fix: FIX.form,
  },
  {
    situation: "STS is not activated in the region",
    ...says(403, "RegionDisabledException", "STS is not activated in this region for account:123456789012."),
    code: "QV308",
    exit: 1,
    says: "STS says RegionDisabledException: STS is not activated in this region for account:123456789012.",
    fix: FIX.regionDisabled,
  },
  {
    situation: "the identity provider has revoked the claim",
    ...says(403, "IDPRejectedClaim", "The identity provider (IdP) reported that authentication failed."),
    code: "QV309",
    exit: 1,
    says: "STS says IDPRejectedClaim: The identity provider (IdP) reported that authentication failed.",
    fix: FIX.revoked,
  },
  {
    situation: "STS cannot reach the identity provider",
    ...says(400, "IDPCommunicationError", "The identity provider (IdP) could not be reached."),
    code: "QV310",
    exit: 3,
    says: "STS says IDPCommunicationError: The identity provider (IdP) could not be reached.",
    fix: FIX.unreachableIssuer,
  },
  {
    situation: "an error code of STS that is not known",
    ...says(400, "QuantumEntanglementException", "Try another universe."),
    code: "QV399",
    exit: 1,
    says: "STS says QuantumEntanglementException: Try another universe.",
    fix: FIX.unknownSts,
  },
  {
    situation: "the tags of the session are too large",
    ...says(400, "PackedPolicyTooLarge", "The total packed size of the session policies and tags is over the limit."),
    code: "QV399",
    exit: 1,
    says: "STS says PackedPolicyTooLarge: The total packed size of the session policies and tags is over the limit.",
    fix: FIX.unknownSts,
  },
  {
    situation: "an error of STS with a message of a megabyte",
    ...says(400, "ValidationError", "x".repeat(1024 * 1024)),
    code: "QV307",
    exit: 1,
    says: "STS says ValidationError: xxxxxxxxxxxxxxxxxxxx",
    fix: FIX.form,
  },
  {
    situation: "`--expect denied`, and no OIDC provider: nothing is proven",
    ...of(REBUILT_ISSUER),
    flags: ["--expect", "denied"],
    code: "QV321",
    exit: 1,
    says: "Account 123456789012, the role's, has no OIDC provider for https://oidc.eks.eu-west-3.amazonaws.com/id/0000000000000000000000000REBUILT",
    fix: provider(REBUILT_ISSUER),
    core: true,
  },
  {
    situation: "`--expect denied`, and STS is not reached: undecided",
    variables: { AWS_ENDPOINT_URL_STS: `http://${CLOSED}` },
    flags: ["--expect", "denied"],
    code: "QV321",
    exit: 3,
    says: "QV502: no connection to 127.0.0.1: ECONNREFUSED",
    fix: connection("AWS_ENDPOINT_URL_STS or AWS_ENDPOINT_URL"),
    core: true,
  },
  {
    situation: "`--expect denied`, and STS throttles: undecided",
    ...says(400, "Throttling", "Rate exceeded"),
    flags: ["--expect", "denied"],
    code: "QV321",
    exit: 3,
    says: "QV504: 127.0.0.1 throttles: Throttling Rate exceeded",
    fix: FIX.throttled,
  },
];
