import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import fc from "fast-check";
import { explain } from "../../access/explain";
import { trustedSubjects } from "../../access/matrix";
import type { Role } from "../../config/project";
import { serviceAccountSubject } from "../../iam/trust-policy";
import { LocalAws } from "../../local/aws";
import { createRoles } from "../../local/roles";
import { loadExample } from "../stacks/synthesized";
import { FULL } from "../test-if";

const PAIRS = FULL ? 1000 : 60;

const project = loadExample("three-clusters");
const roles = project.clusters.flatMap((cluster) => cluster.roles);
let aws: LocalAws;
let sts: STSClient;

beforeAll(async () => {
  aws = await LocalAws.start({ project });
  await createRoles(aws, roles);
  sts = new STSClient({ endpoint: aws.endpoint, region: "eu-west-3", maxAttempts: 1 });
}, 60_000);

afterAll(async () => {
  sts.destroy();
  await aws.stop();
});

/** Returns the error code of STS, or undefined if STS issued credentials. */
async function refusal(role: Role, cluster: string, namespace: string, serviceAccount: string) {
  const token = await aws.token(cluster, { namespace, serviceAccount });
  const request = { RoleArn: role.arn, RoleSessionName: "explained", WebIdentityToken: token };
  return sts.send(new AssumeRoleWithWebIdentityCommand(request)).then(
    () => undefined,
    (error: Error) => error.name,
  );
}

test(`agrees with STS about ${PAIRS} pairs of a service account and a role`, async () => {
  const pair = fc.constantFrom(...roles).chain((role) => {
    const trusted = trustedSubjects(role).map(({ cluster, subject }) => [cluster, ...subject.split(":").slice(2)]);
    const [, namespace = "", name = ""] = trusted[0] ?? [];
    const near = (text: string, other: string) => fc.constantFrom(text, `${text}-x`, text.slice(0, -1), other);
    const neighbour = fc.tuple(
      fc.constantFrom(...project.clusters.map((cluster) => cluster.name)),
      near(namespace, "kube-system"),
      near(name, "admin"),
    );
    return fc.tuple(fc.constant(role), fc.oneof(fc.constantFrom(...trusted), neighbour));
  });
  const outcomes = { allow: 0, deny: 0 };
  await fc.assert(
    fc.asyncProperty(pair, async ([role, [cluster = "", namespace = "", account = ""]]) => {
      const { outcome } = explain(project, { subject: serviceAccountSubject(namespace, account), role, cluster });
      outcomes[outcome] += 1;
      const expected = outcome === "allow" ? undefined : "AccessDenied";
      expect(await refusal(role, cluster, namespace, account)).toBe(expected);
    }),
    { numRuns: PAIRS },
  );
  expect(Math.min(outcomes.allow, outcomes.deny)).toBeGreaterThan(PAIRS / 10);
}, 300_000);
