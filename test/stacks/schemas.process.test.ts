import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Project } from "../../config/project";
import { terraformBinary, terraformEnvironment } from "../../local/terraform-cli";
import { createApp } from "../../stacks/app";
import { exampleProject } from "../local/project";
import { loadExample } from "./synthesized";

// Holds synthesized stacks against the providers' schemas.

const PROJECTS: Readonly<Record<string, () => Project>> = {
  committed: exampleProject,
  create: () => loadExample("create"),
  kubeconfig: () => loadExample("kubeconfig"),
  "three-clusters": () => loadExample("three-clusters"),
};
const names = Object.keys(PROJECTS);

/** A program that takes folders with synthesized stacks, and prints `… 0 wrong` where every argument fits its schema. */
const checker = process.env.CHECK_SCHEMAS;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "schemas-"));
  for (const [name, project] of Object.entries(PROJECTS)) createApp(project(), { outdir: join(folder, name) }).synth();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(names)(
  "terraform validate accepts the IAM stacks of the example %s",
  (name) => {
    const env = { ...process.env, ...terraformEnvironment(folder) };
    for (const stack of readdirSync(join(folder, name, "stacks")).filter((candidate) => candidate.endsWith("-iam"))) {
      const work = join(folder, `${name}-${stack}`);
      cpSync(join(folder, name, "stacks", stack), work, { recursive: true });
      withoutState(join(work, "cdk.tf.json"));
      const terraform = (...args: string[]) => spawnSync(terraformBinary(), args, { cwd: work, env, encoding: "utf8" });
      expect(terraform("init", "-input=false", "-no-color").stderr).toBe("");
      const { valid, diagnostics } = JSON.parse(terraform("validate", "-json").stdout);
      expect({ valid, diagnostics }).toEqual({ valid: true, diagnostics: [] });
    }
  },
  300_000,
);

/** Removes the backend, which `terraform init` would contact. */
function withoutState(file: string): void {
  const stack = JSON.parse(readFileSync(file, "utf8"));
  delete stack.terraform.backend;
  delete stack.terraform.cloud;
  writeFileSync(file, JSON.stringify(stack));
}

const title = "the schemas of all providers accept the stacks of the example %s";
(checker ? test : test.skip).each(names)(checker ? title : `${title} (CHECK_SCHEMAS names no checker)`, (name) => {
  const { stdout, stderr } = spawnSync(process.execPath, [checker ?? "", join(folder, name)], { encoding: "utf8" });
  expect(stderr + stdout).toMatch(/^\d+ stacks, .*: 0 wrong$/m);
});
