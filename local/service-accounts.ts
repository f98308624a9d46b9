import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../config/project";

/** A service account with the annotation of its role. */
export interface AnnotatedServiceAccount {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly roleArn: string;
  /** The Qovery environment whose Helm service creates the service account. @default - something else creates it */
  readonly environmentId?: string;
}

/**
 * Returns the service accounts that the `helm_release`s or Qovery Helm services of synthesized stacks create, and the
 * declared ones that something else creates.
 * @param outdir cdktf's output folder
 * @throws Error if the folder contains no synthesized stacks
 */
export function annotatedServiceAccounts(outdir: string, clusters: readonly Cluster[]): AnnotatedServiceAccount[] {
  if (!existsSync(join(outdir, "manifest.json"))) {
    throw new Error(`${outdir} contains no synthesized stacks; run: npm run synth`);
  }
  return clusters.flatMap((cluster) => {
    const elsewhere = cluster.serviceAccounts
      .filter(({ release }) => !release)
      .map(({ namespace, name, roleArn }) => ({ cluster: cluster.name, namespace, name, roleArn }));
    const file = join(outdir, "stacks", `${cluster.name}-service-accounts`, "cdk.tf.json");
    if (!existsSync(file)) return elsewhere;
    const { helm_release: releases = {}, qovery_helm: services = {} }: Resources =
      JSON.parse(readFileSync(file, "utf8")).resource ?? {};
    return [
      ...Object.values(releases).map((release) => fromRelease(cluster.name, release)),
      ...Object.values(services).flatMap((service) => fromService(cluster, service)),
      ...elsewhere,
    ];
  });
}

interface Resources {
  readonly helm_release?: Readonly<Record<string, HelmRelease>>;
  readonly qovery_helm?: Readonly<Record<string, HelmService>>;
}

interface HelmRelease {
  readonly namespace: string;
  readonly values: readonly string[];
}

interface HelmService {
  readonly environment_id: string;
  readonly values_override: { readonly set_string: Readonly<Record<string, string>> };
}

function fromRelease(cluster: string, { namespace, values: [json = "{}"] }: HelmRelease): AnnotatedServiceAccount {
  const values = JSON.parse(json);
  return { cluster, namespace, name: values.serviceAccount.name, roleArn: values.awsRoleArn };
}

/** Returns none if the configuration no longer has the environment. */
function fromService({ name: cluster, qovery }: Cluster, service: HelmService): AnnotatedServiceAccount[] {
  const { environment_id: environmentId, values_override } = service;
  const { "serviceAccount.name": name = "", awsRoleArn = "" } = values_override.set_string;
  return Object.entries(qovery?.environments ?? {})
    .filter(([, id]) => id === environmentId)
    .map(([namespace]) => ({ cluster, namespace, name, roleArn: unescapedValue(awsRoleArn), environmentId }));
}

/** Returns a value of `--set-string`, where a backslash escapes the next character. */
export function unescapedValue(value: string): string {
  return value.replace(/\\(.)/g, "$1");
}
