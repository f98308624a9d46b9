import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../../commands/lib/errors";
import { projectAt } from "../../commands/lib/revision";

// The configuration at a Git revision, in a repository in which it lies in a subfolder.

let repository: string;
let config: string;
const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example", ...args], { cwd: repository, stdio: "pipe" });

beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), "revision-"));
  config = join(repository, "infra/irsa.yaml");
  git("init", "-q");
  git("commit", "-q", "--allow-empty", "-m", "empty");
  cpSync(join(__dirname, "../examples/create"), join(repository, "infra"), { recursive: true });
  git("add", "-A");
  git("commit", "-q", "-m", "configuration");
  const file = join(repository, "infra/clusters/staging.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("any-pod:", "any-other:"));
});
afterAll(() => rmSync(repository, { recursive: true, force: true }));

const names = (revision: string) => projectAt(revision, config).project?.clusters[0]?.roles.map(({ name }) => name);

test("reads the committed configuration, not the working tree", () => {
  expect(names("HEAD")).toEqual(["every-feature", "any-pod"]);
});

test("has no project and a note where the revision has no configuration", () => {
  expect(projectAt("HEAD~1", config)).toEqual({ project: undefined, note: expect.stringContaining("HEAD~1") });
});

test.each(["nothing", "--help", "HEAD~9", ""])("rejects the revision %j", (revision) => {
  expect(() => projectAt(revision, config)).toThrow(UsageError);
});
