import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadProject } from "../../config/load";
import { qoveryCopy } from "../../local/qovery/demo-configuration";
import { EXAMPLE, exampleProject } from "./project";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "configuration-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a configuration without Qovery gets an environment for each namespace", () => {
  const { problems, project } = loadProject(qoveryCopy(EXAMPLE, exampleProject(), folder));
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(project?.verification.runner).toBe("qovery");
  const ids = project?.clusters.flatMap((cluster) => {
    const namespaces = new Set(cluster.serviceAccounts.map(({ namespace }) => namespace));
    expect(Object.keys(cluster.qovery?.environments ?? {}).sort()).toEqual([...namespaces].sort());
    return Object.values(cluster.qovery?.environments ?? {});
  });
  expect(new Set(ids).size).toBe(ids?.length);
});

test("a configuration with Qovery keeps its environments", () => {
  const config = join(__dirname, "../examples/qovery/irsa.yaml");
  const { project } = loadProject(config);
  if (!project) throw new Error("the example has errors");
  const copy = loadProject(qoveryCopy(config, project, folder)).project;
  expect(copy?.verification).toEqual(project.verification);
  expect(copy?.clusters[0]?.qovery).toEqual(project.clusters[0]?.qovery);
});
