import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PAGES } from "../commands/docs";
import { loadProject } from "../config/load";
import { argumentsOnQovery, proofsOf } from "../config/proofs";

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
