import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { CreateRoleCommand, IAMClient, paginateListRoles } from "@aws-sdk/client-iam";
import execa from "execa";
import { clientConfig } from "../../local/aws";
import { FULL, testIf } from "../test-if";
import { Deployment, succeeded } from "./deployment";
import { until } from "./until";

// `npm run deploy` and `npm run destroy` on the embedded AWS, also after Terraform was killed.

const ROLES = FULL ? 20 : 3;

/** Returns an issuer that no other test uses: an account has one provider for each issuer. */
function issuer(prefix: string): string {
  return `https://oidc.eks.eu-west-3.amazonaws.com/id/${createHash("md5").update(prefix).digest("hex").toUpperCase()}`;
}

/** One cluster with a created OIDC provider and roles `<prefix>-0`, `<prefix>-1`, …. */
function files(prefix: string): Record<string, string> {
  const roles = Array.from(
    { length: ROLES },
    (_, index) => `  ${prefix}-${index}: { namespace: z1-app, policies: [AmazonS3ReadOnlyAccess] }\n`,
  );
  return {
    "irsa.yaml": `state: { backend: s3, bucket: acme-state, region: eu-west-3, keyPrefix: ${prefix}/ }\n`,
    "clusters/edge.yaml": `accountId: "123456789012"\noidc: { issuer: ${issuer(prefix)}, provider: create, deletionProtection: false }\nkubernetes: { access: kubeconfig }\nroles:\n${roles.join("")}`,
  };
}

let deployment: Deployment;
let iam: IAMClient;
beforeAll(async () => {
  deployment = await Deployment.start(files("first"));
  iam = new IAMClient(clientConfig(deployment.aws.environment));
}, 60_000);
afterAll(async () => {
  iam.destroy();
  await deployment.stop();
});

async function rolesOf(prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { Roles = [] } of paginateListRoles({ client: iam }, {}))
    names.push(...Roles.map(({ RoleName = "" }) => RoleName));
  return names.filter((name) => name.startsWith(`${prefix}-`));
}

/** Each state has its own working folder: Terraform asks to migrate a state where the key of a folder changes. */
const outdir = (prefix: string) => ({ CDKTF_OUTDIR: join(deployment.folder, prefix) });

const deploy = (prefix: string, ...args: string[]) =>
  deployment.run("deploy", ["edge-iam", "--auto-approve", ...args], outdir(prefix));

/** Returns the process id of the Terraform that a deployment runs. */
function terraformOf(pid: number | undefined): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  return children
    .map(Number)
    .find((child) => readFileSync(`/proc/${child}/cmdline`, "utf8").split("\0").includes("apply"));
}

test("names a role that exists outside the state, adopts it with --adopt, and destroys what it deployed", async () => {
  const trust = JSON.stringify(deployment.project.clusters[0]?.roles[0]?.trustPolicy);
  await iam.send(new CreateRoleCommand({ RoleName: "first-1", AssumeRolePolicyDocument: trust }));
  const refused = await deploy("first");
  expect(refused).toMatchObject({ exitCode: 1 });
  expect(refused.stderr).toContain("the state of edge-iam: first-1.");
  expect(refused.stderr).toContain("npm run deploy -- edge-iam --adopt");
  succeeded(await deploy("first", "--adopt"));
  expect(succeeded(await deploy("first")).stdout).toContain("No changes.");
  expect(await rolesOf("first")).toHaveLength(ROLES);

  succeeded(await deployment.run("destroy", ["edge-iam", "--auto-approve"], outdir("first")));
  expect(await rolesOf("first")).toHaveLength(0);
}, 240_000);

test("rejects a stack that does not exist", async () => {
  const { exitCode, stderr } = await deployment.run("deploy", ["edge-iamm"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("edge-iam");
}, 60_000);

const KILLS = Number(process.env.KILLS ?? 5);
testIf(FULL && process.platform === "linux", "needs FULL=1, and /proc")(
  "recovers with the printed commands after Terraform was killed at a random moment of an apply",
  async () => {
    const figures = { applies: 0, killed: 0, converged: 0, unlocked: 0, adopted: 0 };
    // A killed Terraform is counted only if the apply was still running.
    let longest = 9000;
    while (figures.killed < KILLS) {
      const prefix = `kill${figures.applies++}`;
      deployment.write(files(prefix));
      const child = deployment.begin("deploy", ["edge-iam", "--auto-approve"], outdir(prefix));
      const interrupted = child.then((ended) => ended);
      await until(() => child.exitCode !== null || terraformOf(child.pid) !== undefined, 120);
      const begin = Date.now();
      const moment = setTimeout(Math.random() * longest);
      await Promise.race([moment, interrupted]);
      const terraform = child.exitCode === null ? terraformOf(child.pid) : undefined;
      if (terraform !== undefined) process.kill(terraform, "SIGKILL");
      const { exitCode, stderr } = await interrupted;
      const killed = stderr.includes("SIGKILL");
      expect(exitCode).toBe(killed ? 137 : 0);
      if (killed) figures.killed++;
      else longest = Math.min(longest, Date.now() - begin);

      let result = await deploy(prefix);
      const [unlock = "", ...args] =
        /^ {2}(\S+ -chdir=\S+ force-unlock \S+)$/m.exec(result.stderr)?.[1]?.split(" ") ?? [];
      if (unlock !== "") {
        expect(result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("is locked by") });
        figures.unlocked++;
        const options = { env: deployment.environment, extendEnv: false };
        await execa(unlock, [...args.slice(0, -1), "-force", ...args.slice(-1)], options);
        result = await deploy(prefix);
      }
      if (result.stderr.includes("--adopt")) {
        figures.adopted++;
        result = await deploy(prefix, "--adopt");
      } else if (killed && unlock === "") figures.converged++;
      succeeded(result);
      expect(succeeded(await deploy(prefix)).stdout).toContain("No changes.");
      expect(await rolesOf(prefix)).toHaveLength(ROLES);
      if (process.env.KILLS) process.stderr.write(`${JSON.stringify(figures)}\n`);
    }
  },
  KILLS * 300_000,
);

const RACES = Number(process.env.RACES ?? 5);
testIf(FULL, "needs FULL=1")(
  "a second deployment of a stack in another checkout is refused by the lock, and the state stays right",
  async () => {
    const figures = { rounds: 0, refused: 0 };
    while (figures.rounds < RACES) {
      const prefix = `race${figures.rounds++}`;
      deployment.write(files(prefix));
      const runs = await Promise.all(
        ["one", "two"].map((checkout) =>
          deployment.run("deploy", ["edge-iam", "--auto-approve"], outdir(checkout + prefix)),
        ),
      );
      // Runs that do not overlap both succeed.
      for (const { stderr } of runs.filter(({ exitCode }) => exitCode !== 0)) {
        expect(stderr).toContain("is locked by");
        figures.refused++;
      }
      expect(runs.map(({ exitCode }) => exitCode)).toContain(0);
      expect(succeeded(await deploy(prefix)).stdout).toContain("No changes.");
      expect(await rolesOf(prefix)).toHaveLength(ROLES);
      if (process.env.RACES) process.stderr.write(`${JSON.stringify(figures)}\n`);
    }
  },
  RACES * 120_000,
);
