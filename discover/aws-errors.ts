import { printable } from "../config/problems";

const REJECTED =
  /^(?:UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch|ExpiredToken(?:Exception)?)$/;

/** A call that AWS denies to the caller. */
export class Denied extends Error {
  constructor(
    readonly action: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Returns an error of the AWS SDK as one message: what is wrong, and how to fix it.
 * @param action the action of the call that failed, such as `iam:ListRoles`
 */
export function explained(action: string, error: unknown): Error {
  const { name, message, code, status } = partsOf(error);
  if (name === "CredentialsProviderError" || name === "TokenProviderError") {
    return new Error(
      `no AWS credentials were found (${message}); set AWS_PROFILE or log in, and check with \`aws sts get-caller-identity\``,
    );
  }
  if (/^Region (?:is missing|not accepted)/.test(message)) {
    return new Error(
      `no valid AWS region is set (${message}); set --region or AWS_REGION to a region such as eu-west-3`,
    );
  }
  if (/^AccessDenied/.test(name) || name === "UnauthorizedOperation") {
    return new Denied(
      action,
      `AWS denies ${action} (${message}); \`npm run policy -- discover\` prints the policy that the command needs`,
    );
  }
  if (REJECTED.test(name)) {
    return new Error(`AWS rejects the credentials (${name}: ${message}); log in again, or renew the keys`);
  }
  if (name === "SyntaxError") {
    const answer = `the answer to ${action} is not from AWS (HTTP ${status}: ${message})`;
    return new Error(`${answer}; check the credentials, the proxy and AWS_ENDPOINT_URL`);
  }
  if (status === undefined) {
    return new Error(
      `AWS does not answer ${action} (${code ?? name}: ${message}); check the network, the proxy and --region`,
    );
  }
  return new Error(
    `AWS answers ${action} with ${name}: ${message}; run the command again, or check the AWS status page`,
  );
}

function partsOf(error: unknown) {
  const { name, message, code, $metadata, $response } = error as Error & {
    code?: string;
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  return {
    name,
    // The SDK adds lines for developers.
    message: printable(message.split("\n", 1)[0] ?? ""),
    code,
    status: $metadata?.httpStatusCode ?? $response?.statusCode,
  };
}
