import { DataAwsEksCluster } from "@cdktf/provider-aws/lib/data-aws-eks-cluster";
import type { TerraformStack } from "cdktf";
import type { Cluster, ClusterAccess } from "../config/project";
import { literal } from "./literal";
import { addAwsProvider } from "./required-providers";

/** Arguments that the helm and the kubernetes provider share. */
export interface ClusterConnection {
  readonly host?: string;
  readonly clusterCaCertificate?: string;
  readonly token?: string;
  readonly configPath?: string;
  readonly configContext?: string;
}

/** Returns how a provider reaches the cluster's API server, and adds what the connection needs to the stack. */
export function connect(stack: TerraformStack, cluster: Cluster, access: ClusterAccess): ClusterConnection {
  if (access.access === "eks") return connectThroughEks(stack, cluster, access.clusterName);
  return {
    configPath: literal(access.path ?? "~/.kube/config"),
    ...(access.context === undefined ? {} : { configContext: literal(access.context) }),
  };
}

/** The token is ephemeral: Terraform requests one in each run, and stores it neither in the plan nor in the state. */
function connectThroughEks(stack: TerraformStack, cluster: Cluster, clusterName: string): ClusterConnection {
  addAwsProvider(stack, cluster);
  const eks = new DataAwsEksCluster(stack, "cluster", { name: clusterName });
  // cdktf does not support ephemeral resources.
  stack.addOverride("ephemeral.aws_eks_cluster_auth.cluster", { name: clusterName });
  return {
    host: eks.endpoint,
    clusterCaCertificate: `\${base64decode(data.aws_eks_cluster.${eks.friendlyUniqueId}.certificate_authority[0].data)}`,
    token: "${ephemeral.aws_eks_cluster_auth.cluster.token}",
  };
}
