import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { testIf } from "../test-if";

// What every workflow of .github/workflows must hold to. ACTIONLINT and ZIZMOR name the linters' programs.

const ROOT = join(__dirname, "../..");
const FOLDER = join(ROOT, ".github/workflows");

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly if?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const workflows = readdirSync(FOLDER).map((name): [string, Workflow, string] => {
  const text = readFileSync(join(FOLDER, name), "utf8");
  return [name, parse(text), text];
});

/** The condition that holds only for pull requests from the repository itself. */
const OWN_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository";

test.each(workflows)("%s gives a fork no secret and no write token", (_, { on, permissions, jobs }) => {
  expect(permissions).toEqual({});
  for (const trigger of ["pull_request_target", "workflow_run", "issue_comment"])
    expect(on).not.toHaveProperty(trigger);
  if (!("pull_request" in on)) return;
  for (const job of Object.values(jobs)) {
    const writes = Object.values(job.permissions ?? {}).includes("write");
    const usesSecrets = JSON.stringify(job).includes("secrets.");
    if (!writes && !usesSecrets) continue;
    expect(job.if).toContain(OWN_REPOSITORY);
    // Another alternative would let the condition hold for a fork.
    expect(job.if).not.toContain("||");
  }
});

test.each(workflows)("%s pins its actions, and passes no expression to a shell", (_, { jobs }, text) => {
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  for (const { uses } of steps) if (uses) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  for (const { run } of steps) if (run) expect(run).not.toContain("${{");
  for (const step of steps) {
    if (step.uses?.startsWith("actions/checkout@")) expect(step.with).toMatchObject({ "persist-credentials": false });
  }
  expect(text).not.toContain("cdktf deploy");
});

test.each(workflows)("%s calls npm scripts that exist", (_, { jobs }) => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const runs = Object.values(jobs).flatMap((job) => job.steps.flatMap(({ run }) => run ?? []));
  for (const [, script = ""] of runs.join("\n").matchAll(/npm run (?:--silent )?([\w:-]+)/g)) {
    expect(Object.keys(scripts)).toContain(script);
  }
});

const { ACTIONLINT, ZIZMOR } = process.env;
testIf(!!ACTIONLINT, "needs ACTIONLINT")("actionlint reports nothing", () => {
  execFileSync(ACTIONLINT ?? "", [], { cwd: ROOT, encoding: "utf8" });
});
testIf(!!ZIZMOR, "needs ZIZMOR")("zizmor reports nothing", () => {
  execFileSync(ZIZMOR ?? "", ["--offline", "--no-progress", FOLDER], { cwd: ROOT, encoding: "utf8" });
});
