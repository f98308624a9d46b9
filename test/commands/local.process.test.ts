import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa from "execa";
import { ClusterKeys } from "../../local/cluster-keys";
import { verifierIsPackaged } from "../../packaging/verifier-command";
import { testIf } from "../test-if";
import { until } from "./until";

// `npm run local-aws` and `npm run local-pod` as two programs, as a user runs them.

const ROOT = join(__dirname, "../..");
const ISSUER = "https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";
const BASE = {
  PATH: `${join(ROOT, "node_modules/.bin")}:${process.env.PATH}`,
  HOME: process.env.HOME ?? "",
  LANG: "C.UTF-8",
};

let folder: string;
let server: ChildProcess;
let exported: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "local-"));
  if (!verifierIsPackaged()) throw new Error("the verifier is not packaged; run: npm run package");
  execa.sync(process.execPath, ["--import", "tsx", "main.ts"], {
    cwd: ROOT,
    env: { ...BASE, CDKTF_OUTDIR: join(folder, "out") },
    extendEnv: false,
  });
  server = spawn(process.execPath, ["--import", "tsx", "commands/local-aws.ts", "--port", "0"], {
    cwd: ROOT,
    env: BASE,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  server.stdout?.on("data", (chunk) => {
    stdout += chunk;
  });
  await new Promise<void>((resolve) => {
    server.stderr?.on("data", (chunk) => {
      stderr += chunk;
      if (stderr.includes("is ready")) resolve();
    });
  });
  exported = Object.fromEntries(
    [...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, unquoted(value ?? "")]),
  );
}, 60_000);

/** The value that a shell reads: a path with a space is quoted. */
function unquoted(word: string): string {
  return word.replace(/^'(.*)'$/, "$1").replaceAll("'\\''", "'");
}

afterAll(() => {
  server.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

function pod(args: string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, ["--import", "tsx", "commands/local-pod.ts", ...args], {
    cwd: ROOT,
    env: { ...BASE, CDKTF_OUTDIR: join(folder, "out"), AWS_ENDPOINT_URL: exported.AWS_ENDPOINT_URL ?? "", ...env },
    encoding: "utf8",
  });
}

const READER = ["--namespace", "z7f3a2b1c-production", "--service-account", "my-s3-role"];

test("local-aws prints the environment for a shell", () => {
  expect(Object.keys(exported)).toEqual([
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "CHECKPOINT_DISABLE",
    "TERRAFORM_BINARY_NAME",
    "TF_CLI_CONFIG_FILE",
  ]);
  expect(existsSync(exported.TF_CLI_CONFIG_FILE ?? "")).toBe(true);
});

testIf(spawnSync("aws", ["--version"]).error === undefined, "needs the AWS CLI on PATH")(
  "the AWS CLI works with the embedded AWS",
  () => {
    const { stdout } = spawnSync("aws", ["s3", "ls"], {
      env: { ...BASE, ...exported, AWS_CONFIG_FILE: "/dev/null" },
      encoding: "utf8",
    });
    expect(stdout).toContain("acme-terraform-state");
  },
  30_000,
);

test("a pod gets the role of the synthesized release and a token of the cluster", () => {
  // Nothing is deployed: STS finds the OIDC provider but no role.
  const { status, stdout } = pod([...READER, "--", "-o", "json"]);
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    role: { expected: "arn:aws:iam::123456789012:role/my-s3-role" },
    token: { subject: "system:serviceaccount:z7f3a2b1c-production:my-s3-role", audience: ["sts.amazonaws.com"] },
  });
  expect(JSON.parse(stdout).checks).toContainEqual(expect.objectContaining({ code: "QV301", result: "fail" }));
}, 30_000);

test("a pod without an annotation has no role, and a variable that the user sets replaces the webhook's variable", () => {
  const stranger = ["--namespace", "default", "--service-account", "x", "--cluster", "production"];
  const { stdout, stderr } = pod(stranger);
  expect(stdout).toContain("not proven in");
  expect(stdout).toContain("QV101");
  expect(stderr).toMatch(/default\/x; .*--annotation/);
  expect(pod([...READER, "--variable", "AWS_ROLE_ARN=arn:aws:iam::123456789012:role/x"]).stdout).toContain("QV102");
  const annotated = pod([
    ...stranger,
    "--annotation",
    "arn:aws:iam::123456789012:role/my-s3-role",
    "--",
    "--expect",
    "denied",
    "--allow-endpoint",
  ]);
  expect([annotated.status, annotated.stdout]).toEqual([0, expect.stringContaining("√ proven")]);
  expect(annotated.stderr).not.toContain("--annotation");
}, 60_000);

