import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import execa from "execa";
import { tokenVariable } from "../../commands/lib/hcp-api";
import { planner } from "../../commands/plan";
import type { CloudState } from "../../config/project";
import { terraformBinary } from "../../local/terraform-cli";
import { HcpStandIn } from "./stand-in";

// Terraform's own client against the stand-in: `terraform init` and `terraform plan` of a stack with a cloud block.

const TOKEN = "a-token-that-must-not-appear";

let folder: string;
let hcp: HcpStandIn;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "cloud-"));
  const names = ["-subj", "/CN=stand-in", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", "server.key", "-out", "server.crt"];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...names, ...files], {
    cwd: folder,
    stdio: "ignore",
  });
  const [key, cert] = ["server.key", "server.crt"].map((file) => readFileSync(join(folder, file), "utf8"));
  hcp = new HcpStandIn(TOKEN, "p-blue-iam", "Terraform v1.11.4\n\nPlan: 2 to add, 0 to change, 1 to destroy.\n");
  await hcp.listen({ key: key ?? "", cert: cert ?? "" });
});
afterEach(() => {
  hcp.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs Terraform in the folder. The stand-in answers in this process meanwhile. */
async function terraform(...args: string[]) {
  const env = {
    ...process.env,
    CHECKPOINT_DISABLE: "1",
    SSL_CERT_FILE: join(folder, "server.crt"),
    [tokenVariable(hcp.host)]: TOKEN,
  };
  const ended = await execa(terraformBinary(), args, { cwd: folder, env, input: "yes\n", reject: false });
  return { status: ended.exitCode, stdout: stripVTControlCharacters(ended.stdout), stderr: ended.stderr };
}

async function plan(token: string) {
  const state: CloudState = {
    backend: "cloud",
    organization: "acme",
    workspacePrefix: "p-",
    workflow: "cli",
    hostname: hcp.host,
  };
  const cloud = { hostname: hcp.host, organization: "acme", workspaces: { name: "p-blue-iam" } };
  writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify({ terraform: { cloud } }));
  const environment = { ...process.env, SSL_CERT_FILE: join(folder, "server.crt"), [tokenVariable(hcp.host)]: token };
  const env = jest.replaceProperty(process, "env", environment);
  try {
    const work = await planner(state, new AbortController().signal);
    return await work({ name: "blue-iam", folder });
  } finally {
    env.restore();
  }
}

function filesWith(text: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => readFileSync(file).includes(text));
}

test("a plan is HCP Terraform's speculative run, with its link", async () => {
  const result = await plan(TOKEN);
  expect(result).toMatchObject({ result: "changes", add: 2, change: 0, destroy: 1 });
  expect(result.url).toBe(`https://${hcp.host}/app/acme/p-blue-iam/runs/run-1`);
  expect(result.output).not.toContain(TOKEN);
  expect(filesWith(TOKEN)).toEqual([]);
}, 60_000);

test.each([
  ["a missing token", "", / is not set; set it to a token of /],
  ["a wrong token", "wrong-token", / does not accept the token in /],
])(
  "%s is one clear message, and no file has a token",
  async (_, token, expected) => {
    const message = await plan(token).then(
      () => "",
      (error: Error) => error.message,
    );
    expect(message).toMatch(expected);
    expect(message).toContain(tokenVariable(hcp.host));
    expect(message).not.toMatch(/\n|wrong-token/);
    expect([...filesWith(TOKEN), ...filesWith("wrong-token")]).toEqual([]);
  },
  60_000,
);

test("npm run deploy reports a missing token as one line with the variable, and shows no token", async () => {
  const config = join(folder, "irsa.yaml");
  const state = `{ backend: cloud, hostname: "${hcp.host}", organization: acme, workspacePrefix: p- }`;
  writeFileSync(config, `state: ${state}\n`);
  mkdirSync(join(folder, "clusters"));
  writeFileSync(
    join(folder, "clusters/blue.yaml"),
    `accountId: "123456789012"
oidc: { issuer: "https://oidc.eks.eu-west-3.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF" }
roles: { api: { scope: cluster, policies: [AmazonS3ReadOnlyAccess] } }
`,
  );
  const env = { SSL_CERT_FILE: join(folder, "server.crt"), IRSA_CONFIG: config, CDKTF_OUTDIR: join(folder, "out") };
  const deploy = ["--import", "tsx", "commands/deploy.ts", "--auto-approve"];
  for (const token of ["", "wrong-token"]) {
    const { exitCode, stderr } = await execa(process.execPath, deploy, {
      cwd: join(__dirname, "../.."),
      env: { ...env, [tokenVariable(hcp.host)]: token },
      reject: false,
    });
    expect(exitCode).toBe(1);
    expect(stderr.split("\n").filter((line) => line.includes(tokenVariable(hcp.host)))).toHaveLength(1);
    expect(stderr).not.toContain("wrong-token");
  }
}, 60_000);

test("a state moves from a local file into a workspace and back with the commands of docs/state.md", async () => {
  const configure = (settings: object) => {
    const resource = { terraform_data: { a: { input: "x" } } };
    writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify({ terraform: settings, resource }));
  };
  configure({ backend: { local: { path: "before.tfstate" } } });
  await terraform("init", "-input=false");
  expect(await terraform("apply", "-input=false", "-auto-approve")).toMatchObject({ status: 0 });

  configure({ cloud: { hostname: hcp.host, organization: "acme", workspaces: { name: "p-blue-iam" } } });
  // The question of `terraform init`, which -migrate-state does not answer for HCP Terraform, gets "yes".
  expect((await terraform("init", "-migrate-state")).stderr).toContain("Invalid command-line option");
  expect(await terraform("init")).toMatchObject({ status: 0 });
  expect(JSON.parse(String(hcp.state)).resources).toHaveLength(1);

  const pulled = await terraform("state", "pull");
  writeFileSync(join(folder, "pulled.tfstate"), pulled.stdout);
  configure({ backend: { local: { path: "after.tfstate" } } });
  expect(await terraform("init")).toMatchObject({ status: 1 });
  expect(await terraform("init", "-reconfigure", "-input=false")).toMatchObject({ status: 0 });
  expect(await terraform("state", "push", "pulled.tfstate")).toMatchObject({ status: 0 });
  expect(await terraform("plan", "-input=false")).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("No changes."),
  });
  expect(filesWith(TOKEN)).toEqual([]);
}, 60_000);
