import fc from "fast-check";
import { oidcProviderArn } from "../../iam/arn";
import { evaluateTrustPolicy, webIdentityContext } from "../../iam/evaluate";
import { serviceAccountSubject } from "../../iam/trust-policy";
import { ISSUER } from "../config/files";
import { type Declaration, declarations, GITHUB, isDeclared, projectOf, tokenNear } from "../generated-subjects";
import { FULL } from "../test-if";
import { asTerraformReads, by, type Stack, synthesize } from "./synthesized";

const [CONFIGURATIONS, ROLES, TOKENS] = [FULL ? 10 : 2, 20, 150];

test("the roles of generated configurations admit the declared subjects and refuse their neighbours", () => {
  const outcomes = { allowed: 0, denied: 0 };
  fc.assert(
    fc.property(declarations(ROLES), fc.infiniteStream(fc.nat()), (roles, seeds) => {
      const stack = synthesize(projectOf(roles))["one-iam"] as Stack;
      const resources = by(stack.resource.aws_iam_role, "name");
      for (const role of roles) {
        const policy = JSON.parse(asTerraformReads(resources[role.name]?.assume_role_policy));
        const isAllowed = (issuer: string, sub: string, aud: string | readonly string[]) =>
          evaluateTrustPolicy(policy, {
            providerArn: oidcProviderArn("aws", "123456789012", issuer),
            context: webIdentityContext(issuer, { sub, aud }),
          }).outcome === "allow";
        const seed = seeds.next().value as number;
        for (const token of fc.sample(tokenNear(role), { numRuns: TOKENS, seed })) {
          const expected = isDeclared(role, token);
          outcomes[expected ? "allowed" : "denied"] += 1;
          const allowed = isAllowed(token.issuer, serviceAccountSubject(token.namespace, token.account), token.aud);
          expect({ role, token, allowed }).toEqual({ role, token, allowed: expected });
        }
        expectWorkflow(role, isAllowed);
      }
    }),
    { numRuns: CONFIGURATIONS, endOnFailure: true },
  );
  expect(Math.min(outcomes.allowed, outcomes.denied)).toBeGreaterThan((CONFIGURATIONS * ROLES * TOKENS) / 20);
}, 300_000);

/** Expects that additionalTrust admits its own subject of GitHub only. */
function expectWorkflow(
  { workflow }: Declaration,
  isAllowed: (issuer: string, sub: string, aud: string) => boolean,
): void {
  const sub = workflow ?? "repo:acme/app:ref:refs/heads/main";
  expect(isAllowed(GITHUB, sub, "sts.amazonaws.com")).toBe(workflow !== undefined);
  for (const other of [`${sub}x`, `x${sub}`, sub.slice(0, -1), sub.toUpperCase(), "repo:acme/app:*"])
    expect(isAllowed(GITHUB, other, "sts.amazonaws.com")).toBe(false);
  expect(isAllowed(GITHUB, sub, "x")).toBe(false);
  expect(isAllowed(ISSUER, sub, "sts.amazonaws.com")).toBe(false);
}
