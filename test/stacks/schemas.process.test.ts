import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Project } from "../../config/project";
import { createApp } from "../../stacks/app";
import { exampleProject } from "../local/project";
import { testIf } from "../test-if";
import { EXAMPLES, loadExample, withReleases } from "./synthesized";
import { TerraformRun } from "./terraform";

// Holds synthesized stacks against the providers' schemas.

const IMAGE = "ghcr.io/acme/qovery-irsa-verifier:1.0.0";
const inCluster = (project: Project): Project => ({ ...project, verification: { runner: "kubernetes", image: IMAGE } });
const adopting = (project: Project): Project => ({
  ...project,
  clusters: project.clusters.map((cluster) => ({
    ...withReleases(cluster, { takeOwnership: true }),
    chart: { name: "/charts/own" },
  })),
});

const trustingHcp = (project: Project): Project => {
  const [bootstrap] = project.bootstraps;
  if (!bootstrap) throw new Error("the example has no bootstrap stack");
  const { github: _, bucket: __, ...others } = bootstrap;
  const workspaces = { hostname: "app.terraform.io", organization: "acme", project: "irsa", workspacePrefix: "" };
  return { ...project, bootstraps: [{ ...others, hcp: { ...workspaces, provider: "existing" } }] };
};

/** Projects with every access, runner and option. */
const PROJECTS: Readonly<Record<string, () => Project>> = {
  ...Object.fromEntries(EXAMPLES.map((name) => [name, () => loadExample(name)])),
  committed: () => inCluster(exampleProject()),
  create: () => inCluster(loadExample("create")),
  kubeconfig: () => inCluster(adopting(loadExample("kubeconfig"))),
  "bootstrap-hcp": () => trustingHcp(loadExample("bootstrap")),
};
const names = Object.keys(PROJECTS);

/** A program that takes folders with synthesized stacks, and prints `… 0 wrong` where every argument fits its schema. */
const checker = process.env.CHECK_SCHEMAS;

/**
 * Types that a checker can have no schema of: `terraform validate` above checks the settings of a bucket, and the test on
 * a cluster the data source that lists Kubernetes objects.
 */
const UNKNOWN =
  /(-verification kubernetes_resources|bootstrap aws_s3_bucket_(ownership_controls|policy|public_access_block|server_side_encryption_configuration|versioning)): \S+ \S+ has no such \w+, or it is not among/;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "schemas-"));
  for (const [name, project] of Object.entries(PROJECTS)) createApp(project(), { outdir: join(folder, name) }).synth();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("terraform validate accepts the stacks of every example that need no other provider than that of AWS", async () => {
  // One configuration with a module for each stack: Terraform loads the provider's schema once.
  const all = join(folder, "all");
  const module: Record<string, object> = {};
  const imports: object[] = [];
  for (const name of names) {
    for (const stack of readdirSync(join(folder, name, "stacks")).filter((candidate) =>
      /-iam$|^bootstrap$/.test(candidate),
    )) {
      const json = JSON.parse(readFileSync(join(folder, name, "stacks", stack, "cdk.tf.json"), "utf8"));
      const { import: own = [], terraform, ...rest } = json;
      const { backend: _, cloud: __, ...versions } = terraform;
      const id = `${name}-${stack}`;
      mkdirSync(join(all, id), { recursive: true });
      writeFileSync(join(all, id, "cdk.tf.json"), JSON.stringify({ ...rest, terraform: versions }));
      module[id] = { source: `./${id}` };
      // Terraform accepts import blocks only in the root module.
      for (const block of own) imports.push({ ...block, to: `module.${id}.${block.to}` });
    }
  }
  expect(Object.keys(module).length).toBeGreaterThanOrEqual(names.length);
  writeFileSync(join(all, "cdk.tf.json"), JSON.stringify({ terraform: {}, module, import: imports }));
  const run = await TerraformRun.init(all, join(folder, "run"));
  const { valid, diagnostics } = JSON.parse((await run.tryRun("validate", "-json")).stdout);
  expect({ valid, diagnostics }).toEqual({ valid: true, diagnostics: [] });
}, 300_000);

for (const name of names) {
  testIf(checker !== undefined, "CHECK_SCHEMAS names no checker")(
    `the schemas of all providers accept the stacks of the example ${name}`,
    () => {
      const { stdout, stderr } = spawnSync(process.execPath, [checker ?? "", join(folder, name)], { encoding: "utf8" });
      expect(stdout).toMatch(/^\d+ stacks, .* checked against their schemas/m);
      expect(stderr.split("\n").filter((line) => line !== "" && !UNKNOWN.test(line))).toEqual([]);
    },
  );
}
