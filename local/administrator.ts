import { IAMClient } from "@aws-sdk/client-iam";
import { clientConfig, type LocalAws } from "./aws";

/**
 * Calls IAM in the embedded AWS as an administrator.
 * @param environment the administrator @default - of the first account
 */
export async function withIam(
  aws: LocalAws,
  use: (iam: IAMClient) => Promise<unknown>,
  environment = aws.environment,
): Promise<void> {
  const iam = new IAMClient(clientConfig(environment));
  try {
    await use(iam);
  } finally {
    iam.destroy();
  }
}
