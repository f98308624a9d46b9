import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { terraformBinary, terraformEnvironment } from "../../local/terraform-cli";
import { createApp } from "../../stacks/app";
import { exampleProject } from "../local/project";
import { loadExample, withDescriptions } from "./synthesized";

// Synthesized stacks against the providers' real schemas: by `terraform validate` for the AWS provider, and by a checker
// that knows the schemas of the helm, kubernetes and qovery providers too where one lies beside this checkout.

const CHECKER = resolve(__dirname, "../../../shared/bin/check-schemas");
const EXAMPLES = {
  committed: exampleProject,
  create: () => loadExample("create"),
  kubeconfig: () => loadExample("kubeconfig"),
  "three-clusters": () => loadExample("three-clusters"),
  described: () => withDescriptions(loadExample("create"), "Costs ${price}"),
};
const names = Object.keys(EXAMPLES) as (keyof typeof EXAMPLES)[];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "schemas-"));
  for (const name of names) createApp(EXAMPLES[name](), { outdir: join(folder, name) }).synth();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(names)(
  "terraform validate passes for the IAM stacks of the example %s",
  (name) => {
    const env = { ...process.env, ...terraformEnvironment(folder) };
    for (const stack of readdirSync(join(folder, name, "stacks")).filter((candidate) => candidate.endsWith("-iam"))) {
      const work = join(folder, `${name}-${stack}`);
      cpSync(join(folder, name, "stacks", stack), work, { recursive: true });
      withoutState(join(work, "cdk.tf.json"));
      const terraform = (...args: string[]) => spawnSync(terraformBinary(), args, { cwd: work, env, encoding: "utf8" });
      const init = terraform("init", "-input=false", "-no-color");
      expect(init.stderr).toBe("");
      const { valid, diagnostics } = JSON.parse(terraform("validate", "-json").stdout);
      expect({ valid, diagnostics }).toEqual({ valid: true, diagnostics: [] });
    }
  },
  300_000,
);

/** `terraform init` would go to the bucket or to HCP Terraform. */
function withoutState(file: string): void {
  const stack = JSON.parse(readFileSync(file, "utf8"));
  delete stack.terraform.backend;
  delete stack.terraform.cloud;
  writeFileSync(file, JSON.stringify(stack));
}

if (existsSync(CHECKER)) {
  // Its copy of the AWS provider's schema lacks the argument description: `terraform validate` above knows it.
  test.each(names.filter((name) => name !== "described"))(
    "every argument of the example %s is one that its provider knows",
    (name) => {
      const { status, stdout } = spawnSync(process.execPath, [CHECKER, join(folder, name)], { encoding: "utf8" });
      expect(stdout).toMatch(/: 0 wrong$/m);
      expect(status).toBe(0);
    },
  );
} else {
  test("the service accounts stacks are held to Terraform's syntax alone", () => {
    console.warn(
      "left out: the service accounts stacks against the helm provider's schema, since no schema checker is beside this checkout",
    );
    for (const name of names) {
      for (const stack of readdirSync(join(folder, name, "stacks"))) {
        expect(JSON.parse(readFileSync(join(folder, name, "stacks", stack, "cdk.tf.json"), "utf8"))).toHaveProperty(
          "terraform",
        );
      }
    }
  });
}
