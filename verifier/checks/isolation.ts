import { parseRoleArn } from "../../iam/arn";
import { redirection } from "../aws/endpoint";
import type { Options } from "../pod/options";
import { type PodView, variable } from "../pod/view";
import { CATALOGUE, inOrder } from "./catalogue";
import { SESSION_NAME } from "./environment";
import { otherCredentials } from "./other-credentials";
import { type Check, type Failure, found, passed } from "./result";
import { serviceAccountOf } from "./token";

/** A random UUID. Each run uses the same one, so that CloudTrail shows the calls of the verifier together. */
const UUID = "5f0c7a3e-9b1d-4c68-8e24-d7a6b3f19c05";

/**
 * Returns the session names for the calls to STS. With `--expect allowed`: AWS_ROLE_SESSION_NAME, or the verifier's name.
 * With `--expect denied`: AWS_ROLE_SESSION_NAME, and one name of each form that AWS SDKs generate without it, since a trust
 * policy can depend on `sts:RoleSessionName`.
 */
export function sessionNames(pod: PodView, expect: Options["expect"]): readonly string[] {
  const name = variable(pod, "AWS_ROLE_SESSION_NAME");
  const own = name !== undefined && SESSION_NAME.test(name) ? [name] : [];
  if (expect === "allowed") return [...own, "qovery-irsa-verifier"].slice(0, 1);
  return [...new Set([...own, ...generatedNames(pod.now())])];
}

/** Returns a session name of each form that AWS SDKs generate. @param time in milliseconds since 1970 */
function generatedNames(time: number): readonly string[] {
  return [
    // boto3, AWS CLI: https://github.com/boto/botocore/blob/develop/botocore/credentials.py
    `botocore-session-${Math.floor(time / 1000)}`,
    // JavaScript 3: https://github.com/aws/aws-sdk-js-v3/blob/main/packages-internal/credential-provider-web-identity/src/fromWebToken.ts
    `aws-sdk-js-session-${time}`,
    // JavaScript 2: https://github.com/aws/aws-sdk-js/blob/master/lib/credentials/token_file_web_identity_credentials.js
    "token-file-web-identity",
    // Java 1: https://github.com/aws/aws-sdk-java/blob/master/aws-java-sdk-core/src/main/java/com/amazonaws/auth/WebIdentityTokenCredentialsProvider.java
    // Java 2, default chain: https://github.com/aws/aws-sdk-java-v2/blob/master/services/sts/src/main/java/software/amazon/awssdk/services/sts/internal/StsWebIdentityCredentialsProviderFactory.java
    // Java 2, explicit: https://github.com/aws/aws-sdk-java-v2/blob/master/services/sts/src/main/java/software/amazon/awssdk/services/sts/auth/StsWebIdentityTokenFileCredentialsProvider.java
    `aws-sdk-java-${time}`,
    // Go 1: https://github.com/aws/aws-sdk-go/blob/main/aws/credentials/stscreds/web_identity_provider.go
    // Go 2: https://github.com/aws/aws-sdk-go-v2/blob/main/credentials/stscreds/web_identity_provider.go
    `${time}000000`,
    // PHP: https://github.com/aws/aws-sdk-php/blob/master/src/Credentials/AssumeRoleWithWebIdentityCredentialProvider.php
    `aws-sdk-php-${time}`,
    // Rust: https://github.com/smithy-lang/smithy-rs/blob/main/aws/rust-runtime/aws-config/src/web_identity_token.rs
    `web-identity-token-${time}`,
    // Kotlin: https://github.com/awslabs/aws-sdk-kotlin/blob/main/aws-runtime/aws-config/common/src/aws/sdk/kotlin/runtime/auth/credentials/StsWebIdentityCredentialsProvider.kt
    `aws-sdk-kotlin-${time}`,
    // .NET: https://github.com/aws/aws-sdk-net/blob/main/sdk/src/Core/Amazon.Runtime/Credentials/AssumeRoleWithWebIdentityCredentials.cs
    UUID,
    // C++: https://github.com/aws/aws-sdk-cpp/blob/main/src/aws-cpp-sdk-core/source/auth/STSCredentialsProvider.cpp
    // Swift: https://github.com/awslabs/aws-sdk-swift/blob/main/Sources/Core/AWSSDKIdentity/Sources/AWSSDKIdentity/AWSCredentialIdentityResolvers/STSWebIdentityAWSCredentialIdentityResolver.swift
    UUID.toUpperCase(),
    // Ruby: https://github.com/aws/aws-sdk-ruby/blob/version-3/gems/aws-sdk-core/lib/aws-sdk-core/assume_role_web_identity_credentials.rb
    Buffer.from(UUID).toString("base64"),
  ];
}

/** What STS answered to `--expect denied`. */
export interface Answer {
  /** Why the last call failed; undefined if STS issued credentials. */
  readonly failure: Failure | undefined;
  /** The session names that were tried. */
  readonly names: readonly string[];
  readonly pod: PodView;
  readonly options: Options;
  readonly roleArn: string;
  readonly subject: string | null;
  readonly session: string | undefined;
}

