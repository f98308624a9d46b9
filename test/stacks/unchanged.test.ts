import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exampleProject } from "../local/project";
import { loadExample, type Stack, synthesize } from "./synthesized";

// A release of this project changes nothing in a deployed configuration: the examples synthesize to the recorded JSON.
// `GOLDEN=write npx jest test/stacks/unchanged` records the JSON again. Do that only if an example itself changed, or if
// the users of deployed stacks are meant to see the change in their next plan.
// A new key of the configuration is no reason: a configuration without the key must not change.

const RECORD = join(__dirname, "unchanged.json");
const ROOT = join(__dirname, "../..");

const PROJECTS = {
  "the root configuration": exampleProject,
  ...Object.fromEntries(
    ["bootstrap", "create", "kubeconfig", "qovery", "several-subjects", "three-clusters"].map((name) => [
      name,
      () => loadExample(name),
    ]),
  ),
};

/** Returns a hash for each block of a stack, by its address, such as `aws_iam_role.role-app`. */
function hashes(stack: Stack): Record<string, string> {
  const text = JSON.stringify(stack).replaceAll(ROOT, "");
  const blocks = Object.entries<Stack>(JSON.parse(text)).flatMap(([section, content]) =>
    /^(data|resource)$/.test(section)
      ? Object.entries<Stack>(content).flatMap(([type, named]) =>
          Object.entries(named).map(([name, block]): [string, unknown] => [`${section} ${type}.${name}`, block]),
        )
      : [[section, content] as [string, unknown]],
  );
  return Object.fromEntries(
    blocks.map(([address, block]) => [address, createHash("sha256").update(JSON.stringify(block)).digest("hex")]),
  );
}

test("the examples synthesize to the recorded JSON", () => {
  const found = Object.fromEntries(
    Object.entries(PROJECTS).map(([name, project]) => [
      name,
      Object.fromEntries(Object.entries(synthesize(project())).map(([stack, json]) => [stack, hashes(json)])),
    ]),
  );
  if (process.env.GOLDEN === "write") writeFileSync(RECORD, `${JSON.stringify(found, null, 2)}\n`);
  expect(found).toEqual(JSON.parse(readFileSync(RECORD, "utf8")));
});
