import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A service account that the synthesized stack of a cluster creates. */
export interface SynthesizedServiceAccount {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly roleArn: string;
}

/**
 * Returns the service accounts that the `helm_release`s of synthesized stacks create.
 * @param outdir cdktf's output folder
 * @throws Error if the folder contains no synthesized stacks
 */
export function synthesizedServiceAccounts(outdir: string, clusters: readonly string[]): SynthesizedServiceAccount[] {
  if (!existsSync(join(outdir, "manifest.json"))) {
    throw new Error(`${outdir} contains no synthesized stacks; run: npm run synth`);
  }
  return clusters.flatMap((cluster) => {
    const file = join(outdir, "stacks", `${cluster}-service-accounts`, "cdk.tf.json");
    if (!existsSync(file)) return [];
    const releases: Record<string, HelmRelease> = JSON.parse(readFileSync(file, "utf8")).resource?.helm_release ?? {};
    return Object.values(releases).map((release) => ({
      cluster,
      namespace: release.namespace,
      ...chartValues(release),
    }));
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
