import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "..");

function synth(env: Record<string, string>, command = ["node_modules/.bin/tsx", "main.ts"]) {
  const [program = "", ...args] = command;
  const environment = {
    PATH: `${join(ROOT, "node_modules/.bin")}:${process.env.PATH}`,
    HOME: process.env.HOME ?? "",
    CHECKPOINT_DISABLE: "1",
    CI: "true",
    ...env,
  };
  return spawnSync(program, args, { cwd: ROOT, env: environment, encoding: "utf8" });
}

/** Every file of a folder with its bytes, in one line. */
function fingerprint(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const hash = createHash("sha256");
  for (const name of files)
    hash.update(`${name}\0`).update(statSync(join(folder, name)).isFile() ? readFileSync(join(folder, name)) : "");
  return hash.digest("hex");
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "main-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the committed configuration is synthesized into CDKTF_OUTDIR, also one whose parents are missing", () => {
  const outdir = join(folder, "a", "b");
  const { status, stderr } = synth({ CDKTF_OUTDIR: outdir, NODE_NO_WARNINGS: "1" });
  expect(stderr).toMatch(/^clusters\/production.yaml:19:12 warning: roles.shared-s3.scope: .*\n$/);
  expect(status).toBe(0);
  expect(readdirSync(join(outdir, "stacks")).sort()).toEqual([
    "production-iam",
    "production-service-accounts",
    "self-managed-iam",
    "self-managed-service-accounts",
  ]);
}, 60_000);

test("cdktf synth gives the same", () => {
  const outdir = join(folder, "out");
  expect(synth({ CDKTF_OUTDIR: outdir }).status).toBe(0);
  const { status } = synth({}, ["node_modules/.bin/cdktf", "synth", "--output", join(folder, "cli")]);
  expect(status).toBe(0);
  const stack = (from: string) => readFileSync(join(folder, from, "stacks/production-iam/cdk.tf.json"), "utf8");
  expect(stack("cli")).toBe(stack("out"));
}, 120_000);

test("a wrong configuration ends with every problem and touches no output folder", () => {
  const outdir = join(folder, "out");
  expect(synth({ CDKTF_OUTDIR: outdir }).status).toBe(0);
  const before = fingerprint(outdir);
  const { status, stdout, stderr } = synth({
    CDKTF_OUTDIR: outdir,
    IRSA_CONFIG: "test/examples/mistakes/irsa.yaml",
    NODE_NO_WARNINGS: "1",
  });
  expect(status).toBe(1);
  expect(stdout).toBe("");
  expect(stderr.trim().split("\n")).toHaveLength(28);
  expect(stderr).toContain(
    'test/examples/mistakes/clusters/production.yaml:16:16 roles.upper.namespace: "Prod" is not a Kubernetes namespace; use lower-case letters',
  );
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(fingerprint(outdir)).toBe(before);
  const never = join(folder, "never");
  expect(synth({ CDKTF_OUTDIR: never, IRSA_CONFIG: "test/examples/mistakes/irsa.yaml" }).status).toBe(1);
  expect(existsSync(never)).toBe(false);
}, 60_000);

test("an output folder that cannot be made is one line", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  const { status, stderr } = synth({ CDKTF_OUTDIR: join(file, "out"), NODE_NO_WARNINGS: "1" });
  expect(status).toBe(1);
  // One for the example's pattern, one for the folder.
  expect(stderr.trim().split("\n")).toEqual([expect.stringContaining("warning"), expect.stringContaining("ENOTDIR")]);
}, 60_000);
