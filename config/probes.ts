import { globMatches, parseGlob } from "../iam/glob";
import { members, type OneOrMany, type PolicyDocument } from "../iam/policy-types";
import type { Role } from "./project";

/** AWS managed policies that allow s3:ListAllMyBuckets. */
export const LISTING = [
  "AdministratorAccess",
  "AmazonS3FullAccess",
  "AmazonS3ReadOnlyAccess",
  "PowerUserAccess",
  "ReadOnlyAccess",
];

/** The action of the probe `s3:list-buckets`, in lower case. */
const LIST = "s3:listallmybuckets";

/**
 * Returns what the verifier does with the credentials of a role: the probe of the configuration, or `s3:list-buckets` if a
 * policy of the role allows it and none denies it, or `none`.
 */
export function probeOf(role: Role): string {
  if (role.probe !== undefined) return role.probe;
  const listing = role.managedPolicies.some((arn) => LISTING.some((name) => arn.endsWith(`:iam::aws:policy/${name}`)));
  const allowed = listing || role.inlinePolicies.some(({ document }) => listsBuckets(document));
  return allowed && !role.inlinePolicies.some(({ document }) => deniesListing(document)) ? "s3:list-buckets" : "none";
}

/** Returns the bucket of the probe `s3:bucket:<name>`. */
export function probedBucket(role: Role): string | undefined {
  return /^s3:bucket:(.+)$/.exec(role.probe ?? "")?.[1];
}

/** Whether a statement without a condition allows s3:ListAllMyBuckets on `*`, its only resource, and no statement denies it. */
function listsBuckets(document: PolicyDocument): boolean {
  const about = members(document.Statement).filter(({ Action }) => names(Action, LIST));
  const allowed = about.some(
    ({ Effect, Resource, Condition }) => Effect === "Allow" && !Condition && members(Resource).includes("*"),
  );
  return allowed && !about.some(({ Effect }) => Effect === "Deny");
}

/** Whether a statement denies s3:ListAllMyBuckets always, whatever another policy allows. */
function deniesListing(document: PolicyDocument): boolean {
  return members(document.Statement).some(
    ({ Effect, Action, NotAction, Resource, Condition }) =>
      Effect === "Deny" &&
      !Condition &&
      members(Resource).includes("*") &&
      (names(Action, LIST) || (NotAction !== undefined && !names(NotAction, LIST))),
  );
}

function names(patterns: OneOrMany | undefined, action: string): boolean {
  return members(patterns).some(
    (pattern) => pattern === "*:*" || globMatches(parseGlob(pattern.toLowerCase()), action),
  );
}
