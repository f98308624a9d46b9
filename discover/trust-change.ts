import { OTHER_AUDIENCE, similarSubjects } from "../access/isolation";
import { trustPolicyEvaluator, webIdentityContext } from "../iam/evaluate";
import { members, type PolicyDocument, type Statement } from "../iam/policy-types";
import { principalNames } from "../iam/principals";
import { STS_AUDIENCE } from "../iam/trust-policy";
import type { ProviderIdentity } from "./account";

/** What a deployment changes in who can assume a role. */
export interface AccessChange {
  /** The subjects that the later policy admits, and the earlier one does not. */
  readonly opened: readonly string[];
  /** Whether the earlier policy admits a token that the later one does not. */
  readonly narrowed: boolean;
}

/**
 * Compares two trust policies of a role by evaluating them: with tokens of these subjects, of similar subjects, and for
 * another audience.
 * @param subjects that one of the policies admits, without wildcards
 */
export function accessChange(
  before: PolicyDocument,
  after: PolicyDocument,
  provider: ProviderIdentity,
  subjects: readonly string[],
): AccessChange {
  const [earlier, later] = [admission(before, provider), admission(after, provider)];
  const opened = new Set<string>();
  let narrowed = false;
  for (const subject of new Set(subjects.flatMap(similarSubjects))) {
    for (const audience of [STS_AUDIENCE, OTHER_AUDIENCE]) {
      const [was, is] = [earlier(subject, audience), later(subject, audience)];
      if (is && !was) opened.add(subject);
      narrowed ||= was && !is;
    }
  }
  return { opened: [...opened], narrowed };
}

/** Returns whether a trust policy admits a token, for many tokens of a provider. */
function admission(document: PolicyDocument, { arn, issuer }: ProviderIdentity) {
  const evaluate = trustPolicyEvaluator(document);
  return (subject: string, audience: string): boolean => {
    const context = webIdentityContext(issuer, { aud: audience, sub: subject });
    return evaluate({ providerArn: arn, context }).outcome === "allow";
  };
}

/**
 * Returns the difference of two trust policies: a line for each part that Terraform removes (`-`) or adds (`+`). The
 * order of statements and values, and a list of one value, make no difference.
 */
export function trustDifference(before: PolicyDocument, after: PolicyDocument): string[] {
  const [removed, added] = [partsOf(before, after), partsOf(after, before)];
  return [
    ...removed.filter((part) => !added.includes(part)).map((part) => `- ${part}`),
    ...added.filter((part) => !removed.includes(part)).map((part) => `+ ${part}`),
  ];
}

/** Returns the parts of a policy, without the statements that the other policy has too. */
function partsOf({ Version = "2008-10-17", Id, Statement }: PolicyDocument, other: PolicyDocument): string[] {
  const text = (statement: Statement) => statementParts(statement).toSorted().join("\n");
  const same = new Set(members(other.Statement).map(text));
  const statements = members(Statement).filter((statement) => !same.has(text(statement)));
  const parts = statements.flatMap((statement, index) => {
    const place = statements.length > 1 ? `statement ${index + 1}: ` : "";
    return statementParts(statement).map((part) => place + part);
  });
  return [...(Version === "2012-10-17" ? [] : [`Version ${Version}`]), ...(Id ? [`Id ${Id}`] : []), ...parts];
}

function statementParts({ Sid, Effect, Principal, Action, NotAction, Condition = {} }: Statement): string[] {
  return [
    ...(Sid ? [`Sid ${Sid}`] : []),
    ...(Effect === "Allow" ? [] : [Effect]),
    ...principalNames(Principal ?? {}),
    ...members(Action),
    ...members(NotAction).map((action) => `not ${action}`),
    ...Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).flatMap(([key, values]) => members(values).map((value) => `${operator} ${key} = ${value}`)),
    ),
  ];
}
