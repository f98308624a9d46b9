import { join } from "node:path";
import { loadProject } from "../../config/load";
import type { Project } from "../../config/project";

export const EXAMPLE = join(__dirname, "../../irsa.yaml");

/** The committed example. */
export function exampleProject(): Project {
  const { project } = loadProject(EXAMPLE);
  if (!project) throw new Error("the committed example has errors");
  return project;
}
