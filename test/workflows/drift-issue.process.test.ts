import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type { Workflow } from "./forks";

// The step of drift.yml that writes the issue, with a gh that records its calls.

const { jobs }: Workflow = parse(readFileSync(join(__dirname, "../../.github/workflows/drift.yml"), "utf8"));
const script = jobs.issue?.steps?.find(({ run }) => run)?.run ?? "";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drift-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each<[string, string, string, string[]]>([
  ["opens an issue if a stack differs", "failure", "", ["issue list", "label create", "issue create"]],
  ["updates the open issue", "failure", "7", ["issue list", "issue edit 7 --body-file drift.md"]],
  ["closes the issue when nothing differs", "success", "7", ["issue list", "issue close 7 --comment"]],
  ["writes nothing if nothing differs and no issue is open", "success", "", ["issue list"]],
])("%s", (_, result, open, calls) => {
  const gh = `#!/bin/sh\necho "$*" >> calls\n[ "$2" != list ] || echo "${open}"\n`;
  writeFileSync(join(folder, "gh"), gh);
  chmodSync(join(folder, "gh"), 0o755);
  writeFileSync(join(folder, "drift.md"), "plans\n");
  const env = { PATH: `${folder}:${process.env.PATH}`, RESULT: result, RUN: "https://example.test/run" };
  expect(spawnSync("bash", ["-e", "-c", script], { cwd: folder, env }).status).toBe(0);
  const made = readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
  expect(made).toEqual(calls.map((call) => expect.stringMatching(new RegExp(`^${call}`))));
});
