import { redirection } from "../aws/endpoint";
import type { Options } from "../pod/options";
import { type PodView, variable } from "../pod/view";
import { CATALOGUE } from "./catalogue";
import { SESSION_NAME } from "./environment";
import { otherCredentials } from "./other-credentials";
import { type Check, type Failure, found, passed, withContact } from "./result";

/**
 * Returns the session names for the calls to STS. With `--expect allowed`: AWS_ROLE_SESSION_NAME, or the verifier's name.
 * With `--expect denied`: every name that an SDK uses, since a trust policy can depend on `sts:RoleSessionName`.
 */
export function sessionNames(pod: PodView, expect: Options["expect"]): readonly string[] {
  const name = variable(pod, "AWS_ROLE_SESSION_NAME");
  const own = name !== undefined && SESSION_NAME.test(name) ? [name] : [];
  if (expect === "allowed") return [...own, "qovery-irsa-verifier"].slice(0, 1);
  const time = pod.now();
  // The defaults of boto3 and the AWS CLI, of the SDKs for JavaScript and Java, and of the SDK for Go.
  const defaults = [
    `botocore-session-${Math.floor(time / 1000)}`,
    `aws-sdk-js-session-${time}`,
    `aws-sdk-java-${time}`,
  ];
  return [...own, ...defaults, `aws-go-sdk-${time}000000`];
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

/** Returns QV320 or QV321. Only a denial by the trust policy, from AWS's own STS, proves isolation. */
export function denialCheck(answer: Answer): { check: Check; failure?: Failure } {
  const { failure, names, pod, options, roleArn, subject } = answer;
  if (!failure) {
    return failing({
      code: "QV320",
      detail: `STS issued ${answer.session} to ${subject}.`,
      fix: CATALOGUE.QV320.fixes.pin,
    });
  }
  if (failure.code !== "QV301") {
    const fix = withContact(failure.code, failure.fix);
    return failing({ code: "QV321", reason: failure.code, detail: `${failure.code}: ${failure.detail}`, fix });
  }
  const endpoint = redirection("STS", pod.env)?.variable;
  if (endpoint !== undefined && !options.allowEndpoint) {
    return failing({
      code: "QV321",
      detail: `QV122: ${endpoint} redirects the calls to STS, so the denial is not from AWS's own STS.`,
      fix: CATALOGUE.QV321.fixes.endpoint({ variable: endpoint }),
    });
  }
  const lasting =
    options.waitMs > 0
      ? "STS denied every try until the end of `--wait`."
      : "The denial was seen once. Changes in IAM take seconds to propagate: `--wait 60s` tries until its end.";
  const detail = [
    `STS denied ${roleArn} to ${subject}, and also denies a role that does not exist.`,
    lasting,
    `Session names: ${names.join(", ")}.`,
  ];
  return { check: passed("QV320", detail.join("\n")) };
}

function failing(failure: Failure): { check: Check; failure: Failure } {
  return { check: found(failure.code, failure), failure };
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
