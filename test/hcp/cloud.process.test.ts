import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tokenVariable } from "../../commands/lib/hcp-api";
import { planner } from "../../commands/plan";
import type { CloudState } from "../../config/project";
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
