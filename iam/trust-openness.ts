import type { ValueProblem } from "./names";
import { parseOperator } from "./operators";
import { type Conditions, members } from "./policy-types";
import type { PrincipalType } from "./trust-statement";

/**
 * Returns which identities can assume a role through a principal, if the configuration does not name each of them;
 * undefined if the conditions narrow the principal to named identities.
 * Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export function opening(type: PrincipalType, principal: string, conditions: Conditions = {}): ValueProblem | undefined {
  const narrows: Narrows = (keys, named) => isNarrowed(conditions, keys, named);
  if (type === "AWS") return awsOpening(principal, narrows);
  return type === "Service" ? serviceOpening(principal, narrows) : federatedOpening(principal, narrows);
}

/** Whether the conditions require one of these keys to have a value that is named. */
type Narrows = (keys: RegExp | string, named?: (value: string) => boolean) => boolean;

function awsOpening(principal: string, narrows: Narrows): ValueProblem | undefined {
  if (principal === "*") {
    // Anyone can create a role with a certain name in some account.
    const inAccount = (value: string) => /^arn:[^*?]+:[^*?]*:[^*?]*:[^*?]+:/.test(value);
    if (narrows(/^aws:PrincipalArn$/i, inAccount) || narrows(/^aws:Principal(?:Account|OrgID|OrgPaths)$|^aws:userid$/i))
      return undefined;
    return {
      problem: "everyone with an AWS account can assume the role",
      fix: "name the principals, or add a condition on aws:PrincipalArn or aws:PrincipalOrgID",
    };
  }
  const account = /^(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?$/.exec(principal)?.[1];
  if (account === undefined) return undefined;
  const identity = (value: string) => /(?:role|user)\/[*?/]*[^*?/]|:root$/.test(value);
  if (narrows(/^aws:PrincipalArn$/i, identity)) return undefined;
  if (narrows(/^aws:PrincipalTag\/|^aws:userid$|^aws:username$|^sts:ExternalId$/i)) return undefined;
  return {
    problem: `every identity of account ${account} that can call sts:AssumeRole can assume the role`,
    fix: "add a condition on aws:PrincipalArn",
  };
}

/** Services that do not send the source of a request: an instance profile is bound to an instance with iam:PassRole. */
const WITHOUT_SOURCE = /^ec2\.amazonaws\.com(?:\.cn)?$/;

function serviceOpening(principal: string, narrows: Narrows): ValueProblem | undefined {
  if (WITHOUT_SOURCE.test(principal) || narrows(/^aws:Source(?:Arn|Account|OrgID|OrgPaths)$/i)) return undefined;
  if (!principal.startsWith("pods.eks.")) {
    return {
      problem: `${principal} can assume the role for every account that names the role in a resource of the service`,
      fix: "add a condition on aws:SourceArn or aws:SourceAccount, if the service sends the key",
    };
  }
  if (narrows(/^aws:RequestTag\/(?:eks-cluster-arn|kubernetes-service-account)$/i)) return undefined;
  return {
    problem: "every service account with a Pod Identity association to this role can assume the role",
    fix: "add conditions on aws:RequestTag/kubernetes-namespace and aws:RequestTag/kubernetes-service-account",
  };
}

const GITHUB = "token.actions.githubusercontent.com";

function federatedOpening(principal: string, narrows: Narrows): ValueProblem | undefined {
  if (principal.includes(":saml-provider/")) return undefined;
  const host = principal.replace(/^.*:oidc-provider\//, "");
  const named = host === GITHUB ? (value: string) => /^repo:[^/*?]+\//.test(value) : undefined;
  if (narrows(`${host}:sub`, named)) return undefined;
  return {
    problem: `every identity of ${host} can assume the role`,
    fix: `add a condition on ${host}:sub that names ${host === GITHUB ? "a repository" : "the subjects"}`,
  };
}

/** What a value with wildcards must begin with to name something, for keys whose values have a known form. */
const NAMES: readonly (readonly [key: RegExp, value: RegExp])[] = [
  [/^aws:(?:Principal|Source)Account$/i, /^\d{12}$/],
  [/^aws:(?:Principal|Source)OrgID$/i, /^o-[^*?]+$/],
  [/^aws:(?:Principal|Source)OrgPaths$/i, /^o-[^*?/]+\//],
  // The ARN of a bucket has no account.
  [/^aws:(?:SourceArn|RequestTag\/eks-cluster-arn)$/i, /^arn:[^:]*:[^:]*:[^:]*:(?:\d{12}:|:[^*?])/],
  // Every unique ID of a role begins with AROA.
  [/^aws:userid$/i, /^[^*?]{12}/],
  // The subjects of many providers begin with the name of a field, such as project_path.
  [/:sub$/i, /^(?!(?:[\w-]+:|system:serviceaccount:)?[*?])./],
];

function isNamed(key: string, value: string): boolean {
  const [, names = /^[^*?]/] = NAMES.find(([known]) => known.test(key)) ?? [];
  return names.test(value);
}

function isNarrowed(conditions: Conditions, keys: RegExp | string, named?: (value: string) => boolean): boolean {
  const isKey = (key: string) => (typeof keys === "string" ? key.toLowerCase() === keys.toLowerCase() : keys.test(key));
  return Object.entries(conditions).some(([name, block]) => {
    const operator = parseOperator(name);
    if (!operator || operator.ifExists || operator.set === "ForAllValues") return false;
    const { comparison } = operator;
    if (comparison === "Null" || comparison.negated) return false;
    return Object.entries(block).some(([key, values]) => {
      const isNamedHere = (value: string) => !comparison.wildcards || (named ? named(value) : isNamed(key, value));
      return isKey(key) && members(values).map(String).every(isNamedHere);
    });
  });
}
