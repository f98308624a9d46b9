import type { Role } from "../config/project";
import { type Conditions, members } from "../iam/policy-types";
import { opening } from "../iam/trust-openness";
import { areAssuming, PRINCIPAL_TYPES, type PrincipalType } from "../iam/trust-statement";

/** A principal other than a service account that the trust policy of a role admits. */
export interface AdmittedPrincipal {
  readonly type: PrincipalType;
  /** An ARN, an account, a service, or `*`. */
  readonly name: string;
  readonly actions: readonly string[];
  readonly conditions: Conditions;
  /** Who can assume the role, if the conditions do not narrow this to named identities. */
  readonly open?: string;
}

/** Returns the principals of a role's additional trust; none without a role. */
export function admittedPrincipals(role: Role | undefined): AdmittedPrincipal[] {
  return (role?.additionalTrust ?? []).flatMap(({ Principal, Action, Condition = {} }) =>
    PRINCIPAL_TYPES.flatMap((type) =>
      members(typeof Principal === "object" ? Principal[type] : undefined).map((name) => {
        const actions = members(Action);
        const open = areAssuming(actions) ? opening(type, name, Condition)?.problem : undefined;
        const common = { type, name, actions, conditions: Condition };
        return open === undefined ? common : { ...common, open };
      }),
    ),
  );
}

/** Returns such as `Service pods.eks.amazonaws.com (sts:AssumeRole) if StringEquals aws:SourceAccount 123456789012`. */
export function principalText({ type, name, actions, conditions }: AdmittedPrincipal): string {
  const terms = conditionTerms(conditions);
  return `${type} ${name} (${actions.join(", ")})${terms.length === 0 ? "" : ` if ${terms.join(" and ")}`}`;
}

/** Whether a principal admits at most the requests that another one admits. Can return false for one that does. */
export function isNarrower(narrow: AdmittedPrincipal, wide: AdmittedPrincipal): boolean {
  const terms = new Set(conditionTerms(narrow.conditions));
  return (
    narrow.actions.every((action) => wide.actions.includes(action)) &&
    conditionTerms(wide.conditions).every((term) => terms.has(term))
  );
}

/** Returns a text for each condition key, which are met together. */
export function conditionTerms(conditions: Conditions): string[] {
  return Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => `${operator} ${key} ${members(values).join(" or ")}`),
  );
}
