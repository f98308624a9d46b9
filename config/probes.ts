import { globMatches, parseGlob } from "../iam/glob";
import { members, type OneOrMany, type PolicyDocument } from "../iam/policy-types";
import type { Role } from "./project";

/** AWS managed policies that are known to allow listing the account's buckets. */
export const LISTING = [
  "AdministratorAccess",
  "AmazonS3FullAccess",
  "AmazonS3ReadOnlyAccess",
  "PowerUserAccess",
  "ReadOnlyAccess",
];

/**
 * What the verifier can be asked to do with a role's credentials: what its configuration says, else to list the buckets
 * where its policies are known to allow that, else nothing.
 */
export function probeOf(role: Role): string {
  if (role.probe !== undefined) return role.probe;
  const listing = role.managedPolicies.some((arn) => LISTING.some((name) => arn.endsWith(`:iam::aws:policy/${name}`)));
  return listing || role.inlinePolicies.some(({ document }) => listsBuckets(document)) ? "s3:list-buckets" : "none";
}

/** The bucket that a probe looks into. */
export function probedBucket(role: Role): string | undefined {
  return /^s3:bucket:(.+)$/.exec(role.probe ?? "")?.[1];
}

/** Whether a statement allows s3:ListAllMyBuckets, which knows no resource but `*`, and none denies it. A condition may not hold here. */
function listsBuckets(document: PolicyDocument): boolean {
  const about = members(document.Statement).filter(({ Action }) => names(Action, "s3:listallmybuckets"));
  const allowed = about.some(
    ({ Effect, Resource, Condition }) => Effect === "Allow" && !Condition && members(Resource).includes("*"),
  );
  return allowed && !about.some(({ Effect }) => Effect === "Deny");
}

function names(patterns: OneOrMany | undefined, action: string): boolean {
  return members(patterns).some(
    (pattern) => pattern === "*:*" || globMatches(parseGlob(pattern.toLowerCase()), action),
  );
}
