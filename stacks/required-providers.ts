import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import type { TerraformStack } from "cdktf";
import type { Cluster } from "../config/project";

/**
 * The provider versions that the stacks support. Without an override, a binding pins the version it was generated from.
 * The helm provider has upgrade_install and take_ownership since 3.1.
 */
const PROVIDERS = {
  aws: { source: "hashicorp/aws", version: ">= 5.100.0, < 7.0.0" },
  kubernetes: { source: "hashicorp/kubernetes", version: ">= 2.38.0, < 3.0.0" },
  helm: { source: "hashicorp/helm", version: ">= 3.1.0, < 4.0.0" },
  tfe: { source: "hashicorp/tfe", version: ">= 0.71.0, < 1.0.0" },
  qovery: { source: "qovery/qovery", version: ">= 0.86.1, < 1.0.0" },
};

/** Sets a provider's source address and version range. */
export function requireProvider(stack: TerraformStack, name: keyof typeof PROVIDERS): void {
  stack.addOverride(`terraform.required_providers.${name}`, PROVIDERS[name]);
}

/** Adds the AWS provider. Credentials come from the environment; credentials of another account stop the plan. */
export function addAwsProvider(
  stack: TerraformStack,
  { region, accountId }: Pick<Cluster, "region" | "accountId">,
): void {
  requireProvider(stack, "aws");
  new AwsProvider(stack, "aws", { region, allowedAccountIds: [accountId] });
}
