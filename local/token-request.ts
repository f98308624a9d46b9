import type { TokenRequest } from "./cluster-keys";

/** The port of `npm run local-aws`, to which `npm run local-pod` connects. */
export const DEFAULT_PORT = 4580;

/**
 * Asks a running embedded AWS for a token of one of its clusters, as a kubelet asks the TokenRequest API.
 * @throws Error if the embedded AWS does not run, or does not sign tokens of the cluster
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
    throw new Error(`the embedded AWS does not respond at ${endpoint}; start it in another shell: npm run local-aws`);
  }
  if (!response.ok) {
    throw new Error(
      `${endpoint} signs no tokens of cluster ${cluster}; start the embedded AWS with a configuration that declares the cluster, and without --jwks for the issuer of the cluster`,
    );
  }
  return ((await response.json()) as { token: string }).token;
}
