import { DEFAULT_ROLE_NAME_PREFIX } from "./bootstrap-schema";
import { type IrsaDraft, items } from "./draft";
import { error, type Finding } from "./problems";

const VCS_KEYS = ["repository", "githubAppInstallationId", "oauthTokenId"] as const;

/**
 * Checks the key `state.workspaces` against the workflow and the clusters.
 * @param kubeconfigs the names of the clusters with a kubeconfig file
 */
export function workspacesProblems({ state, bootstrap }: IrsaDraft, kubeconfigs: readonly string[]): Finding[] {
  if (state?.backend !== "cloud" || state.workspaces === undefined) return [];
  const { workspaces: data, workflow = "cli" } = state;
  const at = (...key: string[]) => ["state", "workspaces", ...key];
  const findings: Finding[] = [];
  if (workflow === "vcs") {
    if (!("repository" in data))
      findings.push(error(at(), "has no repository, which workflow: vcs needs", "add repository: OWNER/NAME", "key"));
    const connections = VCS_KEYS.slice(1).filter((key) => key in data);
    if (connections.length !== 1) {
      const message =
        connections.length === 0 ? "has no connection to the repository" : "has two connections to the repository";
      findings.push(error(at(), message, "set either githubAppInstallationId or oauthTokenId", "key"));
    }
  } else {
    for (const key of VCS_KEYS.filter((key) => key in data))
      findings.push(
        error(at(key), `has no effect with workflow: ${workflow}`, "remove the key, or set workflow: vcs", "key"),
      );
  }
  const prefix = bootstrap?.roleNamePrefix ?? DEFAULT_ROLE_NAME_PREFIX;
  const { planRole = `${prefix}-plan`, applyRole = `${prefix}-apply` } = data;
  if (planRole.toLowerCase() === applyRole.toLowerCase()) {
    const message = `${planRole} is also the role of the applies, so a pull request could change AWS`;
    findings.push(error(at("planRole" in data ? "planRole" : "applyRole"), message, "use two roles"));
  }
  if (kubeconfigs.length > 0 && !("agentPoolId" in data)) {
    const message = `has no agentPoolId, and only an agent can have the kubeconfig file of ${kubeconfigs.join(", ")}`;
    findings.push(
      error(at(), message, "add the agentPoolId of a pool whose agents have the file, or use access: eks", "key"),
    );
  }
  const tags = items(data.tags).map(([, tag]) => tag);
  const repeated = tags.find((tag, index) => tags.indexOf(tag) !== index);
  if (repeated !== undefined) findings.push(error(at("tags"), `names ${repeated} twice`, "remove one of them"));
  return findings;
}
