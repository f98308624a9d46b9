import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");

function check(args: string[], env: Record<string, string> = {}, input = "node_modules/.bin/tsx commands/check.ts") {
  const command = `${input} ${args.map((arg) => `'${arg}'`).join(" ")}`;
  const environment = { PATH: `${join(ROOT, "node_modules/.bin")}:${process.env.PATH}`, ...env };
  return spawnSync("sh", ["-c", command], { cwd: ROOT, env: environment, encoding: "utf8" });
}

test("the matrix as text", () => {
  const { status, stdout } = check([]);
  expect(status).toBe(0);
  expect(stdout).toContain(
    "assumed by system:serviceaccount:z7f3a2b1c-production:my-s3-role\n  allows AmazonS3ReadOnlyAccess",
  );
  expect(stdout).toMatch(/0 errors, 1 warning, 3 roles\n$/);
}, 30_000);

test("one JSON object, and nothing else", () => {
  const { status, stdout } = check(["-o", "json"]);
  expect(status).toBe(0);
  const { problems, access } = JSON.parse(stdout);
  expect(problems).toEqual([expect.objectContaining({ path: "roles.shared-s3.scope", severity: "warning" })]);
  expect(access).toHaveLength(3);
}, 30_000);

test("one JSON object on standard output through npm too, as the README has it", () => {
  const { status, stdout } = spawnSync("npm", ["run", "--silent", "check", "--", "-o", "json"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(status).toBe(0);
  expect(JSON.parse(stdout).access).toHaveLength(3);
  expect(readFileSync(join(ROOT, "README.md"), "utf8")).toContain("npm run --silent check -- -o json");
}, 30_000);

test("errors end with 1, in JSON with every field", () => {
  const { status, stdout, stderr } = check(["--output", "json"], { IRSA_CONFIG: "test/examples/mistakes/irsa.yaml" });
  expect(status).toBe(1);
  expect(stderr).toBe("");
  const { problems, access } = JSON.parse(stdout);
  expect(access).toEqual([]);
  expect(problems).toHaveLength(28);
  for (const problem of problems)
    expect(Object.keys(problem)).toEqual(["file", "line", "column", "path", "severity", "message", "fix"]);
}, 30_000);

test("warnings do not fail", () => {
  const { status, stdout } = check([], { IRSA_CONFIG: "test/examples/create/irsa.yaml" });
  expect(status).toBe(0);
  expect(stdout).toContain("warning: roles.any-pod.scope: every pod of the cluster");
  expect(stdout).toContain("0 errors, 1 warning, 2 roles");
}, 30_000);

test("a role that trusts other clusters is one role", () => {
  expect(check([], { IRSA_CONFIG: "test/examples/three-clusters/irsa.yaml" }).stdout).toMatch(/, 3 roles\n$/);
}, 30_000);

test.each([[["-o", "xml"]], [["--nope"]], [["extra"]]])(
  "fails for %j with the usage",
  (args) => {
    const { status, stderr } = check(args);
    expect(status).toBe(2);
    expect(stderr).toContain("Usage: npm run check --");
  },
  30_000,
);

test("a reader that closes early gets no trace", () => {
  const { stderr } = check([], {}, "node_modules/.bin/tsx commands/check.ts | head -1; true");
  expect(stderr).toBe("");
}, 30_000);
