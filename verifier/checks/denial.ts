import { LAYER_FIXES } from "./catalogue";

/** What a denial of AWS names as its cause. */
export interface Denial {
  /** The policy type, such as `permissions boundary` or `VPC endpoint policy`; undefined if AWS names none. */
  readonly layer: string | undefined;
  /** Whether a statement denies the call, as opposed to no statement that allows the call. */
  readonly explicit: boolean;
}

/** Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
const NAMED =
  /(?:because no|explicit deny in (?:an?|the)|denied by (?:an?|the)) ((?:[\w-]+ ){1,4}?(?:polic(?:y|ies)|boundar(?:y|ies)))\b/gi;

const ANYWHERE =
  /\b(?:identity-based|service control|resource control|session|resource-based|VPC endpoint|(?:role )?trust) polic(?:y|ies)\b|\bpermissions boundar(?:y|ies)\b/gi;

const TRUST_POLICY = /^(?:role )?trust policy$/;

/** The whole message of STS if no statement of the trust policy admits the token, or if the role does not exist. */
const NOT_ADMITTED = "Not authorized to perform sts:AssumeRoleWithWebIdentity";

/** Returns the cause of an AccessDenied of STS or S3, by its message. */
export function readDenial(message: string): Denial {
  const layers = [...named(message), ...(message.match(ANYWHERE) ?? [])].map((layer) =>
    layer.toLowerCase().replace(/^vpc/, "VPC"),
  );
  const layer = layers.find((candidate) => !TRUST_POLICY.test(candidate)) ?? layers[0];
  return { layer, explicit: /explicit(?:ly)? den(?:y|ie[sd])/i.test(message) };
}

/** Whether the denial of an AssumeRoleWithWebIdentity can be the decision of the role's trust policy. */
export function canBeByTrustPolicy({ layer, explicit }: Denial): boolean {
  return layer === undefined ? !explicit : TRUST_POLICY.test(layer);
}

/**
 * Whether the message shows that the role's trust policy denied an AssumeRoleWithWebIdentity. Any other message, also one
 * in another language, can be about another policy.
 */
export function isByTrustPolicy(message: string): boolean {
  if (message.trim() === NOT_ADMITTED) return true;
  return named(message).length > 0 && canBeByTrustPolicy(readDenial(message));
}

function named(message: string): readonly string[] {
  return [...message.matchAll(NAMED)].map(([, layer = ""]) => layer);
}

/** Returns the fix for a denial by a policy type that AWS names, or by an unknown one. */
export function layerFix(layer: string | undefined, action: string): string {
  const { boundary, organization, endpoint, session, unnamed } = LAYER_FIXES;
  if (layer?.startsWith("permissions")) return boundary({ action });
  if (layer && /^(service|resource) control/.test(layer)) return organization({ action, layer });
  if (layer?.startsWith("VPC endpoint")) return endpoint({ action });
  return layer?.startsWith("session") ? session : unnamed({ action });
}
