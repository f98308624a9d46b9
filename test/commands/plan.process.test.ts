import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Deployment } from "./deployment";

// `npm run plan` on the embedded AWS, in a repository with a change.

const cluster = (issuer: string, ...roles: readonly string[]) =>
  `accountId: "123456789012"\noidc: { issuer: https://oidc.eks.eu-west-3.amazonaws.com/id/${issuer} }\nkubernetes: { access: kubeconfig }\nroles:\n${roles.map((role) => `  ${role}: { namespace: z1-app, policies: [AmazonS3ReadOnlyAccess] }\n`).join("")}`;

let deployment: Deployment;
beforeAll(async () => {
  deployment = await Deployment.start({
    ".gitignore": "out\nterraform\n",
    "irsa.yaml": "state: { backend: local }\n",
    "clusters/one.yaml": cluster("0123456789ABCDEF0123456789ABCDEF", "api"),
    "clusters/two.yaml": cluster("FEDCBA9876543210FEDCBA9876543210", "worker"),
  });
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example", ...args], { cwd: deployment.folder });
  git("init", "-q");
  git("add", "-A");
  git("commit", "-q", "-m", "configuration");
  deployment.write({ "clusters/one.yaml": cluster("0123456789ABCDEF0123456789ABCDEF", "api", "second") });
}, 60_000);
afterAll(() => deployment.stop());

test("plans the changed stack, and writes the comment with the change in access", async () => {
  const file = join(deployment.folder, "comment.md");
  const args = ["--stack", "*-iam", "--against", "HEAD", "--changed", "--comment", file, "-o", "json"];
  const { exitCode, stdout, stderr } = await deployment.run("plan", args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining("[1/1] one-iam: changes") });
  const { changes, plans } = JSON.parse(stdout);
  expect(changes).toEqual([expect.objectContaining({ kind: "added", role: "second" })]);
  expect(plans).toEqual([expect.objectContaining({ stack: "one-iam", result: "changes", destroy: 0 })]);
  const comment = readFileSync(file, "utf8");
  expect(comment).toContain("+ system:serviceaccount:z1-app:second → second (one) (AmazonS3ReadOnlyAccess)");
  expect(comment).toContain("| `one-iam` | 0 | ");
}, 120_000);

test("exits with 1 if a plan fails, and with 2 for --changed without a revision", async () => {
  const failed = await deployment.run("plan", ["--stack", "two-iam"], {
    AWS_ENDPOINT_URL: "http://127.0.0.1:9",
    AWS_MAX_ATTEMPTS: "1",
  });
  expect(failed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("two-iam: failed") });
  expect((await deployment.run("plan", ["--changed"])).exitCode).toBe(2);
}, 120_000);
