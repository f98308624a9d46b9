import { namespacesOf } from "./derive";
import type { ClusterDraft, IrsaDraft } from "./draft";
import { boundaryProblems } from "./managed-policy-rules";
import { error, type Finding, warning } from "./problems";
import { tagProblems } from "./tag-rules";

/** Checks irsa.yaml against the clusters. */
export function irsaProblems(irsa: IrsaDraft, clusters: readonly ClusterDraft[]): Finding[] {
  const { defaults } = irsa;
  return [
    ...workspaceProblems(irsa, clusters),
    ...tagProblems(["defaults", "tags"], defaults?.tags),
    ...clusters.flatMap((cluster) =>
      boundaryProblems(cluster, ["defaults", "permissionsBoundary"], defaults?.permissionsBoundary),
    ),
    ...runnerProblems(irsa),
  ];
}

function runnerProblems({ verification }: IrsaDraft): Finding[] {
  if (verification?.runner === undefined || verification.runner === "none") return [];
  return [warning(["verification", "runner"], "has no effect yet", "run the verifier in a job, or use runner: none")];
}

/** Characters of the name of a workspace. Source: https://developer.hashicorp.com/terraform/cloud-docs/workspaces/create */
const LONGEST_WORKSPACE_NAME = 90;

/** Each stack has a workspace; `<cluster>-service-accounts` has the longest name of a cluster. */
function workspaceProblems({ state }: IrsaDraft, clusters: readonly ClusterDraft[]): Finding[] {
  if (state?.backend !== "cloud") return [];
  const { workspacePrefix = "" } = state;
  const stacks = clusters.map(({ name, roles }) => {
    const creates = roles.some(([, role]) => namespacesOf(role).length > 0);
    return `${name}-${creates ? "service-accounts" : "iam"}`;
  });
  const [longest = ""] = stacks.toSorted((a, b) => b.length - a.length);
  const length = workspacePrefix.length + longest.length;
  if (length <= LONGEST_WORKSPACE_NAME) return [];
  const message = `the workspace ${workspacePrefix}${longest} has ${length} characters; HCP Terraform accepts ${LONGEST_WORKSPACE_NAME}`;
  const fix = `use at most ${Math.max(LONGEST_WORKSPACE_NAME - longest.length, 0)} characters`;
  return [error(["state", "workspacePrefix"], message, fix)];
}
