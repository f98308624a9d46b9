import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import type { TerraformStack } from "cdktf";
import type { Cluster } from "../config/project";

/** The AWS provider's versions that the stacks work with; the binding would pin the one it was made from. */
const AWS_VERSIONS = ">= 5.100.0, < 7.0.0";

/** Credentials come from the environment; ones of another account than the cluster's stop the plan. */
export function addAwsProvider(stack: TerraformStack, cluster: Cluster): void {
  new AwsProvider(stack, "aws", { region: cluster.region, allowedAccountIds: [cluster.accountId] });
  stack.addOverride("terraform.required_providers.aws.source", "hashicorp/aws");
  stack.addOverride("terraform.required_providers.aws.version", AWS_VERSIONS);
}
