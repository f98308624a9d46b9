import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demonstrateQovery } from "../../../commands/lib/qovery-demo";
import { loadProject } from "../../../config/load";
import type { Cluster, Role } from "../../../config/project";
import { LocalAws } from "../../../local/aws";
import { Progress } from "../../../local/progress";
import { createRoles } from "../../../local/roles";
import { annotatedServiceAccounts } from "../../../local/service-accounts";
import { terraformCli } from "../../../local/terraform-cli";
import { verifierCommand } from "../../../packaging/verifier-command";
import { createApp } from "../../../stacks/app";

const IRSA = `state: { backend: s3, bucket: acme-terraform-state, region: eu-west-3 }
verification: { runner: qovery, image: acme/verifier:1.0.0, registryId: 0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0 }
`;
const STAGING = `accountId: "210987654321"
oidc:
  issuer: https://oidc.eks.eu-west-3.amazonaws.com/id/AAAABBBBCCCCDDDDEEEEFFFF00001111
kubernetes: { access: qovery }
qovery:
  organizationId: 11111111-2222-3333-4444-555555555555
  environments: { z1a2b3c4d-staging: aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeee1 }
roles:
  reports-s3: { namespace: z1a2b3c4d-staging, policies: [AmazonS3ReadOnlyAccess] }
`;

let folder: string;
let aws: LocalAws | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qovery-demo-"));
});
afterEach(async () => {
  await aws?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("the demo declares the Helm services of a cluster that only Qovery reaches, and its jobs run as their service accounts", async () => {
  const config = join(folder, "irsa.yaml");
  mkdirSync(join(folder, "clusters"));
  writeFileSync(config, IRSA);
  writeFileSync(join(folder, "clusters", "staging.yaml"), STAGING);
  const { project } = loadProject(config);
  if (!project) throw new Error("the configuration has errors");
  const [cluster] = project.clusters as [Cluster];
  const [role] = cluster.roles as [Role];
  createApp(project, { outdir: join(folder, "out") }).synth();
  aws = await LocalAws.start({ project });
  await createRoles(aws, cluster.roles);
  const signal = new AbortController().signal;
  const progress = new Progress(() => undefined, signal);
  const terraform = (await terraformCli(folder)).environment;
  mkdirSync(join(folder, "qovery"));
  await demonstrateQovery({
    project,
    config,
    aws,
    run: { aws: aws.environment, terraform, folder, config, signal },
    accounts: annotatedServiceAccounts(join(folder, "out"), project.clusters),
    verifier: verifierCommand(),
    progress,
    signal,
    role,
  });
  expect(progress.shown).toContain("irsa-service-accounts: irsa-account-reports-s3 succeeded");
  expect(progress.shown).toContain("irsa-verification: irsa-reports-s3-access succeeded");
  expect(progress.shown).toContain("irsa-verification: irsa-reports-s3-isolation succeeded");
}, 180_000);
