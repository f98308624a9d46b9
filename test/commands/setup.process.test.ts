import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// setup.mjs on a machine that lacks programs: PATH holds only what a test creates.

const ROOT = join(__dirname, "../..");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "setup-"));
  symlinkSync(process.execPath, join(folder, "node"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Creates a program that prints a text, or fails. */
function program(name: string, prints: string | undefined): void {
  writeFileSync(join(folder, name), prints === undefined ? "#!/bin/sh\nexit 1\n" : `#!/bin/sh\necho '${prints}'\n`);
  chmodSync(join(folder, name), 0o755);
}

function setup(...needs: string[]) {
  return setupWith({}, ...needs);
}

function setupWith(env: Record<string, string>, ...needs: string[]) {
  const { status, stdout, stderr } = spawnSync("node", ["commands/setup.mjs", ...needs], {
    cwd: ROOT,
    env: { PATH: folder, ...env },
    encoding: "utf8",
  });
  expect(stdout).toBe("");
  expect(stderr).not.toMatch(/^\s+at /m);
  return { status, lines: stderr.trim().split("\n").filter(Boolean).slice(1) };
}

test("reports everything that is missing in one run, with the way to get it", () => {
  const { status, lines } = setup("npm", "python", "terraform");
  expect(status).toBe(1);
  expect(lines).toEqual([
    expect.stringMatching(/Python 3\.10 .*python3 is not on PATH; get it at https:\/\/www\.python\.org/),
    expect.stringMatching(
      /Terraform 1\.11 .*terraform or tofu is not on PATH; get it at https:\/\/developer\.hashicorp\.com/,
    ),
  ]);
});

test("asks for nothing that the script does not need", () => {
  expect(setup()).toEqual({ status: 0, lines: [] });
});

test.each([
  ["Terraform v1.10.8", 1],
  ["Terraform v1.11.0", 0],
  ["Terraform v2.0.0", 0],
])("%s gives exit code %i", (version, status) => {
  program("terraform", version);
  expect(setup("terraform").status).toBe(status);
});

test("accepts OpenTofu, unless TERRAFORM_BINARY_NAME names another program", () => {
  program("tofu", "OpenTofu v1.11.0");
  expect(setup("terraform").status).toBe(0);
  expect(setupWith({ TERRAFORM_BINARY_NAME: "terraform" }, "terraform").lines[0]).toContain("terraform is not on PATH");
});

test("reports an old Python and a Python without venv", () => {
  program("python3", "3.9");
  expect(setup("python").lines[0]).toContain("found 3.9");
  writeFileSync(join(folder, "python3"), '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.12 || exit 1\n');
  expect(setup("python").lines[0]).toContain("python3 has no venv");
});
