import type { S3Client } from "@aws-sdk/client-s3";
import type { STSClient } from "@aws-sdk/client-sts";

/** Steps of the SDK that a proof does not need. */
const NEEDLESS = [
  "loggerMiddleware",
  "getUserAgentMiddleware",
  "recursionDetectionMiddleware",
  "regionRedirectMiddleware",
  "addExpectContinueMiddleware",
];

/** Removes these steps from a client. */
export function lean<T extends STSClient | S3Client>(client: T): T {
  const stack = (client as STSClient).middlewareStack;
  for (const name of NEEDLESS) stack.remove(name);
  // The verifier itself retries. The SDK inserts its signing relative to this name.
  stack.add((next) => next, { name: "retryMiddleware", step: "finalizeRequest", priority: "high", override: true });
  return client;
}
