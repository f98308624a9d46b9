import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PAGES } from "../commands/docs";

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
