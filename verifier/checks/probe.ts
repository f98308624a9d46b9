import { parseArn, parseRoleArn } from "../../iam/arn";
import { isRegion } from "../../iam/partition";
import type { AwsError } from "../aws/aws-error";
import type { Probe } from "../pod/options";
import { oneLine } from "../pod/printable";
import type { Failure } from "./check";
import { VARIABLES } from "./check";

/** What AWS calls the layers of policies that can deny. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
export const LAYERS =
  /\b(identity-based polic|permissions boundar|service control polic|resource control polic|session polic|resource-based polic|VPC endpoint polic)(?:y|ies)/i;

/** Codes by which AWS refuses credentials rather than the action. */
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

/** GetCallerIdentity, by which the role proves to be itself, or the probe. */
export type RoleCall = Probe | "identity";

const IDENTITY = "sts:GetCallerIdentity";

/** The action that a call needs. HeadBucket is allowed by ListBucket. */
function action(call: RoleCall): { readonly name: string; readonly resource: string } {
  if (call === "identity") return { name: IDENTITY, resource: "*" };
  return call.name === "s3:bucket"
    ? { name: "s3:ListBucket", resource: `arn:aws:s3:::${call.bucket}` }
    : { name: "s3:ListAllMyBuckets", resource: "*" };
}

/** QV40x: why the role, once assumed, is refused. HeadBucket's answers have no body: there the status decides. */
export function probeFailure(error: AwsError, call: RoleCall, roleArn: string): Failure {
  const { name, resource } = action(call);
  // An answer without a body has no words: the SDK's own stand in for them.
  const wordless = error.code === undefined || error.message === "UnknownError";
  const said = `AWS says ${wordless ? `HTTP ${error.status}` : `${oneLine(error.code ?? "")}: ${oneLine(error.message)}`}`;
  const code = error.code ?? "";
  if (REFUSED_CREDENTIALS.includes(code)) {
    return {
      code: "QV405",
      detail: said,
      fix: credentialsFix(code),
    };
  }
  const named = error.headers["x-amz-bucket-region"] ?? "";
  // A header may hold anything.
  const region = isRegion(named) ? named : undefined;
  if (
    call !== "identity" &&
    (code === "NoSuchBucket" ||
      code === "NotFound" ||
      ELSEWHERE.includes(code) ||
      error.status === 404 ||
      // HeadBucket's redirect, which has no body: 301, 307 while a new bucket is not known everywhere, or 400 with the region.
      error.status === 301 ||
      error.status === 307 ||
      (error.status === 400 && region !== undefined))
  ) {
    return {
      code: "QV404",
      detail: `${said}; ${region ? `the bucket is in ${region}` : "there is no such bucket, or it is in another region"}`,
      fix: region
        ? `set AWS_REGION=${region} (${VARIABLES}), or probe a bucket of this region`
        : "check the bucket's name in --probe s3:bucket:NAME",
    };
  }
  if (
    code === "AccessDenied" ||
    code === "AccessDeniedException" ||
    code === "Forbidden" ||
    (code === "" && error.status === 403)
  ) {
    return denied(error, said, name, resource, roleArn);
  }
  return { code: "QV499", detail: said, fix: "see the documentation of this error code; CloudTrail shows the call" };
}

function credentialsFix(code: string): string {
  if (code === "RequestTimeTooSkewed") {
    return "the node's clock is wrong: mend its time synchronization (chrony on EKS nodes), or replace the node";
  }
  if (code === "SignatureDoesNotMatch") {
    return `something between the pod and AWS changes the calls after they are signed: let them past the proxy with NO_PROXY, and check AWS_ENDPOINT_URL (${VARIABLES})`;
  }
  return "new credentials may take seconds to be known everywhere: try again (--wait 60s does); in an opt-in region set AWS_REGION to one that is activated; check the node's clock";
}

function denied(error: AwsError, said: string, name: string, resource: string, roleArn: string): Failure {
  const layer = LAYERS.exec(error.message)?.[0].toLowerCase();
  const explicit = /explicit deny/i.test(error.message);
  if (layer !== undefined && (explicit || !layer.startsWith("identity-based"))) {
    return {
      code: "QV403",
      detail: `${said}; ${name} on ${resource} is ${explicit ? "denied explicitly by" : "not allowed by"} the ${layer}`,
      fix: layerFix(layer, name),
    };
  }
  if (explicit) {
    return {
      code: "QV403",
      detail: `${said}; a policy denies ${name} explicitly`,
      fix: `look for a Deny of ${name} in the role's policies, its boundary, the organization's SCPs and the VPC endpoint's policy`,
    };
  }
  if (name === IDENTITY) {
    return {
      code: "QV403",
      detail: `${said}; no policy of the role is asked for ${name}, so that it is a VPC endpoint's that does not allow it`,
      fix: layerFix("vpc endpoint", name),
    };
  }
  const owner = name === "s3:ListBucket" ? ", or the bucket is another account's" : "";
  const unnamed = layer === undefined ? `; AWS does not say which policy${owner}` : "";
  return {
    code: "QV402",
    detail: `${said}; the role's policies do not allow ${name} on ${resource}${unnamed}`,
    fix: `give role ${parseRoleArn(roleArn)?.name} a policy that allows ${name} on ${resource} (policies or inlinePolicies in clusters/*.yaml, for example AmazonS3ReadOnlyAccess) and run cdktf deploy '<cluster>-iam', or probe what it may do: --probe s3:bucket:NAME or none`,
  };
}

function layerFix(layer: string, name: string): string {
  if (layer.startsWith("permissions"))
    return `let the role's permissions boundary allow ${name} (permissionsBoundary in clusters/*.yaml or irsa.yaml)`;
  if (layer.startsWith("service control"))
    return `the organization's service control policies must allow ${name} in this account: ask who manages AWS Organizations`;
  if (layer.startsWith("resource control"))
    return "the organization's resource control policies must allow this role: ask who manages AWS Organizations";
  if (layer.startsWith("vpc endpoint"))
    return `the policy of the VPC endpoint that the pod's traffic takes must allow ${name} for this role`;
  if (layer.startsWith("resource-based")) return "the bucket's own policy must allow this role, or no longer deny it";
  if (layer.startsWith("session"))
    return "the session's policy must allow it; this verifier sets none, so something between the pod and STS does";
  return `remove the Deny of ${name} from the role's policies (policies, inlinePolicies in clusters/*.yaml)`;
}

/** A session's name. Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
const SESSION_NAME = /^[\w+=,.@-]{1,64}$/;

/** QV401, or undefined where the session is one of the role in its account. */
export function identityFailure(callerArn: string, roleArn: string): Failure | undefined {
  const [role, caller] = [parseRoleArn(roleArn), parseArn(callerArn)];
  const [kind, name, session = "", ...more] = caller?.resource.split("/") ?? [];
  const isSession = kind === "assumed-role" && SESSION_NAME.test(session) && more.length === 0;
  const same = caller?.service === "sts" && caller.region === "" && isSession && name === role?.name;
  if (same && caller.accountId === role?.accountId && caller.partition === role.partition) return undefined;
  return {
    code: "QV401",
    detail: `AWS knows this pod as ${oneLine(callerArn)}, expected a session of ${roleArn}`,
    fix: `something answers in AWS's place, or changes the calls: check AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS and HTTPS_PROXY (${VARIABLES})`,
  };
}
