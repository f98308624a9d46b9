import { z } from "zod";
import type { ValueProblem } from "../iam/names";

// The permissions of a role: in the role, or in a policy set that several roles share.

export const policies = z.array(z.string()).optional().meta({
  description:
    "Managed policies to attach: AWS managed policies by name or ARN, policies of the account by ARN. At most 10, or 20 with a raised quota.",
});

export const inlinePolicies = z.record(z.string(), z.looseObject({})).optional().meta({
  description:
    "Inline policies by name: a policy document, or `{ file: <path> }` with the path of a JSON file relative to this file. At most 10,240 characters together.",
});

export const policySetSchema = z.strictObject({ policies, inlinePolicies });

export type PolicySet = z.infer<typeof policySetSchema>;

export function policySetNameProblem(name: string): ValueProblem | undefined {
  if (/^[\w-]{1,64}$/.test(name)) return undefined;
  return { problem: "is not a name of a policy set", fix: 'use 1 to 64 letters, digits, "-" and "_"' };
}
