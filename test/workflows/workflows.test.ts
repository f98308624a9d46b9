import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { testIf } from "../test-if";
import { forkProblems, type Workflow } from "./forks";

// What every workflow of .github/workflows must hold to. `npm run test:full` installs the linters.

const ROOT = join(__dirname, "../..");
const FOLDER = join(ROOT, ".github/workflows");

const workflows = readdirSync(FOLDER).map((name): [string, Workflow, string] => {
  const text = readFileSync(join(FOLDER, name), "utf8");
  return [name, parse(text), text];
});
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps = [] }) => steps);

test.each(workflows)("%s gives a fork no secret and no write token", (_, workflow) => {
  expect(forkProblems(workflow)).toEqual([]);
});

const OWN = "github.event.pull_request.head.repo.full_name == github.repository";
const job = (keys: object) => ({ on: { pull_request: null }, permissions: {}, jobs: { one: { steps: [], ...keys } } });
test.each<[string, Workflow]>([
  ["pull_request_target", { ...job({}), on: ["pull_request_target"] }],
  ["workflow_run", { ...job({}), on: { workflow_run: { workflows: ["plan"] } } }],
  ["issue_comment", { ...job({}), on: "issue_comment" }],
  ["no permissions key", { on: "pull_request", jobs: {} }],
  ["permissions for every job", { ...job({}), permissions: { contents: "read" } }],
  ["a secret for every job", { ...job({}), env: { TOKEN: "${{ secrets.TOKEN }}" } }],
  ["a write token", job({ permissions: { "pull-requests": "write" } })],
  ["all write permissions", job({ permissions: "write-all" })],
  ["a token for AWS", job({ permissions: { "id-token": "write" } })],
  ["a secret", job({ steps: [{ run: "true", env: { TOKEN: "${{ secrets['TOKEN'] }}" } }] })],
  ["all secrets", job({ uses: "./.github/workflows/other.yml", secrets: "inherit" })],
  ["an environment", job({ environment: "production" })],
  ["a condition with an alternative", job({ if: `${OWN} || true`, permissions: { contents: "write" } })],
])("a workflow with %s does not pass", (_, workflow) => {
  expect(forkProblems(workflow)).toHaveLength(1);
});

test.each(workflows)("%s pins its actions, and passes no expression to a shell", (_, workflow, text) => {
  const steps = stepsOf(workflow);
  for (const { uses } of steps) if (uses) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  for (const { run } of steps) if (run) expect(run).not.toContain("${{");
  for (const step of steps) {
    if (step.uses?.startsWith("actions/checkout@")) expect(step.with).toMatchObject({ "persist-credentials": false });
  }
  expect(text).not.toContain("cdktf deploy");
});

const scriptsIn = (text: string) =>
  [...text.matchAll(/npm (?:(?:run )(?:--silent )?([\w:-]+)|(test) --)/g)].map(([, script, test]) => script ?? test);

test.each(workflows)("%s calls npm scripts that exist", (_, workflow) => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const runs = stepsOf(workflow).flatMap(({ run }) => run ?? []);
  for (const script of scriptsIn(runs.join("\n"))) expect(Object.keys(scripts)).toContain(script);
});

test("ci.yml runs the scripts that .ci/run runs", () => {
  const runs = workflows.flatMap(([name, workflow]) => (name === "ci.yml" ? stepsOf(workflow) : []));
  const steps = readFileSync(join(ROOT, ".ci/run"), "utf8").match(/^step .*$/gm) ?? [];
  expect(scriptsIn(runs.map(({ run }) => run).join("\n"))).toEqual(scriptsIn(steps.join("\n")));
});

const linter = (name: string) => join(ROOT, ".local", name, "bin", name);
testIf(existsSync(linter("actionlint")), "needs Go, and npm run test:full")("actionlint reports nothing", () => {
  execFileSync(linter("actionlint"), [], { cwd: ROOT, encoding: "utf8" });
});
testIf(existsSync(linter("zizmor")), "needs npm run test:full")("zizmor reports nothing", () => {
  execFileSync(linter("zizmor"), ["--offline", "--no-progress", FOLDER], { cwd: ROOT, encoding: "utf8" });
});
