import { parseArn, parseRoleArn } from "../../iam/arn";
import { isRegion } from "../../iam/partition";
import type { AwsError } from "../aws/aws-error";
import type { Probe } from "../pod/options";
import { oneLine } from "../pod/printable";
import { CATALOGUE, inOrder } from "./catalogue";
import { layerFix, readDenial } from "./denial";
import { SESSION_NAME } from "./environment";
import type { Failure } from "./result";

/** Error codes with which AWS refuses the credentials, not the action. */
const REFUSED_CREDENTIALS = [
  "InvalidToken",
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "SignatureDoesNotMatch",
  "RequestTimeTooSkewed",
  "RequestExpired",
  "TokenRefreshRequired",
  "AuthFailure",
];

const ELSEWHERE = [
  "PermanentRedirect",
  "AuthorizationHeaderMalformed",
  "TemporaryRedirect",
  "IllegalLocationConstraintException",
];

export function probeName(probe: Probe): string {
  return probe.name === "s3:bucket" ? `s3:bucket:${probe.bucket}` : probe.name;
}

/** A call with the role's credentials: GetCallerIdentity or the probe. */
export type RoleCall = Probe | "identity";

const IDENTITY = "sts:GetCallerIdentity";

/** Returns the action that a call needs. `s3:ListBucket` allows HeadBucket. */
function action(call: RoleCall, roleArn: string): { readonly name: string; readonly resource: string } {
  if (call === "identity") return { name: IDENTITY, resource: "*" };
  return call.name === "s3:bucket"
    ? { name: "s3:ListBucket", resource: `arn:${parseRoleArn(roleArn)?.partition ?? "aws"}:s3:::${call.bucket}` }
    : { name: "s3:ListAllMyBuckets", resource: "*" };
}

/**
 * Returns QV40x: why AWS refused a call with the role's credentials.
 * @param clockSkew AWS's clock minus the clock of the node, in seconds. @default - unknown
 */
export function probeFailure(error: AwsError, call: RoleCall, roleArn: string, clockSkew = 0): Failure {
  const { name, resource } = action(call, roleArn);
  // Responses to HeadBucket have no body, so the status decides and the message is the SDK's own.
  const wordless = error.code === undefined || error.message === "UnknownError";
  const answer = `AWS returned ${wordless ? `HTTP ${error.status}` : `${oneLine(error.code ?? "")}: ${oneLine(error.message)}`}`;
  const code = error.code ?? "";
  if (isClock(error, clockSkew)) {
    const seconds = Math.abs(Math.round(clockSkew));
    const measured = `The clock of the node is ${seconds} s ${clockSkew > 0 ? "behind" : "ahead of"} AWS's clock.`;
    const detail = clockSkew === 0 ? answer : `${answer}\n${measured}`;
    return { code: "QV405", detail, fix: CATALOGUE.QV405.fixes.clock };
  }
  if (REFUSED_CREDENTIALS.includes(code) || (ELSEWHERE.includes(code) && isListing(call))) {
    return { code: "QV405", detail: answer, fix: credentialsFix(error) };
  }
  if (call !== "identity" && isElsewhere(error)) {
    const region = regionOf(error);
    const { name: correct, region: move } = CATALOGUE.QV404.fixes;
    return {
      code: "QV404",
      detail: `${answer}\n${region ? `The bucket is in ${region}.` : "The bucket does not exist, or is in another region."}`,
      fix: region ? move({ region }) : correct,
    };
  }
  if (["AccessDenied", "AccessDeniedException", "Forbidden"].includes(code) || (code === "" && error.status === 403)) {
    return denied(error, answer, name, resource, roleArn);
  }
  // S3 sometimes answers a HEAD with 400 and no reason.
  const transient = error.code === undefined && error.status === 400;
  return { code: "QV499", detail: answer, fix: CATALOGUE.QV499.fixes.read, ...(transient ? { transient } : {}) };
}

function isListing(call: RoleCall): boolean {
  return call !== "identity" && call.name === "s3:list-buckets";
}

/** Differences of the clocks, in seconds, from which AWS rejects a signature, and from which S3 does so without a reason. */
const SKEW_OF_SIGNATURES = 300;
const SKEW_OF_S3 = 14.5 * 60;

