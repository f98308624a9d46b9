import { readFileSync } from "node:fs";
import { join } from "node:path";
import { jsonSchemas } from "../../config/json-schema";

const ROOT = join(__dirname, "../..");

test.each(Object.entries(jsonSchemas()))("%s is current; npm run schema renews it", (name, text) => {
  expect(JSON.parse(readFileSync(join(ROOT, "config", name), "utf8"))).toEqual(JSON.parse(text));
});

test.each([
  ["irsa.yaml", "config/irsa.schema.json"],
  ["clusters/production.yaml", "../config/cluster.schema.json"],
  ["clusters/self-managed.yaml", "../config/cluster.schema.json"],
])("%s names its schema for editors", (file, schema) => {
  expect(readFileSync(join(ROOT, file), "utf8").split("\n")[0]).toBe(`# yaml-language-server: $schema=${schema}`);
});
