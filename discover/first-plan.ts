import { exampleSubject } from "../access/isolation";
import type { Role } from "../config/project";
import type { PolicyDocument } from "../iam/policy-types";
import type { ProviderIdentity, RoleDetails } from "./account";
import type { TranslatedRole } from "./translate";
import { accessChange, trustDifference } from "./trust-change";

/** What the first deployment changes in a role that exists. */
export interface FirstPlan {
  /** What changes in who can assume the role; undefined if nothing does. */
  readonly access?: string;
  /** The parts that Terraform removes (`-`) and adds (`+`). Empty if the plan shows no change. */
  readonly lines: readonly string[];
  /** The subjects that can assume the role only after the deployment. */
  readonly opened: readonly string[];
}

export interface PlannedRole extends TranslatedRole {
  /** Undefined if the role is not declared. */
  readonly plan?: FirstPlan;
}

/** Compares a declared role with the role in the account. */
export function firstPlan(declared: Role, found: RoleDetails, provider: ProviderIdentity): FirstPlan {
  const before = found.trustPolicy as PolicyDocument;
  const trust = trustDifference(before, declared.trustPolicy);
  const examples = declared.trusts.flatMap(({ subjects }) => subjects.map(exampleSubject));
  const { opened, narrowed } = accessChange(before, declared.trustPolicy, provider, examples);
  const access =
    opened.length > 0
      ? "no service account can assume the role today; the deployment admits the declared service accounts"
      : narrowed
        ? "the deployment narrows who can assume the role"
        : trust.length > 0
          ? "the same service accounts can assume the role before and after"
          : undefined;
  return {
    ...(access === undefined ? {} : { access }),
    lines: [...trust, ...boundaryDifference(declared, found), ...tagDifference(declared, found)],
    opened,
  };
}

function boundaryDifference(declared: Role, found: RoleDetails): string[] {
  const [before, after] = [found.permissionsBoundary, declared.permissionsBoundary];
  if (before === after) return [];
  return [
    ...(before === undefined ? [] : [`- permissions boundary ${before}`]),
    ...(after === undefined ? [] : [`+ permissions boundary ${after}`]),
  ];
}

function tagDifference(declared: Role, { tags }: RoleDetails): string[] {
  const added = Object.entries(declared.tags).filter(([key, value]) => tags.get(key) !== value);
  return added.flatMap(([key, value]) => {
    const before = tags.get(key);
    return [...(before === undefined ? [] : [`- tag ${key} = ${before}`]), `+ tag ${key} = ${value}`];
  });
}
