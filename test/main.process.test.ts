import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "..");
const MISTAKES = { IRSA_CONFIG: "test/examples/mistakes/irsa.yaml" };

function synth(env: Record<string, string>, program = "tsx", args: readonly string[] = ["main.ts"]) {
  const environment = {
    PATH: `${join(ROOT, "node_modules/.bin")}:${process.env.PATH}`,
    HOME: process.env.HOME ?? "",
    CHECKPOINT_DISABLE: "1",
    CI: "true",
    NODE_NO_WARNINGS: "1",
    ...env,
  };
  return spawnSync(program, args, { cwd: ROOT, env: environment, encoding: "utf8" });
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "main-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("cdktf synth and main.ts synthesize the same stacks, also into a folder whose parents do not exist", () => {
  const outdir = join(folder, "a", "b");
  const run = synth({ CDKTF_OUTDIR: outdir });
  expect({ status: run.status, stderr: run.stderr }).toEqual({
    status: 0,
    stderr: expect.stringMatching(/^clusters\/production.yaml:19:12 warning: roles.shared-s3.scope: .*\n$/),
  });
  const stacks = readdirSync(join(outdir, "stacks")).sort();
  expect(stacks).toEqual([
    "production-iam",
    "production-service-accounts",
    "self-managed-iam",
    "self-managed-service-accounts",
  ]);
  const cli = join(folder, "cli");
  expect(synth({}, "cdktf", ["synth", "--output", cli])).toMatchObject({ status: 0 });
  for (const stack of stacks) {
    const synthesized = (from: string) => readFileSync(join(from, "stacks", stack, "cdk.tf.json"), "utf8");
    expect(synthesized(cli)).toBe(synthesized(outdir));
  }
}, 180_000);

test("a configuration with errors is reported in full and changes no output folder", () => {
  const outdir = join(folder, "out");
  const { status, stdout, stderr } = synth({ CDKTF_OUTDIR: outdir, ...MISTAKES });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  const places = stderr.trim().split("\n");
  expect(places).toHaveLength(28);
  for (const place of places) expect(place).toMatch(/^test\/examples\/mistakes\/.+\.yaml:\d+:\d+ .+; .+$/);
  expect(existsSync(outdir)).toBe(false);
}, 60_000);

test("an output folder that cannot be created is reported in one line", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  const { status, stderr } = synth({ CDKTF_OUTDIR: join(file, "out") });
  expect(status).toBe(1);
  expect(stderr.trim().split("\n")).toEqual([expect.stringContaining("warning"), expect.stringContaining("ENOTDIR")]);
}, 60_000);
