import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PAGES } from "../commands/docs";
import { loadProject } from "../config/load";
import { argumentsOnQovery, proofsOf } from "../config/proofs";
import { cluster, load, role } from "./config/files";

test.each(PAGES)("$path is current (npm run docs)", ({ path, render }) => {
  expect(render()).toBe(readFileSync(join(__dirname, "..", path), "utf8"));
});

test("docs/how-to/another-account.md shows the files of its example", () => {
  const page = readFileSync(join(__dirname, "../docs/how-to/another-account.md"), "utf8");
  const blocks = [...page.matchAll(/^```yaml\n# (.+)\n([^`]+)```$/gm)];
  expect(blocks.map(([, file]) => file)).toEqual(["clusters/production.yaml", "clusters/production-data.yaml"]);
  for (const [, file = "", text] of blocks) {
    const [, ...lines] = readFileSync(join(__dirname, "examples/another-account", file), "utf8").split("\n");
    expect(lines.join("\n")).toBe(text);
  }
});

test("docs/qovery.md gives the jobs the arguments of the stacks", () => {
  const page = readFileSync(join(__dirname, "../docs/qovery.md"), "utf8");
  const { project } = loadProject(join(__dirname, "../irsa.yaml"));
  const cluster = project?.clusters.find(({ name }) => name === "production");
  const proofs = cluster ? proofsOf(cluster).filter(({ account }) => account.name === "my-s3-role") : [];
  expect(proofs).toHaveLength(2);
  for (const proof of proofs) {
    expect(page).toContain(
      `\`[${argumentsOnQovery(proof)
        .map((text) => JSON.stringify(text))
        .join(", ")}]\``,
    );
  }
});

test("the configuration in docs/terraform-cloud.md has no errors, and creates workspaces and roles", () => {
  const page = readFileSync(join(__dirname, "../docs/terraform-cloud.md"), "utf8");
  const [, irsa = ""] = /```yaml\n(# irsa\.yaml\n[^`]+)```/.exec(page) ?? [];
  const { problems, project } = load({
    "irsa.yaml": irsa,
    "clusters/production.yaml": cluster(role("namespace: z1-prod")).replace(
      "kubernetes:\n  access: kubeconfig",
      "kubernetes: { access: eks, clusterName: production }",
    ),
  });
  expect(problems).toEqual([]);
  expect(project).toMatchObject({ state: { workflow: "vcs", workspaces: {} }, bootstraps: [{ hcp: {} }] });
});
