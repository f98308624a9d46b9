import { LAYER_FIXES } from "./catalogue";

/** What a denial of AWS names as its cause. */
export interface Denial {
  /** The policy type, such as `permissions boundary`, in lower case; undefined if AWS names none. */
  readonly layer: string | undefined;
  /** Whether a statement denies the call, as opposed to no statement that allows the call. */
  readonly explicit: boolean;
}

/** Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
const NAMED =
  /(?:because no|explicit deny in (?:an?|the)|denied by (?:an?|the)) ((?:[\w-]+ ){1,4}?(?:polic(?:y|ies)|boundar(?:y|ies)))\b/i;

const ANYWHERE =
  /\b(?:identity-based|service control|resource control|session|resource-based|VPC endpoint|(?:role )?trust) polic(?:y|ies)\b|\bpermissions boundar(?:y|ies)\b/i;

/** Returns the cause of an AccessDenied of STS or S3, by its message. */
export function readDenial(message: string): Denial {
  const layer = (NAMED.exec(message)?.[1] ?? ANYWHERE.exec(message)?.[0])?.toLowerCase();
  return { layer, explicit: /explicit(?:ly)? den(?:y|ie[sd])/i.test(message) };
}

/** Whether the denial of an AssumeRoleWithWebIdentity can be the decision of the role's trust policy. */
export function isByTrustPolicy({ layer, explicit }: Denial): boolean {
  return layer === undefined ? !explicit : layer.endsWith("trust policy");
}

/** Returns the fix for a denial by a policy type that AWS names, or by an unknown one. */
export function layerFix(layer: string | undefined, action: string): string {
  const { boundary, organization, endpoint, session, unnamed } = LAYER_FIXES;
  if (layer?.startsWith("permissions")) return boundary({ action });
  if (layer && /^(service|resource) control/.test(layer)) return organization({ action, layer });
  if (layer?.startsWith("vpc endpoint")) return endpoint({ action });
  return layer?.startsWith("session") ? session : unnamed({ action });
}
