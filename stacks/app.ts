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
    if (cluster.kubernetes && cluster.serviceAccounts.length > 0) {
      const { kubernetes } = cluster;
      new ServiceAccountsStack(app, { cluster, kubernetes, state });
      if (verification.runner === "kubernetes" && verification.image !== undefined) {
        new VerificationStack(app, { cluster, kubernetes, image: verification.image, state });
      }
    }
  }
  return app;
}
