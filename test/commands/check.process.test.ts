import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");
const TSX = join(ROOT, "node_modules/.bin/tsx");

function check(args: readonly string[], config = "irsa.yaml") {
  const env = { ...process.env, IRSA_CONFIG: config };
  return spawnSync(TSX, ["commands/check.ts", ...args], { cwd: ROOT, env, encoding: "utf8" });
}

test("prints the matrix and the counts as text", () => {
  const { status, stdout, stderr } = check([]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain("z7f3a2b1c-production/my-s3-role");
  expect(stdout).toMatch(/0 errors, 1 warning, 3 roles, 1 pattern; isolation is proven with \d+ tokens\n$/);
});

test("prints one JSON object through npm, as the README shows", () => {
  const { status, stdout, stderr } = spawnSync("npm", ["run", "--silent", "check", "--", "-o", "json"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const { problems, access, isolation } = JSON.parse(stdout);
  expect(isolation).toEqual({ tokens: expect.any(Number), breaches: [] });
  expect(problems).toEqual([expect.objectContaining({ path: "roles.shared-s3.scope", severity: "warning" })]);
  expect(access).toHaveLength(3);
  expect(readFileSync(join(ROOT, "README.md"), "utf8")).toContain("npm run --silent check -- -o json");
});

test("exits with 1 for errors, and prints every field of each problem as JSON", () => {
  const { status, stdout, stderr } = check(["--output", "json"], "test/examples/mistakes/irsa.yaml");
  expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
  const { problems, access } = JSON.parse(stdout);
  expect(access).toEqual([]);
  expect(problems).toHaveLength(28);
  for (const problem of problems)
    expect(Object.keys(problem)).toEqual(["file", "line", "column", "path", "severity", "message", "fix"]);
});

test("exits with 0 for warnings", () => {
  const { status, stdout } = check([], "test/examples/create/irsa.yaml");
  expect(status).toBe(0);
  expect(stdout).toContain(" warning: roles.any-pod.scope: ");
  expect(stdout).toContain("0 errors, 1 warning, 2 roles, 1 pattern");
});

test("proves nothing where no role is declared", () => {
  const folder = mkdtempSync(join(tmpdir(), "check-"));
  cpSync(join(ROOT, "test/examples/create"), folder, { recursive: true });
  const file = join(folder, "clusters", readdirSync(join(folder, "clusters"))[0] ?? "");
  writeFileSync(file, readFileSync(file, "utf8").replace(/^roles:[\s\S]*/m, "roles: {}\n"));
  const { status, stdout } = check([], join(folder, "irsa.yaml"));
  rmSync(folder, { recursive: true });
  expect([status, stdout]).toEqual([
    0,
    "0 errors, 0 warnings, 0 roles, 0 patterns; no role is declared, so there is nothing to prove\n",
  ]);
});

test("counts a role with trusted clusters once", () => {
  const { stdout } = check(["-o", "markdown"], "test/examples/three-clusters/irsa.yaml");
  expect(stdout).toMatch(/, 3 roles, 0 patterns; isolation is proven with \d+ tokens\n$/);
});

test.each([[["-o", "xml"]], [["--nope"]], [["extra"]]])("exits with 2 and the usage for %j", (args) => {
  const { status, stderr } = check(args);
  expect(status).toBe(2);
  expect(stderr).toContain("Usage: npm run check --");
});

test("prints no error to a reader that closes early", () => {
  const { stderr } = spawnSync("sh", ["-c", `'${TSX}' commands/check.ts | head -1`], { cwd: ROOT, encoding: "utf8" });
  expect(stderr).toBe("");
});
