import { DEFAULT_ROLE_NAME_PREFIX } from "./bootstrap-schema";
import type { ClusterDraft, IrsaDraft } from "./draft";
import { error, type Finding } from "./problems";

/** Checks the key `bootstrap` against the state and the clusters. */
export function bootstrapProblems({ bootstrap, state }: IrsaDraft, clusters: readonly ClusterDraft[]): Finding[] {
  if (bootstrap === undefined) return [];
  return [
    ...accountProblems(clusters),
    ...roleNameProblems(bootstrap.roleNamePrefix ?? DEFAULT_ROLE_NAME_PREFIX, clusters),
    ...trustProblems(bootstrap, state),
    ...bucketProblems(bootstrap, state),
  ];
}

function accountProblems(clusters: readonly ClusterDraft[]): Finding[] {
  const accounts = [...new Set(clusters.flatMap(({ data }) => data.accountId ?? []))];
  if (accounts.length < 2) return [];
  const message = `creates the roles in one account, and the clusters are in ${accounts.length}: ${accounts.join(", ")}`;
  const fix = "remove the key, and create the roles of each account with the policies that npm run policy prints";
  return [error(["bootstrap"], message, fix, "key")];
}

/** The apply role could change its own permissions as a role of a cluster. */
function roleNameProblems(prefix: string, clusters: readonly ClusterDraft[]): Finding[] {
  const own = ["plan", "apply"].map((role) => `${prefix}-${role}`.toLowerCase());
  return clusters.flatMap(({ file, data }) =>
    Object.keys(data.roles ?? {})
      .filter((name) => own.includes(name.toLowerCase()))
      .map((name) => {
        const fix = "set another roleNamePrefix, or rename the role of the cluster";
        return error(["bootstrap", "roleNamePrefix"], `${file} already has the role ${name}`, fix, "key");
      }),
  );
}

type BootstrapDraft = NonNullable<IrsaDraft["bootstrap"]>;

function trustProblems(bootstrap: BootstrapDraft, state: IrsaDraft["state"]): Finding[] {
  if (!("github" in bootstrap) && !("hcp" in bootstrap)) {
    const fix = "add github: { repository: OWNER/NAME }, or hcp: {} with backend: cloud";
    return [error(["bootstrap"], "names nothing that can assume the roles", fix, "key")];
  }
  if (bootstrap.hcp === undefined || state?.backend === undefined) return [];
  const at = ["bootstrap", "hcp"];
  if (state.backend !== "cloud") {
    return [error(at, "is only valid with backend: cloud", "remove the key, or set backend: cloud", "key")];
  }
  const port = /:\d+$/.exec(state.hostname ?? "")?.[0];
  if (port === undefined) return [];
  const message = `IAM does not accept the port ${port} in the URL of an OIDC provider`;
  return [error(at, message, "remove the key, and give the workspaces other AWS credentials", "key")];
}

function bucketProblems({ bucket }: BootstrapDraft, state: IrsaDraft["state"]): Finding[] {
  if (state?.backend === undefined || bucket === undefined) return [];
  const at = ["bootstrap", "bucket"];
  if (state.backend !== "s3") return [error(at, "is only valid with backend: s3", "remove the key", "key")];
  const elsewhere = state.roleArn ?? state.profile;
  if (bucket === "existing" || elsewhere === undefined) return [];
  const message = `creates the bucket with the credentials of the run, and ${elsewhere} reaches the states`;
  return [error(at, message, "use existing")];
}
