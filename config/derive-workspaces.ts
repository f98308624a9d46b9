import type { z } from "zod";
import type { Workspaces } from "./project";
import { DEFAULT_TERRAFORM_VERSION, type workspaces } from "./workspaces-schema";

/**
 * Returns the settings of the workspaces.
 * @param prefix the prefix of the names of the roles that the stack `bootstrap` creates
 * @param folder the folder of irsa.yaml
 */
export function deriveWorkspaces(keys: z.infer<typeof workspaces>, prefix: string, folder: string): Workspaces {
  const { repository, githubAppInstallationId, oauthTokenId, agentPoolId } = keys;
  return {
    ...(repository === undefined
      ? {}
      : {
          repository: {
            identifier: repository,
            ...(githubAppInstallationId === undefined ? {} : { githubAppInstallationId }),
            ...(oauthTokenId === undefined ? {} : { oauthTokenId }),
          },
        }),
    ...(keys.folder === undefined ? {} : { folder: keys.folder }),
    terraformVersion: keys.terraformVersion ?? DEFAULT_TERRAFORM_VERSION,
    planRole: keys.planRole ?? `${prefix}-plan`,
    applyRole: keys.applyRole ?? `${prefix}-apply`,
    ...(agentPoolId === undefined ? {} : { agentPoolId }),
    tags: keys.tags ?? [],
    stateFolder: folder,
  };
}
