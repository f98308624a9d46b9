import { DEFAULT_ENVIRONMENT, DEFAULT_HCP_HOST, DEFAULT_ROLE_NAME_PREFIX } from "./bootstrap-schema";
import type { IrsaFile } from "./irsa-schema";
import type { Bootstrap, Cluster, HcpTrust, StateBackend } from "./project";

/** Returns the stack `bootstrap` of each account of the clusters, the account of the bucket first; none without the key. */
export function deriveBootstraps(
  { bootstrap, defaults }: IrsaFile,
  folder: string,
  state: StateBackend,
  clusters: readonly Cluster[],
): Bootstrap[] {
  if (!bootstrap) return [];
  const { github, hcp, roleNamePrefix = DEFAULT_ROLE_NAME_PREFIX } = bootstrap;
  const accounts = new Set(clusters.map(({ accountId }) => accountId));
  // The rules made sure that the key names one of several accounts.
  const [only] = accounts;
  const main = bootstrap.accountId ?? only;
  return [...accounts]
    .toSorted((a, b) => Number(b === main) - Number(a === main))
    .flatMap((accountId) => clusters.find((cluster) => cluster.accountId === accountId) ?? [])
    .map(({ accountId, partition, region }): Bootstrap => {
      const isMain = accountId === main;
      const bucket = isMain ? createdBucket(bootstrap.bucket, state) : undefined;
      return {
        name: isMain ? "bootstrap" : `bootstrap-${accountId}`,
        accountId,
        partition,
        region: isMain && state.backend === "s3" ? state.region : region,
        ...(github
          ? {
              github: {
                repository: github.repository,
                environment: github.environment ?? DEFAULT_ENVIRONMENT,
                provider: github.provider ?? "create",
              },
            }
          : {}),
        ...(hcp && state.backend === "cloud" ? { hcp: hcpTrust(state, hcp.provider ?? "create") } : {}),
        roleNamePrefix,
        ...(bucket ? { bucket } : {}),
        state: bootstrap.state === "shared" ? state : { backend: "local", folder },
        tags: defaults?.tags ?? {},
      };
    });
}

function createdBucket(bucket: "create" | "existing" | undefined, state: StateBackend): Bootstrap["bucket"] {
  if (state.backend !== "s3" || bucket === "existing") return undefined;
  // Another account can have the bucket.
  if (state.roleArn !== undefined || state.profile !== undefined) return undefined;
  const { bucket: name, kmsKeyArn } = state;
  return { bucket: name, ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }) };
}

function hcpTrust(state: StateBackend & { backend: "cloud" }, provider: HcpTrust["provider"]): HcpTrust {
  const { hostname = DEFAULT_HCP_HOST, organization, project = "Default Project", workspacePrefix } = state;
  return { hostname, organization, project, workspacePrefix, provider };
}