test.each<[string[], Record<string, string>, number, string]>([
  [["--namespace", "a", "--service-account", "b"], {}, 2, "set --cluster to one of production, self-managed"],
  [[...READER, "--cluster", "x"], {}, 2, "expected one of production, self-managed"],
  [READER, { CDKTF_OUTDIR: "/none" }, 1, "npm run synth"],
  [READER, { AWS_ENDPOINT_URL: "http://127.0.0.1:1" }, 1, "npm run local-aws"],
])(
  "local-pod reports %j with %j in one message",
  (args, env, code, message) => {
    const { status, stderr } = pod(args, env);
    expect([status, stderr]).toEqual([code, expect.stringContaining(message)]);
    expect(stderr).not.toMatch(/^\s+at /m);
  },
  30_000,
);

test("local-aws reports a port in use, and how to choose a different one", () => {
  const { port } = new URL(exported.AWS_ENDPOINT_URL ?? "");
  const { status, stderr } = spawnSync(process.execPath, ["--import", "tsx", "commands/local-aws.ts", "--port", port], {
    cwd: ROOT,
    env: BASE,
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([1, expect.stringContaining("--port N")]);
}, 30_000);

test("local-aws signs no tokens for an issuer whose keys it was given", async () => {
  const file = join(folder, "jwks.json");
  writeFileSync(file, '{"keys":[]}');
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "commands/local-aws.ts", "--port", "0", "--jwks", `${ISSUER}=${file}`],
    {
      cwd: ROOT,
      env: BASE,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const [line] = await once(child.stdout as NodeJS.ReadableStream, "data");
  const endpoint = /AWS_ENDPOINT_URL=(\S+)/.exec(String(line))?.[1] ?? "";
  const { stderr } = pod(READER, { AWS_ENDPOINT_URL: endpoint });
  expect(stderr).toContain("signs no tokens of cluster production");
  child.kill("SIGTERM");
  await once(child, "close");
}, 30_000);

test("Ctrl-C ends a pod and leaves no token on disk", async () => {
  const token = await new ClusterKeys(ISSUER).token({
    namespace: "z7f3a2b1c-production",
    serviceAccount: "my-s3-role",
  });
  // STS never answers: the verifier is stopped while it waits.
  const slow = createServer((request, response) => {
    if (request.url?.startsWith("/_local/")) response.end(JSON.stringify({ token }));
  }).listen(0, "127.0.0.1");
  await once(slow, "listening");
  const { port } = slow.address() as AddressInfo;
  const tokens = join(folder, "tokens");
  mkdirSync(tokens);
  const child = spawn(process.execPath, ["--import", "tsx", "commands/local-pod.ts", ...READER], {
    cwd: ROOT,
    env: {
      ...BASE,
      CDKTF_OUTDIR: join(folder, "out"),
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      TMPDIR: tokens,
    },
  });
  const closed = once(child, "close");
  const left = () => readdirSync(tokens, { recursive: true, encoding: "utf8" }).filter((name) => /pod-/.test(name));
  await until(() => left().some((name) => name.endsWith("token")));
  child.kill("SIGINT");
  expect(await closed).toEqual([130, null]);
  expect(left()).toEqual([]);
  slow.closeAllConnections();
  slow.close();
}, 30_000);

test("the commands of the README work as written", () => {
  const section = readFileSync(join(ROOT, "README.md"), "utf8").split("### Try the verifier on the emulator")[1] ?? "";
  const [served, used] = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, commands]) => commands);
  expect(served).toMatch(/^npm run local-aws +#/);
  // The verifier is packaged already; packaging it again would replace a file that other tests run.
  const commands = used?.replace("npm run package\n", "") ?? "";
  const { status, stdout, stderr } = spawnSync("bash", ["-e", "-c", commands], {
    cwd: ROOT,
    env: { ...BASE, CI: "true", ...exported },
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, expect.anything()]);
  expect(stdout.match(/Apply complete! Resources: [1-9]\d* added/g)).toHaveLength(2);
  expect(stdout.match(/^√ proven .*$/gm)).toEqual([
    expect.stringMatching(/^√ proven in/),
    expect.stringMatching(/^√ proven in/),
  ]);
  expect(stdout).toContain("1 bucket");
}, 180_000);

test("Ctrl-C ends local-aws and moto", async () => {
  const endpoint = exported.AWS_ENDPOINT_URL ?? "";
  const closed = once(server, "close");
  server.kill("SIGINT");
  const [code] = await closed;
  expect(code).toBe(0);
  await expect(fetch(endpoint)).rejects.toThrow();
}, 30_000);
