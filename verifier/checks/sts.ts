import { parseRoleArn } from "../../iam/arn";
import { matchingCondition } from "../../iam/trust-policy";
import type { AwsError } from "../aws/aws-error";
import { oneLine } from "../pod/printable";
import type { Failure } from "./check";
import { VARIABLES } from "./check";
import type { TokenSummary } from "./token";
import { trustFix } from "./trust-cause";

/**
 * QV3xx: why STS refuses. The code on the wire decides; its message only divides InvalidIdentityToken further, so that a
 * message in other words costs detail and not truth.
 * Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
 */
export function stsFailure(error: AwsError, roleArn: string, token: TokenSummary, region: string): Failure {
  const said = `STS says ${oneLine(error.code ?? "")}: ${oneLine(error.message)}`;
  switch (error.code) {
    case "AccessDenied":
    case "AccessDeniedException":
      return notTrusted(roleArn, token, said);
    case "InvalidIdentityToken":
    case "InvalidIdentityTokenException":
      return invalidToken(error.message, roleArn, token, said);
    case "ExpiredToken":
    case "ExpiredTokenException":
      return {
        code: "QV305",
        detail: `${said}; by this clock it expires at ${token.expiresAt}`,
        fix: "the pod's clock and STS's differ, or the token file is a copy: mend the node's time synchronization, read the mounted token at each use, redeploy the service",
      };
    case "ValidationError":
    case "ValidationException":
      return {
        code: "QV307",
        detail: said,
        fix: "check the role's ARN in the annotation eks.amazonaws.com/role-arn, and maxSessionDuration of clusters/*.yaml; redeploy the service",
      };
    case "RegionDisabled":
    case "RegionDisabledException":
      return {
        code: "QV308",
        detail: said,
        fix: `activate region ${region} for the role's account (aws account enable-region --region-name ${region}; IAM → Account settings → STS), or set AWS_REGION to an active one (${VARIABLES}) and redeploy the service`,
      };
    case "IDPRejectedClaim":
    case "IDPRejectedClaimException":
      return {
        code: "QV309",
        detail: said,
        fix: "the token was revoked or its claims are refused: redeploy the service for a new token",
      };
    case "IDPCommunicationError":
    case "IDPCommunicationErrorException":
      return {
        code: "QV310",
        detail: said,
        fix: `STS could not reach ${token.issuer}: try again (--wait 60s does); its /.well-known/openid-configuration must be public`,
      };
    default:
      return {
        code: "QV399",
        detail: said,
        fix: "see STS's documentation of this error code; CloudTrail shows the call as AssumeRoleWithWebIdentity",
      };
  }
}

function notTrusted(roleArn: string, token: TokenSummary, said: string): Failure {
  const { issuer, subject, audience } = token;
  const condition = JSON.stringify(matchingCondition(issuer ?? "", subject ?? ""), null, 2);
  return {
    code: "QV301",
    detail: [
      `${said}. The role is missing, or its trust policy does not match this token:`,
      `iss ${issuer}`,
      `sub ${subject}`,
      `aud ${audience?.join(", ")}`,
      "The condition that would match:",
      condition,
    ].join("\n"),
    fix: trustFix(roleArn, token),
  };
}

function invalidToken(message: string, roleArn: string, { issuer, audience }: TokenSummary, said: string): Failure {
  const account = parseRoleArn(roleArn)?.accountId;
  if (/no open ?id ?connect ?provider/i.test(message)) {
    return {
      code: "QV302",
      detail: `${said}. Account ${account}, the role's, has no OIDC provider for ${issuer}`,
      fix: `oidc.issuer in clusters/*.yaml must be ${issuer}; on a cluster that Qovery manages wait for its creation to end, on another set oidc.provider: create, in the role's account, and run cdktf deploy '<cluster>-iam'`,
    };
  }
  if (/audience/i.test(message)) {
    return {
      code: "QV303",
      detail: `${said}. The token's aud is ${audience?.join(", ")}`,
      fix: `add sts.amazonaws.com to the provider of ${issuer} in account ${account}, and look for a typo or a trailing space in its audiences: where clusters/*.yaml says oidc.provider: create, run cdktf deploy '<cluster>-iam'; in other Terraform set client_id_list of its aws_iam_openid_connect_provider; else aws iam add-client-id-to-open-id-connect-provider --client-id sts.amazonaws.com --open-id-connect-provider-arn <its ARN>`,
    };
  }
  if (/thumbprint/i.test(message)) {
    return {
      code: "QV306",
      detail: said,
      fix: "the provider pins a certificate that has been renewed: remove its thumbprints, or set them anew (aws iam update-open-id-connect-provider-thumbprint); aws_iam_openid_connect_provider needs no thumbprint_list",
    };
  }
  return {
    code: "QV304",
    detail: `${said}. STS cannot verify the signature by the keys of ${issuer}`,
    fix: `try again (--wait 60s does): the keys may just have been renewed; ${issuer}/.well-known/openid-configuration and its jwks_uri must be public and hold the key; else redeploy the service for a new token`,
  };
}
