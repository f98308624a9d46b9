import { DataAwsEksCluster } from "@cdktf/provider-aws/lib/data-aws-eks-cluster";
import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { Release } from "@cdktf/provider-helm/lib/release";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import type { Cluster, KubernetesAccess, ServiceAccount, StateBackend } from "../config/project";
import { literal } from "./literal";
import { addAwsProvider, requireProvider } from "./providers";
import { keepState } from "./state";

/** Qovery's chart: it creates one ServiceAccount with the annotation eks.amazonaws.com/role-arn. */
const CHART = {
  repository: "https://qovery.github.io/create_service_account/",
  chart: "qovery-sa-helper",
  version: "0.1.0",
};

/** Seconds. A release of one ServiceAccount takes about a second. */
const RELEASE_TIMEOUT = 60;

export interface ServiceAccountsStackProps {
  readonly cluster: Cluster;
  readonly kubernetes: KubernetesAccess;
  readonly state: StateBackend;
}

/** `<cluster>-service-accounts`: one Helm release for each annotated service account and namespace. */
export class ServiceAccountsStack extends TerraformStack {
  constructor(scope: Construct, { cluster, kubernetes, state }: ServiceAccountsStackProps) {
    super(scope, `${cluster.name}-service-accounts`);
    keepState(this, state);
    requireProvider(this, "helm");
    if (kubernetes.access === "eks") this.accessThroughEks(cluster, kubernetes.clusterName);
    else this.accessThroughKubeconfig(kubernetes.path, kubernetes.context);
    for (const account of cluster.serviceAccounts) this.release(account);
  }

  /** The token is ephemeral: Terraform requests one in each run, and stores it neither in the plan nor in the state. */
  private accessThroughEks(cluster: Cluster, clusterName: string): void {
    addAwsProvider(this, cluster);
    const eks = new DataAwsEksCluster(this, "cluster", { name: clusterName });
    // cdktf does not support ephemeral resources.
    this.addOverride("ephemeral.aws_eks_cluster_auth.cluster", { name: clusterName });
    new HelmProvider(this, "helm", {
      kubernetes: {
        host: eks.endpoint,
        clusterCaCertificate: `\${base64decode(data.aws_eks_cluster.${eks.friendlyUniqueId}.certificate_authority[0].data)}`,
        token: "${ephemeral.aws_eks_cluster_auth.cluster.token}",
      },
    });
  }

  private accessThroughKubeconfig(path = "~/.kube/config", context?: string): void {
    new HelmProvider(this, "helm", {
      kubernetes: {
        configPath: literal(path),
        ...(context === undefined ? {} : { configContext: literal(context) }),
      },
    });
  }

  private release({ name, namespace, releaseName, roleArn }: ServiceAccount): void {
    const scope = new Construct(this, `${namespace}/${name}`.replaceAll("/", " "));
    new Release(scope, "release", {
      ...CHART,
      name: releaseName,
      namespace,
      // Qovery creates an environment's namespace, with Qovery's labels, at the first deployment.
      createNamespace: false,
      // One JSON document: with `set`, Helm interprets commas and dots in a value.
      values: [literal(JSON.stringify({ serviceAccount: { name }, awsRoleArn: roleArn }))],
      atomic: true,
      timeout: RELEASE_TIMEOUT,
    });
  }
}
