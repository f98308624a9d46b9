import { App, type AppConfig } from "cdktf";
import type { Cluster, Project } from "../config/project";
import { proofsOf } from "../config/proofs";
import { BootstrapStack } from "./bootstrap-stack";
import { HcpWorkspacesStack } from "./hcp-workspaces-stack";
import { IamStack } from "./iam-stack";
import { QoveryServiceAccountsStack } from "./qovery-service-accounts-stack";
import { QoveryVerificationStack } from "./qovery-verification-stack";
import { ServiceAccountsStack } from "./service-accounts-stack";
import { VerificationStack } from "./verification-stack";

/** Creates every stack of a project. No stack refers to another one: each has its own state and credentials. */
export function createApp(project: Project, config: AppConfig = {}): App {
  const app = new App(config);
  for (const bootstrap of project.bootstraps) new BootstrapStack(app, { project, bootstrap });
  const { state } = project;
  if (state.backend === "cloud" && state.workspaces) {
    const cloud = { ...state, workspaces: state.workspaces };
    new HcpWorkspacesStack(app, { project, cloud, state: { backend: "local", folder: state.workspaces.stateFolder } });
  }
  for (const cluster of project.clusters) {
    new IamStack(app, { cluster, state: project.state });
    if (cluster.serviceAccounts.some(({ release }) => release)) createServiceAccounts(app, project, cluster);
    if (proofsOf(cluster).length > 0) createVerification(app, project, cluster);
  }
  return app;
}

function createServiceAccounts(app: App, { state }: Project, cluster: Cluster): void {
  const { kubernetes, qovery } = cluster;
  if (!kubernetes) return;
  if (kubernetes.access !== "qovery") new ServiceAccountsStack(app, { cluster, kubernetes, state });
  else if (qovery) new QoveryServiceAccountsStack(app, { cluster, qovery, state });
}

function createVerification(app: App, { state, verification }: Project, cluster: Cluster): void {
  const { kubernetes, qovery } = cluster;
  if (verification.runner === "kubernetes" && kubernetes && kubernetes.access !== "qovery") {
    new VerificationStack(app, { cluster, kubernetes, image: verification.image, state });
  }
  if (verification.runner === "qovery" && qovery) {
    const { image, registryId } = verification;
    new QoveryVerificationStack(app, { cluster, qovery, image, registryId, state });
  }
}
