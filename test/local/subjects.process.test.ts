import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import fc from "fast-check";
import type { Project } from "../../config/project";
import { serviceAccountSubject } from "../../iam/trust-policy";
import { LocalAws } from "../../local/aws";
import type { ClusterKeys } from "../../local/cluster-keys";
import { createRoles } from "../../local/roles";
import { ISSUER } from "../config/files";
import { declarations, GITHUB, isDeclared, projectOf, tokenNear } from "../generated-subjects";
import { FULL } from "../test-if";

const TOKENS = FULL ? 1000 : 60;

const [roles = []] = fc.sample(declarations(20), 1);
let aws: LocalAws;
let sts: STSClient;

beforeAll(async () => {
  const project: Project = projectOf(roles);
  aws = await LocalAws.start({ project });
  await createRoles(
    aws,
    project.clusters.flatMap((cluster) => cluster.roles),
  );
  sts = new STSClient({ endpoint: aws.endpoint, region: "eu-west-3", maxAttempts: 1 });
}, 60_000);

afterAll(async () => {
  sts.destroy();
  await aws.stop();
});

test(`STS of the embedded AWS admits the declared subjects of ${TOKENS} tokens only`, async () => {
  const outcomes = { allowed: 0, denied: 0 };
  const pair = fc
    .constantFrom(...roles)
    .chain((role) => fc.record({ role: fc.constant(role), token: tokenNear(role) }))
    // The keys of GitHub are not part of the embedded AWS.
    .filter(({ token }) => token.issuer !== GITHUB);
  await fc.assert(
    fc.asyncProperty(pair, async ({ role, token }) => {
      const keys = aws.clusters.get(token.issuer === ISSUER ? "one" : "two") as ClusterKeys;
      const now = Math.floor(Date.now() / 1000);
      const sub = serviceAccountSubject(token.namespace, token.account);
      const WebIdentityToken = await keys.sign({ iss: keys.issuer, sub, aud: token.aud, exp: now + 600, nbf: now - 5 });
      const RoleArn = `arn:aws:iam::123456789012:role/${role.name}`;
      const allowed = await sts
        .send(new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: "test", WebIdentityToken }))
        .then(
          () => true,
          () => false,
        );
      outcomes[allowed ? "allowed" : "denied"] += 1;
      expect(allowed).toBe(isDeclared(role, token));
    }),
    { numRuns: TOKENS },
  );
  expect(Math.min(outcomes.allowed, outcomes.denied)).toBeGreaterThan(TOKENS / 20);
}, 300_000);