/** Whether the clock of the node causes a refusal, by the message or by the measured difference. */
function isClock({ code, status, message }: AwsError, clockSkew: number): boolean {
  if (code === "RequestTimeTooSkewed" || /signature expired|signature not yet current/i.test(message)) return true;
  if (code === undefined) return status === 403 && Math.abs(clockSkew) > SKEW_OF_S3;
  return REFUSED_CREDENTIALS.includes(code) && Math.abs(clockSkew) > SKEW_OF_SIGNATURES;
}

/** Returns the region of the bucket as S3 reports it. */
function regionOf({ headers }: AwsError): string | undefined {
  const region = headers["x-amz-bucket-region"] ?? "";
  // A header can hold anything.
  return isRegion(region) ? region : undefined;
}

function isElsewhere(error: AwsError): boolean {
  const { code = "", status } = error;
  return (
    ["NoSuchBucket", "NotFound", ...ELSEWHERE].includes(code) ||
    status === 404 ||
    // HeadBucket's redirect: 301, 307 while a new bucket is not known everywhere, or 400 with the region.
    status === 301 ||
    status === 307 ||
    (status === 400 && regionOf(error) !== undefined)
  );
}

function credentialsFix({ code = "", message }: AwsError): string {
  const { proxy, wait, region, scope } = CATALOGUE.QV405.fixes;
  if (/scoped to a valid region/i.test(message) || ELSEWHERE.includes(code)) return scope;
  return code === "SignatureDoesNotMatch" ? proxy : inOrder(wait, region);
}

function denied(error: AwsError, answer: string, name: string, resource: string, roleArn: string): Failure {
  const { layer, explicit } = readDenial(error.message);
  if (layer !== undefined && (explicit || !layer.startsWith("identity-based"))) {
    return {
      code: "QV403",
      detail: `${answer}\nThe ${layer} ${explicit ? "denies" : "does not allow"} ${name} on ${resource}.`,
      fix: probeLayerFix(layer, name),
    };
  }
  if (explicit) {
    return {
      code: "QV403",
      detail: `${answer}\nA policy denies ${name}. AWS does not report which one.`,
      fix: layerFix(undefined, name),
    };
  }
  if (name === IDENTITY) {
    return {
      code: "QV403",
      detail: `${answer}\nOnly the policy of a VPC endpoint can deny ${name}: the call needs no other permission.`,
      fix: layerFix("VPC endpoint policy", name),
    };
  }
  const values = { role: parseRoleArn(roleArn)?.name ?? "", action: name, resource };
  const { bucket, policy, deploy, none, otherLayer, owner } = CATALOGUE.QV402.fixes;
  const unproven = `${answer}\nThe pod has the role, but the permission ${name} on ${resource} is not proven: the policies of the role do not allow it`;
  const isBucket = name === "s3:ListBucket";
  const known = [deploy(values), ...(isBucket ? [] : [bucket]), policy(values)];
  if (layer !== undefined) return { code: "QV402", detail: `${unproven}.`, fix: inOrder(...known, none(values)) };
  const others = `, or a service control policy or a permissions boundary denies it${isBucket ? ", or the bucket belongs to another account" : ""}`;
  return {
    code: "QV402",
    detail: `${unproven}${others}. AWS does not report which.`,
    fix: inOrder(...known, ...(isBucket ? [owner(values)] : []), none(values), otherLayer(values)),
  };
}

/** Returns the fix for a denial of the probe by a policy type that AWS names. */
function probeLayerFix(layer: string, action: string): string {
  const { resource, identity } = CATALOGUE.QV403.fixes;
  if (layer.startsWith("resource-based")) return resource({ action });
  return layer.startsWith("identity-based") ? identity({ action }) : layerFix(layer, action);
}

/** Returns QV401, or undefined if the ARN is a session of the role in the role's account. */
export function identityFailure(callerArn: string, roleArn: string): Failure | undefined {
  const [role, caller] = [parseRoleArn(roleArn), parseArn(callerArn)];
  const [kind, name, session = "", ...more] = caller?.resource.split("/") ?? [];
  const isSession = kind === "assumed-role" && SESSION_NAME.test(session) && more.length === 0;
  const same = caller?.service === "sts" && caller.region === "" && isSession && name === role?.name;
  if (same && caller.accountId === role?.accountId && caller.partition === role.partition) return undefined;
  return {
    code: "QV401",
    detail: `The identity of the pod is ${oneLine(callerArn)}. Expected: a session of ${roleArn}.`,
    fix: CATALOGUE.QV401.fixes.redirection,
  };
}
