import { parseArn, parseRoleArn } from "../../iam/arn";
import { isRegion } from "../../iam/partition";
import type { AwsError } from "../aws/aws-error";
import type { Probe } from "../pod/options";
import { oneLine } from "../pod/printable";
import { CATALOGUE, inOrder } from "./catalogue";
import type { Failure } from "./check";

/** The policy types that can deny a call, as AWS names them. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
export const LAYERS =
  /\b(identity-based polic|permissions boundar|service control polic|resource control polic|session polic|resource-based polic|VPC endpoint polic)(?:y|ies)/i;

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
function action(call: RoleCall): { readonly name: string; readonly resource: string } {
  if (call === "identity") return { name: IDENTITY, resource: "*" };
  return call.name === "s3:bucket"
    ? { name: "s3:ListBucket", resource: `arn:aws:s3:::${call.bucket}` }
    : { name: "s3:ListAllMyBuckets", resource: "*" };
}

/** Returns QV40x: why AWS refused a call with the role's credentials. */
export function probeFailure(error: AwsError, call: RoleCall, roleArn: string): Failure {
  const { name, resource } = action(call);
  // Responses to HeadBucket have no body, so the status decides and the message is the SDK's own.
  const wordless = error.code === undefined || error.message === "UnknownError";
  const answer = `AWS returned ${wordless ? `HTTP ${error.status}` : `${oneLine(error.code ?? "")}: ${oneLine(error.message)}`}`;
  const code = error.code ?? "";
  if (REFUSED_CREDENTIALS.includes(code)) return { code: "QV405", detail: answer, fix: credentialsFix(code) };
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
  return { code: "QV499", detail: answer, fix: CATALOGUE.QV499.fixes.read };
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

function credentialsFix(code: string): string {
  const { clock, proxy, wait, region } = CATALOGUE.QV405.fixes;
  if (code === "RequestTimeTooSkewed") return clock;
  return code === "SignatureDoesNotMatch" ? proxy : inOrder(wait, region, clock);
}

function denied(error: AwsError, answer: string, name: string, resource: string, roleArn: string): Failure {
  const layer = LAYERS.exec(error.message)?.[0].toLowerCase();
  const explicit = /explicit deny/i.test(error.message);
  if (layer !== undefined && (explicit || !layer.startsWith("identity-based"))) {
    return {
      code: "QV403",
      detail: `${answer}\nThe ${layer} ${explicit ? "denies" : "does not allow"} ${name} on ${resource}.`,
      fix: layerFix(layer, name),
    };
  }
  if (explicit) {
    return {
      code: "QV403",
      detail: `${answer}\nA policy denies ${name}. AWS does not report which one.`,
      fix: CATALOGUE.QV403.fixes.unnamed({ action: name }),
    };
  }
  if (name === IDENTITY) {
    return {
      code: "QV403",
      detail: `${answer}\nOnly the policy of a VPC endpoint can deny ${name}: the call needs no other permission.`,
      fix: layerFix("vpc endpoint policy", name),
    };
  }
  const owner = name === "s3:ListBucket" ? " The bucket can also belong to another account." : "";
  const unnamed = layer === undefined ? ` AWS does not report which policy denies the call.${owner}` : "";
  const { probe, policy } = CATALOGUE.QV402.fixes;
  const role = parseRoleArn(roleArn)?.name ?? "";
  return {
    code: "QV402",
    detail: `${answer}\nThe policies of the role do not allow ${name} on ${resource}.${unnamed}`,
    fix: inOrder(probe({ action: name }), policy({ role, action: name, resource })),
  };
}

function layerFix(layer: string, action: string): string {
  const { boundary, organization, endpoint, resource, session, identity } = CATALOGUE.QV403.fixes;
  if (layer.startsWith("permissions")) return boundary({ action });
  if (/^(service|resource) control/.test(layer)) return organization({ action, layer });
  if (layer.startsWith("vpc endpoint")) return endpoint({ action });
  if (layer.startsWith("resource-based")) return resource({ action });
  return layer.startsWith("session") ? session : identity({ action });
}

/** A session's name. Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
const SESSION_NAME = /^[\w+=,.@-]{1,64}$/;

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
