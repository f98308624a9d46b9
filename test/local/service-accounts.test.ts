import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster, Project } from "../../config/project";
import { annotatedServiceAccounts } from "../../local/service-accounts";
import { createApp } from "../../stacks/app";
import { loadExample } from "../stacks/synthesized";

let outdir: string;
beforeEach(() => {
  outdir = mkdtempSync(join(tmpdir(), "accounts-"));
});
afterEach(() => rmSync(outdir, { recursive: true, force: true }));

test("the Helm services of Qovery have the annotation, the namespace and the environment of each service account", () => {
  const example = loadExample("qovery");
  const [cluster] = example.clusters as [Cluster];
  const roleArn = "arn:aws:iam::123456789012:role/a,b";
  const [first, ...rest] = cluster.serviceAccounts;
  const serviceAccounts = [...(first ? [{ ...first, roleArn }] : []), ...rest];
  const project: Project = { ...example, clusters: [{ ...cluster, serviceAccounts }] };
  createApp(project, { outdir }).synth();
  const declared = serviceAccounts.map(({ namespace, name, roleArn: arn }) => ({
    cluster: cluster.name,
    namespace,
    name,
    roleArn: arn,
    environmentId: cluster.qovery?.environments[namespace],
  }));
  const found = annotatedServiceAccounts(outdir, project.clusters);
  expect(found).toHaveLength(declared.length);
  expect(found).toEqual(expect.arrayContaining(declared));
});
