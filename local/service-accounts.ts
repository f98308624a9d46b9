import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../config/project";

/** A service account with the annotation of its role. */
export interface AnnotatedServiceAccount {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly roleArn: string;
}

/**
 * Returns the service accounts that the `helm_release`s of synthesized stacks create, and the declared ones that something
 * else creates.
 * @param outdir cdktf's output folder
 * @throws Error if the folder contains no synthesized stacks
 */
export function annotatedServiceAccounts(outdir: string, clusters: readonly Cluster[]): AnnotatedServiceAccount[] {
  if (!existsSync(join(outdir, "manifest.json"))) {
    throw new Error(`${outdir} contains no synthesized stacks; run: npm run synth`);
  }
  return clusters.flatMap(({ name: cluster, serviceAccounts }) => {
    const elsewhere = serviceAccounts
      .filter(({ release }) => !release)
      .map(({ namespace, name, roleArn }) => ({ cluster, namespace, name, roleArn }));
    const file = join(outdir, "stacks", `${cluster}-service-accounts`, "cdk.tf.json");
    if (!existsSync(file)) return elsewhere;
    const releases: Record<string, HelmRelease> = JSON.parse(readFileSync(file, "utf8")).resource?.helm_release ?? {};
    const created = Object.values(releases).map((release) => ({
      cluster,
      namespace: release.namespace,
      ...chartValues(release),
    }));
    return [...created, ...elsewhere];
  });
}

interface HelmRelease {
  readonly namespace: string;
  readonly values: readonly string[];
}

function chartValues(release: HelmRelease): { name: string; roleArn: string } {
  const values = JSON.parse(release.values[0] ?? "{}");
  return { name: values.serviceAccount.name, roleArn: values.awsRoleArn };
}
