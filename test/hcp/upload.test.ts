import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HcpApi, tokenVariable } from "../../commands/lib/hcp-api";
import { planByUpload } from "../../commands/lib/hcp-plan";
import { planner } from "../../commands/plan";
import type { CloudState } from "../../config/project";
import { HcpStandIn } from "./stand-in";

const TOKEN = "a-token-that-must-not-appear";
const HOST = "tfe.acme-corp.example";
const STATE: CloudState = {
  backend: "cloud",
  organization: "acme",
  workspacePrefix: "p-",
  workflow: "api",
  hostname: HOST,
};
const LOG = [
  "Terraform v1.11.4",
  '{"@message":"Plan: 2 to add, 0 to change, 1 to destroy."}',
  '{"@message":"aws_iam_role.a: Plan to replace","change":{"action":"replace","resource":{"resource_type":"aws_iam_role","resource_name":"a"}}}',
].join("\n");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "upload-"));
  writeFileSync(join(folder, "cdk.tf.json"), '{"terraform":{}}\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function plan(token: string | undefined, { workspace = "p-blue-iam", host = HOST } = {}) {
  const hcp = new HcpStandIn(TOKEN, workspace, LOG);
  hcp.host = host;
  const environment = { ...process.env, [tokenVariable(HOST)]: token };
  const env = jest.replaceProperty(process, "env", environment);
  try {
    const api = await HcpApi.connect(STATE, new AbortController().signal, hcp.send);
    return { hcp, plan: await planByUpload(api, STATE, { name: "blue-iam", folder }, 1) };
  } finally {
    env.restore();
  }
}

test("an uploaded stack has the plan of a speculative run, with its link", async () => {
  const { hcp, plan: result } = await plan(TOKEN);
  expect(result).toEqual({
    stack: "blue-iam",
    result: "changes",
    import: 0,
    add: 2,
    change: 0,
    destroy: 1,
    lostRoles: ["a"],
    url: `https://${HOST}/app/acme/workspaces/p-blue-iam/runs/run-1`,
    output: "Terraform v1.11.4\nPlan: 2 to add, 0 to change, 1 to destroy.\naws_iam_role.a: Plan to replace",
  });
  const [archive] = hcp.archives;
  expect(execFileSync("tar", ["-xzOf", "-"], { input: archive, encoding: "utf8" })).toBe('{"terraform":{}}\n');
});

test.each([
  ["a missing token", undefined, {}, /^TF_TOKEN_tfe_acme__corp_example is not set; set it to /],
  [
    "a wrong token",
    "wrong-token",
    {},
    /^tfe.acme-corp.example does not accept the token in TF_TOKEN_tfe_acme__corp_example; /,
  ],
  [
    "a missing workspace",
    TOKEN,
    { workspace: "p-other" },
    /has no organizations\/acme\/workspaces\/p-blue-iam, or the token cannot read it; /,
  ],
  ["an unknown host", TOKEN, { host: "other.example" }, /^tfe.acme-corp.example cannot be reached /],
])("%s is one clear message", async (_, token, options, message) => {
  const error: Error = await plan(token, options).then(
    () => new Error("the plan did not fail"),
    (reason) => reason,
  );
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain("\n");
  for (const secret of [TOKEN, "wrong-token"]) expect(error.message).not.toContain(secret);
});

test("with workflow vcs, a plan is refused before Terraform runs", async () => {
  const refused = planner({ ...STATE, workflow: "vcs" }, new AbortController().signal);
  await expect(refused).rejects.toThrow(/npm run check -- --against/);
});
