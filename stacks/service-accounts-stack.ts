import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { Release as HelmRelease } from "@cdktf/provider-helm/lib/release";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import type { Chart, Cluster, ClusterAccess, Release, ServiceAccount, StateBackend } from "../config/project";
import { connect } from "./cluster-access";
import { literal } from "./literal";
import { requireProvider } from "./required-providers";
import { keepState } from "./state";

/** Seconds. A release of one ServiceAccount takes about a second. */
const RELEASE_TIMEOUT = 60;

export interface ServiceAccountsStackProps {
  readonly cluster: Cluster;
  readonly kubernetes: ClusterAccess;
  readonly state: StateBackend;
}

/** `<cluster>-service-accounts`: one Helm release for each annotated service account and namespace. */
export class ServiceAccountsStack extends TerraformStack {
  constructor(scope: Construct, { cluster, kubernetes, state }: ServiceAccountsStackProps) {
    super(scope, `${cluster.name}-service-accounts`);
    keepState(this, state);
    requireProvider(this, "helm");
    new HelmProvider(this, "helm", {
      kubernetes: connect(this, cluster, kubernetes),
      // Without this experiment, a plan does not show service accounts that were changed or deleted by hand, and an
      // unreachable cluster empties the state: https://github.com/hashicorp/terraform-provider-helm/issues/1669
      experiments: { manifest: true },
    });
    for (const account of cluster.serviceAccounts)
      if (account.release) this.add(account, account.release, cluster.chart);
  }

  private add({ name, namespace, roleArn }: ServiceAccount, release: Release, chart: Chart): void {
    const scope = new Construct(this, `${namespace}/${name}`.replaceAll("/", " "));
    const { annotations } = release;
    const serviceAccount = { name, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) };
    new HelmRelease(scope, "release", {
      chart: literal(chart.name),
      ...(chart.repository === undefined ? {} : { repository: chart.repository }),
      ...(chart.version === undefined ? {} : { version: chart.version }),
      name: release.name,
      namespace,
      // Qovery creates an environment's namespace, with Qovery's labels, at the first deployment.
      createNamespace: false,
      // One JSON document: with `set`, Helm interprets commas and dots in a value.
      values: [literal(JSON.stringify({ serviceAccount, awsRoleArn: roleArn }))],
      // Adopts a release that a lost state left in the cluster.
      upgradeInstall: true,
      ...(release.takeOwnership ? { takeOwnership: true } : {}),
      atomic: true,
      wait: true,
      timeout: RELEASE_TIMEOUT,
    });
  }
}
