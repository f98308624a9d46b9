import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const ROOT = join(__dirname, "../..");
const EXAMPLES = join(ROOT, "test/examples");

/** All committed configurations. */
const folders = [ROOT, join(ROOT, "docs/examples"), ...readdirSync(EXAMPLES).map((name) => join(EXAMPLES, name))];
const files = folders.flatMap((folder) => [
  join(folder, "irsa.yaml"),
  ...readdirSync(join(folder, "clusters")).map((name) => join(folder, "clusters", name)),
]);

test.each(files.map((file) => [relative(ROOT, file)]))("%s names its schema for editors", (file) => {
  const [line = ""] = readFileSync(join(ROOT, file), "utf8").split("\n");
  const schema =
    file.includes("/clusters/") || file.startsWith("clusters/") ? "cluster.schema.json" : "irsa.schema.json";
  expect(line).toMatch(/^# yaml-language-server: \$schema=/);
  expect(resolve(ROOT, dirname(file), line.split("$schema=")[1] ?? "")).toBe(join(ROOT, "config", schema));
});
