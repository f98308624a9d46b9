import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Workflow } from "./forks";

// The steps of the workflows that read the verdicts, with an npm that exits with a code.

const NOTHING_TO_READ = 3;

const steps = ["apply.yml", "drift.yml"].map((name): [string, string] => {
  const { jobs }: Workflow = parse(readFileSync(join(__dirname, "../../.github/workflows", name), "utf8"));
  const runs = Object.values(jobs).flatMap(({ steps: all = [] }) => all.flatMap(({ run }) => run ?? []));
  return [name, runs.find((run) => run.includes("verdicts")) ?? ""];
});

test.each(steps)("%s fails unless everything is proven, or there is nothing to read", (_, run) => {
  const env = { ...process.env, GITHUB_STEP_SUMMARY: "/dev/null" };
  const status = (code: number) => spawnSync("bash", ["-e", "-c", `npm() { return ${code}; }\n${run}`], { env }).status;
  expect([0, 1, 2, NOTHING_TO_READ, 137].map((code) => status(code) === 0)).toEqual([true, false, false, true, false]);
});
