import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { loadProject } from "../../config/load";

const EXAMPLE = resolve(__dirname, "../../irsa.yaml");

test("the committed example has no error", () => {
  const { problems, project } = loadProject(EXAMPLE);
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(project?.clusters.map(({ name }) => name)).toEqual(["production", "self-managed"]);
});

describe("reads the configuration", () => {
  const { IRSA_CONFIG } = process.env;
  const cwd = process.cwd();
  afterEach(() => {
    process.chdir(cwd);
    if (IRSA_CONFIG === undefined) delete process.env.IRSA_CONFIG;
    else process.env.IRSA_CONFIG = IRSA_CONFIG;
  });

  test("from the path in IRSA_CONFIG and the folder beside it", () => {
    process.env.IRSA_CONFIG = EXAMPLE;
    expect(loadProject().project?.clusters).toHaveLength(2);
  });

  test("from the working directory without IRSA_CONFIG", () => {
    delete process.env.IRSA_CONFIG;
    const empty = mkdtempSync(join(tmpdir(), "irsa-"));
    process.chdir(empty);
    expect(loadProject().problems.map(({ file }) => file)).toEqual(["clusters", "irsa.yaml"]);
    rmSync(empty, { recursive: true });
  });
});
