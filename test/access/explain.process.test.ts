import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import fc from "fast-check";
import { explain } from "../../access/explain";
import { trustedSubjects } from "../../access/matrix";
import type { Project } from "../../config/project";
import { serviceAccountSubject } from "../../iam/trust-policy";
import { LocalAws } from "../../local/aws";
import { createRoles } from "../../local/roles";
import { loadExample } from "../stacks/synthesized";
import { FULL } from "../test-if";

const PAIRS = FULL ? 1000 : 30;

/** Returns a generator of a role, and of a service account that the role admits or that is similar to one. */
function pairs({ clusters }: Project) {
  return fc.constantFrom(...clusters.flatMap((cluster) => cluster.roles)).chain((role) => {
    const trusted = trustedSubjects(role).map(({ cluster, subject }) => {
      const [, , namespace = "", name = ""] = subject.replaceAll("*", "1").split(":");
      return [cluster, namespace, name] as const;
    });
    const [[, namespace, name]] = trusted as [(typeof trusted)[0]];
    const near = (text: string, other: string) => fc.constantFrom(text, `${text}-x`, text.slice(0, -1), other);
    const neighbour = fc.tuple(
      fc.constantFrom(...clusters.map((cluster) => cluster.name)),
      near(namespace, "kube-system"),
      near(name, "admin"),
    );
    return fc.tuple(fc.constant(role), fc.oneof(fc.constantFrom(...trusted), neighbour));
  });
}

test.each(["three-clusters", "several-subjects", "additional-trust"])(
  `agrees with STS about ${PAIRS} pairs of a service account and a role of the example %s`,
  async (name) => {
    const project = loadExample(name);
    const aws = await LocalAws.start({ project });
    const sts = new STSClient({ endpoint: aws.endpoint, region: "eu-west-3", maxAttempts: 1 });
    const outcomes = { allow: 0, deny: 0 };
    try {
      for (const { roles } of project.clusters) await createRoles(aws, roles);
      await fc.assert(
        fc.asyncProperty(pairs(project), async ([role, [cluster, namespace, serviceAccount]]) => {
          const subject = serviceAccountSubject(namespace, serviceAccount);
          const { outcome } = explain(project, { subject, role, cluster });
          outcomes[outcome] += 1;
          const WebIdentityToken = await aws.token(cluster, { namespace, serviceAccount });
          const request = { RoleArn: role.arn, RoleSessionName: "explained", WebIdentityToken };
          const refusal = await sts.send(new AssumeRoleWithWebIdentityCommand(request)).then(
            () => undefined,
            (error: Error) => error.name,
          );
          expect(refusal).toBe(outcome === "allow" ? undefined : "AccessDenied");
        }),
        { numRuns: PAIRS },
      );
    } finally {
      sts.destroy();
      await aws.stop();
    }
    expect(Math.min(outcomes.allow, outcomes.deny)).toBeGreaterThan(0);
  },
  300_000,
);
