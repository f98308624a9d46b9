import { oidcProviderArn, parseRoleArn } from "../../iam/arn";
import { isPartition } from "../../iam/partition";
import { matchingCondition } from "../../iam/trust-policy";
import type { AwsError } from "../aws/aws-error";
import { oneLine } from "../pod/printable";
import { CATALOGUE, inOrder } from "./catalogue";
import { canBeByTrustPolicy, isByTrustPolicy, layerFix, readDenial } from "./denial";
import { isOptIn, issuerKind } from "./issuer-kind";
import type { Failure } from "./result";
import { serviceAccountOf, type TokenSummary } from "./token";

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
    case "AccessDeniedException": {
      const denial = readDenial(error.message);
      if (canBeByTrustPolicy(denial)) return notTrusted(roleArn, token, answer, isByTrustPolicy(error.message));
      const detail = `${answer}\n${denial.layer ? `The ${denial.layer} denies the call.` : "A policy denies the call. AWS does not report which one."}`;
      return { code: "QV311", detail, fix: layerFix(denial.layer, "sts:AssumeRoleWithWebIdentity") };
    }
    case "InvalidIdentityToken":
    case "InvalidIdentityTokenException":
      return invalidToken(error.message, roleArn, token, answer, region);
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
      return {
        code: "QV307",
        detail: answer,
        fix: inOrder(CATALOGUE.QV307.fixes.check, CATALOGUE.QV307.fixes.duration),
      };
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
      return { code: "QV310", detail: `${answer}\nThe issuer of the token is ${issuer}.`, fix: keysFix(issuer) };
    }
    default:
      return { code: "QV399", detail: answer, fix: CATALOGUE.QV399.fixes.read };
  }
}

function accountOf(roleArn: string): string {
  return parseRoleArn(roleArn)?.accountId ?? "";
}

/** @param certain whether STS's message shows that the trust policy denied the call */
function notTrusted(roleArn: string, token: TokenSummary, answer: string, certain: boolean): Failure {
  const { issuer, subject, audience } = token;
  const condition = JSON.stringify(matchingCondition(issuer ?? "", subject ?? ""));
  return {
    code: "QV301",
    detail: [
      answer,
      certain
        ? `The role ${roleArn} does not exist, or its trust policy does not admit this token:`
        : `STS does not report which policy denies the call. Most likely, the role ${roleArn} does not exist, or its trust policy does not admit this token:`,
      `iss ${issuer}`,
      `sub ${subject}`,
      `aud ${audience?.join(", ")}`,
      `For comparison only, a condition that admits the token: ${condition}`,
    ].join("\n"),
    fix: trustFix(roleArn, token),
    ...(certain ? { byTrustPolicy: true } : {}),
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
  const { namespace, account } = serviceAccountOf(subject);
  const values = { namespace, account, role };
  const compare = fixes.compare({ role, arn: roleArn, issuer: issuer ?? "" });
  if (account === "default") return inOrder(fixes.unset(values), fixes.wait, compare);
  const elsewhere = namespace.startsWith("z")
    ? [account === role ? fixes.clone(values) : fixes.otherAccount(values), fixes.recreated(values)]
    : [fixes.notQovery(values)];
  const declared = [fixes.deploy(values), ...elsewhere, fixes.wait, compare];
  return inOrder(...(account === role ? [] : [fixes.account(values)]), ...declared);
}

/** Returns the fixes if STS cannot verify the token with the issuer's keys. */
function keysFix(issuer: string): string {
  const { wait, redeploy, keys, unreachable, dottedBucket } = CATALOGUE.QV304.fixes;
  const kind = issuerKind(issuer);
  if (kind === "unreachable") return unreachable({ issuer });
  if (kind === "dotted-bucket") return inOrder(dottedBucket({ issuer }), wait);
  return kind === "eks" ? inOrder(wait, redeploy) : inOrder(wait, keys({ issuer }), redeploy);
}

function providerFix(issuer: string, account: string, region: string): string {
  const { issuer: set, account: correct, create, optIn } = CATALOGUE.QV302.fixes;
  const kind = issuerKind(issuer);
  if (kind === "unreachable") return CATALOGUE.QV304.fixes.unreachable({ issuer });
  return inOrder(
    set({ issuer: issuer.replace(/\/+$/, "") }),
    correct({ account }),
    create({ account }),
    ...(isOptIn(region) ? [optIn({ region, account })] : []),
  );
}

function thumbprintFix(issuer: string): string {
  const { remove, update } = CATALOGUE.QV306.fixes;
  const kind = issuerKind(issuer);
  if (kind === "unreachable") return CATALOGUE.QV304.fixes.unreachable({ issuer });
  if (kind === "dotted-bucket") return CATALOGUE.QV304.fixes.dottedBucket({ issuer });
  return kind === "eks" ? remove : inOrder(update, remove);
}

function invalidToken(message: string, roleArn: string, token: TokenSummary, answer: string, region: string): Failure {
  const issuer = token.issuer ?? "";
  const { accountId: account = "", partition = "" } = parseRoleArn(roleArn) ?? {};
  const provider = isPartition(partition) ? oidcProviderArn(partition, account, issuer) : "ARN";
  if (/no open ?id ?connect ?provider/i.test(message)) {
    return {
      code: "QV302",
      detail: `${answer}\nThe account of the role is ${account}, and the issuer of the token is ${issuer}.`,
      fix: providerFix(issuer, account, region),
    };
  }
  if (/audience/i.test(message)) {
    const { create, other, manual } = CATALOGUE.QV303.fixes;
    return {
      code: "QV303",
      detail: `${answer}\nThe audience of the token is ${token.audience?.join(", ")}, and the issuer is ${issuer}.`,
      fix: inOrder(create, other, manual({ provider })),
    };
  }
  if (/thumbprint/i.test(message)) {
    return { code: "QV306", detail: `${answer}\nThe issuer of the token is ${issuer}.`, fix: thumbprintFix(issuer) };
  }
  return { code: "QV304", detail: `${answer}\nThe issuer of the token is ${issuer}.`, fix: keysFix(issuer) };
}
