import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import type { TerraformStack } from "cdktf";
import type { Cluster } from "../config/project";

/** The AWS provider versions that the stacks support. Without an override, the binding pins the version it was generated from. */
const AWS_VERSIONS = ">= 5.100.0, < 7.0.0";

/** Adds the AWS provider. Credentials come from the environment; credentials of another account stop the plan. */
export function addAwsProvider(stack: TerraformStack, cluster: Cluster): void {
  new AwsProvider(stack, "aws", { region: cluster.region, allowedAccountIds: [cluster.accountId] });
  stack.addOverride("terraform.required_providers.aws.source", "hashicorp/aws");
  stack.addOverride("terraform.required_providers.aws.version", AWS_VERSIONS);
}
