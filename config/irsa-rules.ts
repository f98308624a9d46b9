import { bootstrapProblems, deployerNameProblems } from "./bootstrap-rules";
import { createsServiceAccount, namespacesOf } from "./cluster-identity";
import type { ClusterDraft, IrsaDraft } from "./draft";
import { boundaryProblems } from "./managed-policy-rules";
import { error, type Finding, warning } from "./problems";
import { unknownRegion } from "./region-rules";
import { tagProblems } from "./tag-rules";
import { workspacesProblems } from "./workspaces-rules";

/** Checks irsa.yaml against the clusters. */
export function irsaProblems(irsa: IrsaDraft, clusters: readonly ClusterDraft[]): Finding[] {
  const { defaults } = irsa;
  return [
    ...workspaceProblems(irsa, clusters),
    ...workspacesProblems(irsa, kubeconfigClusters(clusters)),
    ...tagProblems(["defaults", "tags"], defaults?.tags),
    ...defaultBoundaryProblems(defaults?.permissionsBoundary, clusters),
    ...stateProblems(irsa),
    ...verificationProblems(irsa),
    ...bootstrapProblems(irsa, clusters),
    ...deployerNameProblems(irsa, clusters),
  ];
}

/** Checks the boundary against the clusters with a role that inherits it. */
function defaultBoundaryProblems(boundary: string | undefined, clusters: readonly ClusterDraft[]): Finding[] {
  const path = ["defaults", "permissionsBoundary"];
  const found = clusters
    .filter(
      ({ data, roles }) =>
        !("permissionsBoundary" in data) && roles.some(([, role]) => !("permissionsBoundary" in role)),
    )
    .map((cluster) => ({ cluster, problem: boundaryProblems(cluster, path, boundary)[0] }))
    .filter(({ problem }) => problem !== undefined);
  const [first] = found;
  if (!first?.problem) return [];
  const files = found.map(({ cluster }) => cluster.file).join(", ");
  return [{ ...first.problem, fix: `set permissionsBoundary in ${files}` }];
}

function verificationProblems({ verification }: IrsaDraft): Finding[] {
  if (verification?.runner !== "qovery" || verification.image === undefined) return [];
  if (/:[\w.-]+$/.test(verification.image.replace(/@.*/, ""))) return [];
  const message = "has no tag, which Qovery requires";
  return [error(["verification", "image"], message, "use an image such as ghcr.io/acme/qovery-irsa-verifier:1.0.0")];
}

/** Source: https://developer.hashicorp.com/terraform/language/backend/s3 (a key does not begin with a slash) */
function stateProblems({ state }: IrsaDraft): Finding[] {
  if (state?.backend !== "s3") return [];
  const path = ["state", "keyPrefix"];
  const { keyPrefix = "", region } = state;
  const findings = region === undefined ? [] : unknownRegion(["state", "region"], region);
  if (/(?:^|\/)\.{1,2}(?:\/|$)/.test(keyPrefix)) {
    const message = `"${keyPrefix}" has a part "." or "..", which S3 clients do not all treat as a name`;
    return [...findings, error(path, message, "use a prefix without these parts, such as irsa/")];
  }
  const clean = keyPrefix.replace(/^\/+/, "").replace(/\/{2,}/g, "/");
  if (clean !== keyPrefix) {
    const message = `"${keyPrefix}" begins with a slash or has an empty part, which Terraform does not accept`;
    return [...findings, error(path, message, clean === "" ? "remove the key" : `use ${clean}`)];
  }
  if (/[A-Za-z0-9]$/.test(keyPrefix)) {
    const message = `"${keyPrefix}" has no separator before the name of the stack: ${keyPrefix}<stack>.tfstate`;
    return [...findings, warning(path, message, `use ${keyPrefix}/`)];
  }
  return findings;
}

function kubeconfigClusters(clusters: readonly ClusterDraft[]): string[] {
  return clusters.filter(({ data }) => data.kubernetes?.access === "kubeconfig").map(({ name }) => name);
}

/** Characters of the name of a workspace. Source: https://developer.hashicorp.com/terraform/cloud-docs/workspaces/create */
const LONGEST_WORKSPACE_NAME = 90;

/** Each stack has a workspace. The name of a cluster's last stack is the longest one. */
function workspaceProblems({ state, verification }: IrsaDraft, clusters: readonly ClusterDraft[]): Finding[] {
  if (state?.backend !== "cloud") return [];
  const { workspacePrefix = "" } = state;
  const proves = (verification?.runner ?? "none") !== "none";
  const stacks = clusters.map(({ name, roles }) => {
    if (roles.some(([, role]) => createsServiceAccount(role))) return `${name}-service-accounts`;
    return `${name}-${proves && roles.some(([, role]) => namespacesOf(role).length > 0) ? "verification" : "iam"}`;
  });
  const [longest = ""] = stacks.toSorted((a, b) => b.length - a.length);
  const length = workspacePrefix.length + longest.length;
  if (length <= LONGEST_WORKSPACE_NAME) return [];
  const message = `the workspace ${workspacePrefix}${longest} has ${length} characters; HCP Terraform accepts ${LONGEST_WORKSPACE_NAME}`;
  const fix = `use at most ${Math.max(LONGEST_WORKSPACE_NAME - longest.length, 0)} characters`;
  return [error(["state", "workspacePrefix"], message, fix)];
}
