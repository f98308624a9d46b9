import fc from "fast-check";
import type { Project, Trust } from "../../config/project";
import { evaluateTrustPolicy, webIdentityContext } from "../../iam/evaluate";
import type { PolicyDocument } from "../../iam/policy-types";
import { cluster, IRSA, load, OTHER_ISSUER } from "../config/files";
import { exampleProject } from "../local/project";
import { FULL } from "../test-if";
import { asTerraformReads, by, EXAMPLES, loadExample, type Stack, synthesize } from "./synthesized";

// From YAML to the policy that Terraform sends: only declared subjects can assume a role.

/** The number of generated tokens and configurations: all with FULL=1. */
const SHARE = FULL ? 1 : 0.1;

/** A declared role and its trust policy as Terraform reads it from the synthesized JSON. */
interface Synthesized {
  readonly name: string;
  readonly trusts: readonly Trust[];
  readonly policy: PolicyDocument;
}

function synthesizedRoles(project: Project): Synthesized[] {
  const stacks = synthesize(project);
  return project.clusters.flatMap(({ name, roles }) => {
    const resources = by((stacks[`${name}-iam`] as Stack).resource.aws_iam_role, "name");
    return roles.map((role) => ({
      name: role.name,
      trusts: role.trusts,
      policy: JSON.parse(asTerraformReads(resources[role.name]?.assume_role_policy)),
    }));
  });
}

interface Token {
  readonly issuer: string;
  readonly providerArn: string;
  readonly namespace: string;
  readonly account: string;
  readonly aud: string | readonly string[];
}

const subjectOf = ({ namespace, account }: Token) => `system:serviceaccount:${namespace}:${account}`;

/** Returns whether the role declares trust in the token. Evaluates no policy, to be independent of the code under test. */
function isDeclared({ trusts }: Synthesized, token: Token): boolean {
  const audience = [token.aud].flat().includes("sts.amazonaws.com");
  return trusts.some(({ issuer, providerArn, subjects }) => {
    if (!audience || issuer !== token.issuer || providerArn !== token.providerArn) return false;
    return subjects.some((subject) => {
      const [, , namespace = "", account = ""] = subject.split(":");
      if (account === "*") return true;
      const inNamespace = namespace.endsWith("*")
        ? token.namespace.startsWith(namespace.slice(0, -1))
        : token.namespace === namespace;
      return inNamespace && token.account === account;
    });
  });
}

function isAllowed({ policy }: Synthesized, token: Token): boolean {
  const context = webIdentityContext(token.issuer, { sub: subjectOf(token), aud: token.aud });
  return evaluateTrustPolicy(policy, { providerArn: token.providerArn, context }).outcome === "allow";
}

const suffix = fc.stringMatching(/^[a-z0-9.-]{1,12}$/);
const other = fc.stringMatching(/^[a-z0-9*?-]{1,20}$/);

/** Mostly keeps a text, and sometimes turns it into a similar one. Shared, because generators are slow to create. */
const change = fc.oneof(
  { weight: 4, arbitrary: fc.constant((text: string) => text) },
  fc.constantFrom<(text: string) => string>(
    (text) => `${text}-x`,
    (text) => `x${text}`,
    (text) => `z${text}`,
    (text) => text.slice(1),
    (text) => text.slice(0, -1),
    (text) => text.toUpperCase(),
    () => "*",
    () => "z*",
  ),
  suffix.map((more) => (text: string) => text + more),
  other.map((instead) => () => instead),
);

test.each([["committed", exampleProject()] as const, ...EXAMPLES.map((name) => [name, loadExample(name)] as const)])(
  "the roles of the example %s admit declared tokens and refuse their neighbours",
  (_, project) => {
    const roles = synthesizedRoles(project);
    const trusts = roles.flatMap((role) => role.trusts);
    const neighbour = fc.record({
      role: fc.constantFrom(...roles),
      near: fc.constantFrom(...trusts.flatMap((trust) => trust.subjects.map((subject) => ({ ...trust, subject })))),
      // Absent in most cases: the token is then of the same cluster.
      issuer: fc.option(fc.constantFrom(...trusts), { freq: 4 }),
      provider: fc.option(fc.constantFrom(...trusts), { freq: 4 }),
      namespace: change,
      account: change,
      aud: fc.constantFrom("sts.amazonaws.com", ["sts.amazonaws.com"], "kubernetes", ["x", "sts.amazonaws.com"], []),
    });
    const outcomes = new Set<boolean>();
    fc.assert(
      fc.property(neighbour, ({ role, near, issuer, provider, namespace, account, aud }) => {
        const [, , ownNamespace = "", ownAccount = ""] = near.subject.split(":");
        const token: Token = {
          issuer: (issuer ?? near).issuer,
          providerArn: (provider ?? near).providerArn,
          namespace: namespace(ownNamespace.replace("*", "1-prod")),
          account: account(ownAccount.replace("*", "app")),
          aud,
        };
        const declared = isDeclared(role, token);
        outcomes.add(declared);
        expect(isAllowed(role, token)).toBe(declared);
      }),
      { numRuns: 3000 * SHARE },
    );
    expect(outcomes).toEqual(new Set([true, false]));
  },
);

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const names = fc.uniqueArray(
  label.map((text) => `r${text}`),
  { minLength: 1, maxLength: 4 },
);

test("the roles of generated configurations admit their own service account only", () => {
  fc.assert(
    fc.property(
      names,
      fc.constantFrom("environment", "cluster"),
      label,
      fc.constantFrom("-x", "x", ""),
      (roles, scope, namespace, change) => {
        const lines = roles.map(
          (name) =>
            `  ${name}:\n    scope: ${scope}\n${scope === "environment" ? `    namespace: z${namespace}\n` : ""}`,
        );
        const { project } = load({ "irsa.yaml": IRSA, "clusters/one.yaml": cluster(lines.join("")) });
        if (!project) throw new Error("the configuration has errors");
        const stack = synthesize(project)["one-iam"] as Stack;
        const issuer = project.clusters[0]?.oidc.issuer ?? "";
        for (const [name, role] of Object.entries(by(stack.resource.aws_iam_role, "name"))) {
          const policy = JSON.parse(asTerraformReads(role.assume_role_policy));
          const allowed = (sub: string, from = issuer, aud = "sts.amazonaws.com") => {
            const providerArn = `arn:aws:iam::123456789012:oidc-provider/${from.slice("https://".length)}`;
            return (
              evaluateTrustPolicy(policy, { providerArn, context: webIdentityContext(from, { sub, aud }) }).outcome ===
              "allow"
            );
          };
          const own = `system:serviceaccount:z${namespace}:${name}`;
          expect(allowed(own)).toBe(true);
          expect(allowed(own, OTHER_ISSUER)).toBe(false);
          expect(allowed(own, issuer, "kubernetes")).toBe(false);
          expect(allowed(`system:serviceaccount:kube-system:${name}`)).toBe(false);
          expect(allowed(`${own}${change}`)).toBe(change === "");
          expect(allowed(`system:serviceaccount:z${namespace}${change}:${name}`)).toBe(
            change === "" || scope === "cluster",
          );
          for (const other of roles)
            expect(allowed(`system:serviceaccount:z${namespace}:${other}`)).toBe(other === name);
        }
      },
    ),
    { numRuns: 40 * SHARE },
  );
}, 60_000);
