import { loadProject } from "../../config/load";
import { formatProblem } from "../../config/problems";
import type { Project } from "../../config/project";

/**
 * Returns the user's configuration. Problems are printed to standard error.
 * @param path of irsa.yaml @default IRSA_CONFIG, else irsa.yaml
 * @throws Error if the configuration has errors
 */
export function loadedProject(path?: string): Project {
  const { problems, project } = loadProject(path);
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
  if (!project) throw new Error("the configuration has errors; fix them and run the command again");
  return project;
}
