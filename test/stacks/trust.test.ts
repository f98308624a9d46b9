import fc from "fast-check";
import { evaluateTrustPolicy, webIdentityContext } from "../../iam/evaluate";
import { cluster, IRSA, load, OTHER_ISSUER } from "../config/files";
import { asTerraformReads, by, type Stack, synthesize } from "./synthesized";

// From YAML to the policy that Terraform will send: exactly the declared subjects may assume a role.

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const names = fc.uniqueArray(
  label.map((text) => `r${text}`),
  { minLength: 1, maxLength: 4 },
);

test("of generated configurations, and generated neighbours of each role", () => {
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
        if (!project) throw new Error("the configuration is refused");
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
    { numRuns: 40 },
  );
}, 60_000);
