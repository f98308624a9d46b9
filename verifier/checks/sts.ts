import { parseRoleArn } from "../../iam/arn";
import { matchingCondition } from "../../iam/trust-policy";
import type { AwsError } from "../aws/aws-error";
import { oneLine } from "../pod/printable";
import { CATALOGUE, inOrder } from "./catalogue";
import type { Failure } from "./check";
import type { TokenSummary } from "./token";

/**
 * Returns QV3xx: why STS refused. The error code on the wire decides. Only InvalidIdentityToken is divided by its message,
 * so that another wording costs detail and not truth.
 * Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
 */
export function stsFailure(error: AwsError, roleArn: string, token: TokenSummary, region: string): Failure {
  const answer = `STS returned ${oneLine(error.code ?? "")}: ${oneLine(error.message)}`;
  const issuer = token.issuer ?? "";
  switch (error.code) {
    case "AccessDenied":
    case "AccessDeniedException":
      return notTrusted(roleArn, token, answer);
    case "InvalidIdentityToken":
    case "InvalidIdentityTokenException":
      return invalidToken(error.message, roleArn, token, answer);
    case "ExpiredToken":
    case "ExpiredTokenException": {
      const { copy, clock, redeploy } = CATALOGUE.QV305.fixes;
      return {
        code: "QV305",
        detail: `${answer}\nBy the clock of the node, the token expires at ${token.expiresAt}.`,
        fix: inOrder(clock, copy, redeploy),
      };
    }
    case "ValidationError":
    case "ValidationException":
      return { code: "QV307", detail: answer, fix: CATALOGUE.QV307.fixes.check };
    case "RegionDisabled":
    case "RegionDisabledException": {
      const { variable, activate } = CATALOGUE.QV308.fixes;
      return {
        code: "QV308",
        detail: answer,
        fix: inOrder(variable, activate({ region, account: accountOf(roleArn) })),
      };
    }
    case "IDPRejectedClaim":
    case "IDPRejectedClaimException":
      return { code: "QV309", detail: answer, fix: CATALOGUE.QV309.fixes.redeploy };
    case "IDPCommunicationError":
    case "IDPCommunicationErrorException": {
      const { wait, keys } = CATALOGUE.QV310.fixes;
      return { code: "QV310", detail: `${answer}\nThe issuer is ${issuer}.`, fix: inOrder(wait, keys({ issuer })) };
    }
    default:
      return { code: "QV399", detail: answer, fix: CATALOGUE.QV399.fixes.read };
  }
}

function accountOf(roleArn: string): string {
  return parseRoleArn(roleArn)?.accountId ?? "";
}

function notTrusted(roleArn: string, token: TokenSummary, answer: string): Failure {
  const { issuer, subject, audience } = token;
  const condition = JSON.stringify(matchingCondition(issuer ?? "", subject ?? ""), null, 2);
  return {
    code: "QV301",
    detail: [
      answer,
      `The role does not exist, or its trust policy does not admit this token:`,
      `iss ${issuer}`,
      `sub ${subject}`,
      `aud ${audience?.join(", ")}`,
      "A trust policy with this condition admits the token:",
      condition,
    ].join("\n"),
    fix: trustFix(roleArn, token),
  };
}

/**
 * Returns the fixes for a denied role, the most likely one first. AWS does not report the cause, and the trust policy is
 * unknown here, so the names decide: by default a service account has the name of its role, and the namespaces of Qovery
 * begin with "z".
 */
function trustFix(roleArn: string, { issuer, subject }: TokenSummary): string {
  const { fixes } = CATALOGUE.QV301;
  const role = parseRoleArn(roleArn)?.name ?? "";
  const [namespace = "", account = ""] = (subject ?? "").split(":").slice(2);
  const byAccount =
    account === "default"
      ? [fixes.unset]
      : account === role
        ? []
        : [fixes.account({ account, role }), fixes.intendedAccount({ account, role })];
  const byNamespace = namespace.startsWith("z") ? fixes.namespace({ namespace }) : fixes.notQovery({ namespace });
  return inOrder(...byAccount, byNamespace, fixes.compare({ role, issuer: issuer ?? "" }), fixes.wait);
}

function invalidToken(message: string, roleArn: string, token: TokenSummary, answer: string): Failure {
  const [issuer, account] = [token.issuer ?? "", accountOf(roleArn)];
  if (/no open ?id ?connect ?provider/i.test(message)) {
    const { issuer: set, create } = CATALOGUE.QV302.fixes;
    return {
      code: "QV302",
      detail: `${answer}\nThe account of the role is ${account}, and the issuer of the token is ${issuer}.`,
      fix: inOrder(set({ issuer, account }), create),
    };
  }
  if (/audience/i.test(message)) {
    const { create, other, manual } = CATALOGUE.QV303.fixes;
    return {
      code: "QV303",
      detail: `${answer}\nThe audience of the token is ${token.audience?.join(", ")}.`,
      fix: inOrder(create({ issuer, account }), other, manual),
    };
  }
  if (/thumbprint/i.test(message)) {
    const { remove, update } = CATALOGUE.QV306.fixes;
    return { code: "QV306", detail: answer, fix: inOrder(remove, update) };
  }
  const { wait, redeploy, keys } = CATALOGUE.QV304.fixes;
  return {
    code: "QV304",
    detail: `${answer}\nThe issuer of the token is ${issuer}.`,
    fix: inOrder(wait, redeploy, keys({ issuer })),
  };
}
