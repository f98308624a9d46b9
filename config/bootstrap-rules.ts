import { parseRoleArn } from "../iam/arn";
import { DEFAULT_HCP_HOST, DEFAULT_ROLE_NAME_PREFIX, GITHUB_ISSUER } from "./bootstrap-schema";
import type { ClusterDraft, IrsaDraft } from "./draft";
import { error, type Finding, type Path } from "./problems";

/** Checks the key `bootstrap` against the state and the clusters. */
export function bootstrapProblems({ bootstrap, state }: IrsaDraft, clusters: readonly ClusterDraft[]): Finding[] {
  if (bootstrap === undefined) return [];
  return [
    ...accountProblems(bootstrap, clusters),
    ...issuerProblems(bootstrap, state, clusters),
    ...trustProblems(bootstrap, state),
    ...bucketProblems(bootstrap, state),
  ];
}

function accountProblems(bootstrap: BootstrapDraft, clusters: readonly ClusterDraft[]): Finding[] {
  const at = ["bootstrap", "accountId"];
  const accounts = [...new Set(clusters.flatMap(({ data }) => data.accountId ?? []))];
  if (!("accountId" in bootstrap)) {
    if (accounts.length < 2) return [];
    const message = `is missing, and the clusters are in ${accounts.length} accounts`;
    return [error(at, message, `set one of ${accounts.join(", ")}: the account that has the bucket`)];
  }
  const { accountId } = bootstrap;
  if (accountId === undefined || accounts.length === 0 || accounts.includes(accountId)) return [];
  return [error(at, `"${accountId}" is not the account of a cluster`, `use "${accounts[0]}"`)];
}

/** The apply role could change the audiences of the provider through which it is assumed. */
function issuerProblems(
  { github, hcp }: BootstrapDraft,
  state: IrsaDraft["state"],
  clusters: readonly ClusterDraft[],
): Finding[] {
  const hostname = (state?.backend === "cloud" ? state.hostname : undefined) ?? DEFAULT_HCP_HOST;
  const issuers = [...(github ? [["github", GITHUB_ISSUER]] : []), ...(hcp ? [["hcp", `https://${hostname}`]] : [])];
  return issuers.flatMap(([key = "", issuer]) =>
    clusters
      .filter(({ data }) => data.oidc?.issuer === issuer)
      .map(({ file }) => {
        const message = `trusts tokens of ${issuer}, which is also the issuer of the cluster in ${file}`;
        return error(["bootstrap", key], message, `correct oidc.issuer in ${file}`, "key");
      }),
  );
}

/** The apply role could change its own trust policy and permissions, or those of the role for the states. */
export function deployerNameProblems({ bootstrap, state }: IrsaDraft, clusters: readonly ClusterDraft[]): Finding[] {
  return deployerNames(bootstrap, state).flatMap(({ path, name, accountId }) =>
    clusters
      .filter(({ data }) => accountId === undefined || data.accountId === accountId)
      .flatMap(({ file, data }) =>
        Object.keys(data.roles ?? {})
          // IAM ignores the case of a role's name, and the path is no part of the name.
          .filter((role) => role.toLowerCase() === name.toLowerCase())
          .map((role) => {
            const message = `names the role ${name}, which runs Terraform, and ${file} declares the role ${role}`;
            return error(path, message, "set another name, or rename the role of the cluster", "key");
          }),
      ),
  );
}

interface DeployerName {
  readonly path: Path;
  readonly name: string;
  /** Undefined for a role in the account of each cluster. */
  readonly accountId?: string;
}

function deployerNames(bootstrap: IrsaDraft["bootstrap"], state: IrsaDraft["state"]): DeployerName[] {
  const prefix = bootstrap?.roleNamePrefix ?? DEFAULT_ROLE_NAME_PREFIX;
  const own = bootstrap
    ? [`${prefix}-plan`, `${prefix}-apply`].map((name) => ({ path: ["bootstrap", "roleNamePrefix"], name }))
    : [];
  if (state?.backend === "s3") {
    const found = parseRoleArn(state.roleArn ?? "");
    return found ? [...own, { path: ["state", "roleArn"], name: found.name, accountId: found.accountId }] : own;
  }
  if (state?.backend !== "cloud" || state.workspaces === undefined) return own;
  const { planRole = `${prefix}-plan`, applyRole = `${prefix}-apply` } = state.workspaces;
  const others = Object.entries({ planRole, applyRole }).filter(([, name]) => !own.some((each) => each.name === name));
  return [...own, ...others.map(([key, name]) => ({ path: ["state", "workspaces", key], name }))];
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
