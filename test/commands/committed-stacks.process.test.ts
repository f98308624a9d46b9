import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "../../commands/check";
import { execute } from "../../commands/lib/command";
import { type StaleStack, staleStacks, writeCommittedStacks } from "../../commands/lib/committed-stacks";
import { synth } from "../../commands/synth";
import type { CloudState, Project } from "../../config/project";
import { EXAMPLES, loadExample } from "../stacks/synthesized";
import { TerraformRun } from "../stacks/terraform";
import { FULL } from "../test-if";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "committed-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const textOf = (stack: string) => readFileSync(join(folder, stack, "cdk.tf.json"), "utf8");

test("writes the stacks once, and removes the stacks of a removed cluster", () => {
  const project = loadExample("three-clusters");
  const names = writeCommittedStacks(project, folder).map(({ stack }) => stack);
  expect(readdirSync(folder).toSorted()).toEqual(names.toSorted());
  writeFileSync(join(folder, "blue-iam", ".terraform.lock.hcl"), "");
  expect(writeCommittedStacks(project, folder)).toEqual([]);

  mkdirSync(join(folder, "notes"));
  const [blue, ...clusters] = project.clusters;
  const gone = names.filter((name) => name.startsWith(`${blue?.name}-`));
  const rest: Project = { ...project, clusters };
  const problem = "is not a stack of the configuration";
  expect(staleStacks(rest, folder)).toEqual(gone.map((stack): StaleStack => ({ stack, problem })));
  writeCommittedStacks(rest, folder);
  expect(readdirSync(folder).toSorted()).toEqual([...names.filter((name) => !gone.includes(name)), "notes"].toSorted());
});

test("the order of clusters and roles does not change a file", () => {
  const project = loadExample("three-clusters");
  writeCommittedStacks(project, folder);
  const reversed = project.clusters.map((cluster) => ({ ...cluster, roles: cluster.roles.toReversed() }));
  expect(staleStacks({ ...project, clusters: reversed.toReversed() }, folder)).toEqual([]);
});

test.each<[CloudState["workflow"], boolean]>([
  ["cli", true],
  ["vcs", false],
  ["api", false],
])("with workflow %s, whether a stack names its workspace is %s", (workflow, named) => {
  const { state, ...project } = loadExample("kubeconfig");
  writeCommittedStacks({ ...project, state: { ...(state as CloudState), workflow } }, folder);
  for (const stack of readdirSync(folder)) {
    const { terraform } = JSON.parse(textOf(stack));
    expect(terraform.cloud !== undefined).toBe(named);
    expect(terraform).not.toHaveProperty("backend");
  }
});

test("a file has no metadata and no path of the machine", () => {
  const project = loadExample("three-clusters");
  const chart = { name: join(folder, "charts/own") };
  const clusters = project.clusters.map((cluster) => ({ ...cluster, chart }));
  const committed = join(folder, "stacks");
  writeCommittedStacks({ ...project, clusters, state: { backend: "local", folder } }, committed);
  for (const stack of readdirSync(committed)) {
    const text = readFileSync(join(committed, stack, "cdk.tf.json"), "utf8");
    expect(text).not.toContain(folder);
    expect(text).not.toContain('"//"');
    const { terraform, resource } = JSON.parse(text);
    expect(terraform.backend.local.path).toBe(`../../terraform.${stack}.tfstate`);
    for (const { chart } of Object.values<{ chart: string }>(resource.helm_release ?? {}))
      expect(chart).toBe("../../charts/own");
  }
});

test("check --committed names the stacks that are not current, and the command", async () => {
  cpSync(join(__dirname, "../examples/three-clusters"), folder, { recursive: true });
  const env = jest.replaceProperty(process, "env", { ...process.env, IRSA_CONFIG: join(folder, "irsa.yaml") });
  let printed = "";
  const spies = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    }),
  );
  const terminal = { out: () => {}, error: () => {}, signal: new AbortController().signal };
  try {
    expect(await execute(synth, ["--committed"], terminal)).toBe(0);
    expect(await execute(check, ["--committed"], terminal)).toBe(0);
    appendFileSync(join(folder, "synthesized/stacks/blue-iam/cdk.tf.json"), " ");
    rmSync(join(folder, "synthesized/stacks/red-iam"), { recursive: true });
    expect(await execute(check, [], terminal)).toBe(0);
    printed = "";
    expect(await execute(check, ["--committed"], terminal)).toBe(1);
  } finally {
    env.restore();
    for (const spy of spies) spy.mockRestore();
  }
  expect(printed).toMatch(/npm run synth -- --committed.*\n {2}blue-iam differs\n {2}red-iam is missing\n$/);
});

/** Loading the schema of the AWS provider takes seconds, so one example is validated by default. */
test.each(FULL ? EXAMPLES : ["kubeconfig"])(
  "terraform validate accepts the committed stacks of %s that only need the provider of AWS",
  async (name) => {
    writeCommittedStacks(loadExample(name), folder);
    const stacks = readdirSync(folder).filter((stack) => {
      const { required_providers } = JSON.parse(textOf(stack)).terraform;
      return Object.keys(required_providers).join() === "aws";
    });
    expect(stacks).not.toEqual([]);
    for (const stack of stacks) {
      const run = await TerraformRun.init(join(folder, stack), join(folder, `${stack}-run`));
      expect(JSON.parse((await run.tryRun("validate", "-json")).stdout)).toMatchObject({
        valid: true,
        diagnostics: [],
      });
    }
  },
  300_000,
);
