import { resolve } from "node:path";
import { loadProject } from "../../config/load";

test("the committed example has no problem", () => {
  const { problems, project } = loadProject(resolve(__dirname, "../../irsa.yaml"));
  expect(problems).toEqual([]);
  expect(project?.clusters.map(({ name }) => name)).toEqual(["production", "self-managed"]);
});
