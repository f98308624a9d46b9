import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Who may import whom, as biome.json has it.

const ROOT = join(__dirname, "..");
let project: string;
beforeAll(() => {
  // A project of its own with the same rules: no file that is only tried belongs among the sources.
  project = mkdtempSync(join(tmpdir(), "imports-"));
  const rules = JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8"));
  writeFileSync(join(project, "biome.json"), JSON.stringify({ ...rules, $schema: undefined, vcs: undefined }));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Which of some modules the linter lets a file of a folder import. */
function taken(folder: string, modules: readonly string[]): string[] {
  mkdirSync(join(project, folder), { recursive: true });
  const files = modules.map((module, index) => {
    const file = join(folder, `imports-${index}.ts`);
    writeFileSync(join(project, file), `import * as imported from "${module}";\n\nexport const used = imported;\n`);
    return file;
  });
  const lint = ["lint", "--reporter=json", "--only=style/noRestrictedImports", folder];
  const { stdout } = spawnSync(join(ROOT, "node_modules/.bin/biome"), lint, { cwd: project, encoding: "utf8" });
  const refused = JSON.stringify(JSON.parse(stdout).diagnostics);
  return modules.filter((_, index) => !refused.includes(files[index] as string));
}

test.each<[string, string[], string[]]>([
  [
    "iam",
    ["./arn", "./aws-managed-policies.json", "fastest-levenshtein"],
    ["../config/load", "node:fs", "zod", "constructs", "fast-check"],
  ],
  [
    "verifier",
    ["./check", "../iam/arn", "../../package.json", "node:fs", "node:dns/promises", "@aws-sdk/client-sts"],
    ["../local/simulated-pod", "../config/load", "@aws-sdk/client-iam", "zod", "constructs", "fast-check"],
  ],
  [
    "config",
    ["../iam/arn", "zod"],
    ["../stacks/app", "../local/simulated-pod", "../verifier/run", "cdktf", "constructs"],
  ],
  ["local", ["../config/load"], ["cdktf", "@cdktf/provider-aws/lib/iam-role", "constructs"]],
  ["stacks", ["@cdktf/provider-aws/lib/iam-role", "../iam/arn"], ["@cdktf/provider-aws", "../local/simulated-pod"]],
  ["test/stacks", ["@cdktf/provider-aws/lib/iam-role"], ["@cdktf/provider-aws", "@cdktf/provider-helm"]],
])("%s may import %j, and not %j", (folder, may, mayNot) => {
  expect(taken(folder, [...may, ...mayNot])).toEqual(may);
});
