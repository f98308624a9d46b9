import { App, type AppConfig } from "cdktf";
import type { Project } from "../config/project";
import { IamStack } from "./iam-stack";
import { ServiceAccountsStack } from "./service-accounts-stack";
import { VerificationStack } from "./verification-stack";

/** Creates every stack of a project. No stack refers to another one: each has its own state and credentials. */
export function createApp(project: Project, config: AppConfig = {}): App {
  const app = new App(config);
  for (const cluster of project.clusters) {
    const { state, verification } = project;
    new IamStack(app, { cluster, state });
    const { kubernetes } = cluster;
    if (kubernetes && kubernetes.access !== "qovery" && cluster.serviceAccounts.length > 0) {
      new ServiceAccountsStack(app, { cluster, kubernetes, state });
      if (verification.runner === "kubernetes") {
        new VerificationStack(app, { cluster, kubernetes, image: verification.image, state });
      }
    }
  }
  return app;
}
