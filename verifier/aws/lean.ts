import type { S3Client } from "@aws-sdk/client-s3";
import type { STSClient } from "@aws-sdk/client-sts";

/** Of what the SDK does around a call, that which a proof has no use for. */
const NEEDLESS = [
  "loggerMiddleware",
  "getUserAgentMiddleware",
  "recursionDetectionMiddleware",
  "regionRedirectMiddleware",
  "addExpectContinueMiddleware",
];

/** Takes it away from a client. */
export function lean<T extends STSClient | S3Client>(client: T): T {
  const stack = (client as STSClient).middlewareStack;
  for (const name of NEEDLESS) stack.remove(name);
  // Retries are this program's own affair; the SDK's signing takes its place from this name.
  stack.add((next) => next, { name: "retryMiddleware", step: "finalizeRequest", priority: "high", override: true });
  return client;
}
