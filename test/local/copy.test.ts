import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadProject } from "../../config/load";
import { unprotectedCopy } from "../../local/config-copy";
import { filesWithSecrets, textsWithSecrets } from "../../local/leaks";
import { Progress } from "../../local/progress";
import { EXAMPLE } from "./project";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "copy-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("an unprotected copy", () => {
  test("differs in the deletion protection of created providers alone", () => {
    const copy = loadProject(unprotectedCopy(EXAMPLE, join(folder, "copy"))).project;
    const original = loadProject(EXAMPLE).project;
    expect(copy?.clusters.map(({ oidc }) => oidc.deletionProtection)).toEqual([true, false]);
    const without = (project: typeof copy) =>
      JSON.stringify(project, (key, value) => (key === "deletionProtection" ? undefined : value));
    expect(without(copy)).toBe(without(original));
  });

  test.each(["three-clusters", "policy-sets"])("still finds the policy files of %s", (name) => {
    const original = join(__dirname, "../examples", name, "irsa.yaml");
    const { problems, project } = loadProject(unprotectedCopy(original, join(folder, "copy")));
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(project?.clusters[0]?.roles[0]?.inlinePolicies[0]?.document).toHaveProperty("Statement");
  });
});

test("secrets are found in files at any depth, and links are not followed", () => {
  mkdirSync(join(folder, "a/b"), { recursive: true });
  writeFileSync(join(folder, "a/b/log"), "x secret-1 y");
  writeFileSync(join(folder, "clean"), "nothing");
  writeFileSync(join(folder, "elsewhere"), "secret-2");
  mkdirSync(join(folder, "run"));
  symlinkSync(join(folder, "elsewhere"), join(folder, "run/link"));
  symlinkSync(join(folder, "a"), join(folder, "run/folder"));
  expect(filesWithSecrets(join(folder, "run"), ["secret-1", "secret-2"])).toEqual([]);
  expect(filesWithSecrets(folder, ["secret-1"])).toEqual([join(folder, "a/b/log")]);
});

test("secrets are found in texts", () => {
  const texts = [
    { name: "state", text: "x secret-1 y" },
    { name: "output", text: "nothing" },
  ];
  expect(textsWithSecrets(texts, new Set(["secret-1", "secret-2"]))).toEqual(["state"]);
});

test("a step's result is part of what has been shown", async () => {
  const printed: string[] = [];
  const progress = new Progress((text) => printed.push(text), new AbortController().signal);
  await progress.step("title", async () => `secret-1\n${"x".repeat(200)}`);
  expect(progress.shown).toBe(printed.join(""));
  expect(progress.shown).toContain("secret-1");
  expect(progress.table()).toMatch(/^√ title +0\.0 s {2}secret-1\n/);
});
