import { DEFAULT_ENVIRONMENT, DEFAULT_HCP_HOST, DEFAULT_ROLE_NAME_PREFIX } from "./bootstrap-schema";
import type { IrsaFile } from "./irsa-schema";
import type { Bootstrap, Cluster, HcpTrust, StateBackend } from "./project";

/** Returns the stack `bootstrap`; undefined without the key. The rules made sure that all clusters are in one account. */
export function deriveBootstrap(
  { bootstrap, defaults }: IrsaFile,
  folder: string,
  state: StateBackend,
  [cluster]: readonly Cluster[],
): Bootstrap | undefined {
  if (!bootstrap || !cluster) return undefined;
  const { github, hcp, roleNamePrefix = DEFAULT_ROLE_NAME_PREFIX } = bootstrap;
  const bucket = createdBucket(bootstrap.bucket, state);
  return {
    accountId: cluster.accountId,
    partition: cluster.partition,
    region: state.backend === "s3" ? state.region : cluster.region,
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