/** Returns QV320 or QV321 for one try. Only a denial by the trust policy, from AWS's own STS, proves isolation. */
export function denialCheck(answer: Answer): { check: Check; failure?: Failure } {
  const { failure, names, pod, options, roleArn, subject } = answer;
  if (!failure) {
    return failing({
      code: "QV320",
      detail: [
        `This run (\`--expect denied\`) checks that STS denies the role to ${subject}. STS issued ${answer.session}.`,
        "AWS_ROLE_ARN in this pod does not show that access is intended: isolation jobs have it too.",
      ].join("\n"),
      fix: isolationFix(roleArn, subject),
    });
  }
  if (failure.code === "QV301" && !failure.byTrustPolicy) {
    // The rest of the detail and the fixes of QV301 give the token access, which `--expect denied` does not want.
    const answer = failure.detail.replace(/\n.*/s, "");
    return failing({
      code: "QV321",
      reason: "QV301",
      detail: `QV301: ${answer}\nThe message does not show that the trust policy denied the call.`,
      fix: CATALOGUE.QV321.fixes.unclear,
    });
  }
  if (failure.code !== "QV301") {
    const { code: reason, detail, fix } = failure;
    return failing({ code: "QV321", reason, detail: `${reason}: ${detail}`, fix });
  }
  const endpoint = redirection("STS", pod.env)?.variable;
  if (endpoint !== undefined && !options.allowEndpoint) {
    return failing({
      code: "QV321",
      detail: `QV122: ${endpoint} redirects the calls to STS, so the denial is not from AWS's own STS.`,
      fix: inOrder(CATALOGUE.QV321.fixes.delete({ variable: endpoint }), CATALOGUE.QV321.fixes.allow),
    });
  }
  const own = variable(pod, "AWS_ROLE_SESSION_NAME") === names[0] ? "AWS_ROLE_SESSION_NAME and " : "";
  const detail = [
    `STS denied ${roleArn} to ${subject}, and also denies a role that does not exist.`,
    `Tried session names (${own}one of each form that AWS SDKs generate): ${names.join(", ")}.`,
  ];
  return { check: passed("QV320", detail.join("\n")) };
}

/** The trust policy is unknown here. By default a service account has the name of its role, so this name suggests `scope: cluster`. */
function isolationFix(roleArn: string, subject: string | null): string {
  const { deploy, anyAccount, sameName, mistake, intended } = CATALOGUE.QV320.fixes;
  const role = parseRoleArn(roleArn)?.name ?? "";
  const { namespace, account } = serviceAccountOf(subject);
  const values = { namespace, account, role };
  return inOrder(
    deploy(values),
    account === role ? sameName(values) : anyAccount(values),
    mistake(values),
    intended(values),
  );
}

/** How often and for how long STS denied the role in a run. */
export interface Denials {
  readonly count: number;
  /** The number of tries, denied or not. */
  readonly tries: number;
  /** The time from the first denial to the last one, in milliseconds. */
  readonly duringMs: number;
}

/** Returns a sentence on denials that prove isolation. */
export function lasting({ count, tries, duringMs }: Denials, { waitMs }: Options): string {
  return waitMs === 0
    ? "The denial was seen once. Changes in IAM take seconds to propagate: `--wait 60s` tries until its end."
    : `STS denied ${count} of ${tries} tries, during ${(duringMs / 1000).toFixed(1)} s until the end of \`--wait\`.`;
}

/** Returns a sentence on denials that do not prove isolation, for the detail of another failure. */
export function notLasting({ count, tries }: Denials, isLastDenied: boolean): string {
  return isLastDenied
    ? `STS denied only the last one of ${tries} tries: a single denial does not show that the denial lasts.`
    : `STS denied ${count} of ${tries} tries, and did not deny the last one.`;
}

/** Returns QV321 for a run that ended before the end of `--wait`. */
export function interrupted({ count, tries }: Denials): Check {
  const { stopped, longer } = CATALOGUE.QV507.fixes;
  return found("QV321", {
    detail: `QV507: the run ended before the end of \`--wait\`. STS denied ${count} of ${tries} tries until then.`,
    fix: inOrder(stopped, longer),
  });
}

function failing(failure: Failure): { check: Check; failure: Failure } {
  return { check: found(failure.code, failure, failure.reason), failure };
}

/** Returns QV322: credentials with which `--expect denied` tries nothing. */
export function untriedCredentials(pod: PodView): Check {
  const names = otherCredentials(pod).join(", ");
  if (names === "") return passed("QV322");
  return found("QV322", {
    detail: `The verifier tried only the token. Access with other credentials is unknown. Found: ${names}.`,
    fix: CATALOGUE.QV322.fixes.delete({ names }),
  });
}
