import { IAMClient } from "@aws-sdk/client-iam";
import { clientConfig, type LocalAws } from "./aws";

/** Calls IAM in the embedded AWS as an administrator. */
export async function withIam(aws: LocalAws, use: (iam: IAMClient) => Promise<unknown>): Promise<void> {
  const iam = new IAMClient(clientConfig(aws.environment));
  try {
    await use(iam);
  } finally {
    iam.destroy();
  }
}
