import { parseRoleArn } from "../iam/arn";
import { evaluateTrustPolicy } from "../iam/evaluate";
import { members, type PolicyDocument } from "../iam/policy-types";
import { roleSession } from "../iam/principals";
import { checkPolicyShape } from "../iam/trust-policy-shape";
import type { Moto } from "./moto";
import { Refusal } from "./refusal";

// What IAM and STS check about the trust of a role, and moto does not.

/** The credentials of a role. */
export interface RoleSession {
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>` */
  readonly arn: string;
  readonly roleArn: string;
}

/**
 * Checks the trust policy in a call of CreateRole or UpdateAssumeRolePolicy. A role that is a principal must exist.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_policies.html
 * @param accounts the accounts whose roles are known
 * @throws Refusal if IAM would refuse
 */
export async function checkTrustPolicyDocument(
  query: URLSearchParams,
  moto: Moto,
  accounts: readonly string[],
): Promise<void> {
  const parameter = { CreateRole: "AssumeRolePolicyDocument", UpdateAssumeRolePolicy: "PolicyDocument" };
  const text = query.get(parameter[query.get("Action") as keyof typeof parameter] ?? "");
  if (text === null) return;
  for (const principal of rolesIn(parsed(text))) {
    const { accountId = "" } = parseRoleArn(principal) ?? {};
    if (!accounts.includes(accountId)) continue;
    if (!(await moto.role(principal))) throw malformed(`Invalid principal in policy: "AWS":"${principal}"`);
  }
}

function parsed(text: string): PolicyDocument {
  try {
    const document: unknown = JSON.parse(text);
    checkPolicyShape(document);
    return document;
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : "Syntax errors in policy.");
  }
}

function rolesIn({ Statement }: PolicyDocument): string[] {
  return members(Statement)
    .flatMap(({ Principal }) => members(typeof Principal === "object" ? Principal.AWS : undefined))
    .filter((principal) => parseRoleArn(principal) !== undefined);
}

/**
 * Checks the trust policy of the role in a call of AssumeRole. moto checks the policies of the caller.
 * @throws Refusal if STS would refuse
 */
export async function checkAssumeRole(query: URLSearchParams, caller: RoleSession, moto: Moto): Promise<void> {
  const roleArn = query.get("RoleArn") ?? "";
  const role = parseRoleArn(roleArn) && (await moto.role(roleArn));
  const externalId = query.get("ExternalId");
  const context = {
    "aws:PrincipalArn": caller.roleArn,
    "aws:PrincipalAccount": parseRoleArn(caller.roleArn)?.accountId ?? "",
    "aws:PrincipalType": "AssumedRole",
    "sts:RoleSessionName": query.get("RoleSessionName") ?? "",
    ...(externalId === null ? {} : { "sts:ExternalId": externalId }),
  };
  const request = { action: "sts:AssumeRole", caller: roleSession(caller.roleArn, caller.arn), context } as const;
  if (role && evaluateTrustPolicy(JSON.parse(role.trustPolicy), request).outcome === "allow") return;
  const message = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
  throw new Refusal(403, "AccessDenied", message);
}

const malformed = (message: string) => new Refusal(400, "MalformedPolicyDocument", message);
