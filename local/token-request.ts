import type { TokenRequest } from "./cluster-keys";

/** Where `npm run local-aws` listens unless told otherwise, and where `npm run local-pod` looks for it. */
export const DEFAULT_PORT = 4580;

/**
 * Asks a running embedded AWS for a token of one of its clusters, as a kubelet asks the TokenRequest API.
 * @throws Error where it does not run, or does not sign for the cluster
 */
export async function requestToken(endpoint: string, cluster: string, request: TokenRequest): Promise<string> {
  let response: Response;
  try {
    response = await fetch(`${endpoint}/_local/clusters/${cluster}/token`, {
      method: "POST",
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(5000),
    });
  } catch {
    throw new Error(`the embedded AWS does not answer at ${endpoint}; start it in another shell: npm run local-aws`);
  }
  if (!response.ok) {
    throw new Error(
      `${endpoint} signs no tokens of cluster ${cluster}; it plays the clusters of the configuration that it was started with, except those given by --jwks`,
    );
  }
  return ((await response.json()) as { token: string }).token;
}
