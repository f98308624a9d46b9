import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClusterKeys } from "../../local/cluster-keys";
import { until } from "./until";

// `npm run local-aws` and `npm run local-pod` as a user has them: two programs that find each other.

const ROOT = join(__dirname, "../..");
const TSX = join(ROOT, "node_modules/.bin/tsx");
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
  spawnSync(TSX, ["commands/package.ts", "--if-stale"], { cwd: ROOT, env: BASE });
  spawnSync(TSX, ["main.ts"], { cwd: ROOT, env: { ...BASE, CDKTF_OUTDIR: join(folder, "out") } });
  server = spawn(TSX, ["commands/local-aws.ts", "--port", "0"], {
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
  exported = Object.fromEntries([...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
}, 60_000);

afterAll(() => {
  server.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

function pod(args: string[], env: Record<string, string> = {}) {
  return spawnSync(TSX, ["commands/local-pod.ts", ...args], {
    cwd: ROOT,
    env: { ...BASE, CDKTF_OUTDIR: join(folder, "out"), AWS_ENDPOINT_URL: exported.AWS_ENDPOINT_URL ?? "", ...env },
    encoding: "utf8",
  });
}

const READER = ["--namespace", "z7f3a2b1c-production", "--service-account", "my-s3-role"];

test("what to use is printed for a shell", () => {
  expect(Object.keys(exported)).toEqual([
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "CHECKPOINT_DISABLE",
    "TERRAFORM_BINARY_NAME",
    "TF_CLI_CONFIG_FILE",
    // Where no mirror of the providers is found.
    ...("TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE" in exported ? [expect.any(String)] : []),
  ]);
  expect(existsSync(exported.TF_CLI_CONFIG_FILE ?? "")).toBe(true);
});

test("the AWS CLI can be pointed at it", () => {
  const { stdout, error } = spawnSync("aws", ["s3", "ls"], {
    env: { ...BASE, ...exported, AWS_CONFIG_FILE: "/dev/null" },
    encoding: "utf8",
  });
  if (error) console.warn("left out: the AWS CLI against the embedded AWS, since aws is not on PATH");
  else expect(stdout).toContain("acme-terraform-state");
}, 30_000);

test("a pod learns its role from the synthesized release, and its token is the cluster's", () => {
  // Nothing is deployed here: STS knows the provider, and no role.
  const { status, stdout } = pod([...READER, "--", "-o", "json"]);
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    role: { expected: "arn:aws:iam::123456789012:role/my-s3-role" },
    token: { subject: "system:serviceaccount:z7f3a2b1c-production:my-s3-role", audience: ["sts.amazonaws.com"] },
  });
  expect(stdout).toContain("The role is missing, or its trust policy does not match");
}, 30_000);

test("a pod without annotation gets nothing, one with a role of its own keeps the webhook away", () => {
  const stranger = ["--namespace", "default", "--service-account", "x", "--cluster", "production"];
  expect(pod(stranger).stdout).toContain("not proven in");
  expect(pod(stranger).stdout).toContain("QV101");
  expect(pod([...READER, "--variable", "AWS_ROLE_ARN=arn:aws:iam::123456789012:role/x"]).stdout).toContain("QV102");
  const annotated = pod([
    ...stranger,
    "--annotation",
    "arn:aws:iam::123456789012:role/my-s3-role",
    "--",
    "--expect",
    "denied",
  ]);
  expect([annotated.status, annotated.stdout]).toEqual([0, expect.stringContaining("√ proven")]);
}, 60_000);

describe("a wrong use is told in a line", () => {
  test.each<[string[], Record<string, string>, number, string]>([
    [[], {}, 2, "--namespace and --service-account are required"],
    [["--nope"], {}, 2, "--nope"],
    [["--namespace", "a", "--service-account", "b"], {}, 2, "--cluster is needed: one of production, self-managed"],
    [[...READER, "--cluster", "x"], {}, 2, "there is no such cluster; expected one of production, self-managed"],
    [[...READER, "--variable", "x"], {}, 2, "expected NAME=VALUE"],
    [READER, { CDKTF_OUTDIR: "/none" }, 1, "npm run synth"],
    [READER, { AWS_ENDPOINT_URL: "http://127.0.0.1:1" }, 1, "npm run local-aws"],
    [READER, { IRSA_CONFIG: "/none/irsa.yaml" }, 1, "there is no such file"],
  ])(
    "local-pod %j %j",
    (args, env, code, message) => {
      const { status, stderr } = pod(args, env);
      expect([status, stderr]).toEqual([code, expect.stringContaining(message)]);
      expect(stderr).not.toMatch(/^\s+at /m);
    },
    30_000,
  );

  test.each<[string[], number, string]>([
    [["--port", "x"], 2, "expected a port number"],
    [["--port", "65536"], 2, "expected a port number"],
    [["--nope"], 2, "--nope"],
    [["--jwks", "x"], 2, "expected ISSUER=FILE"],
    [["--jwks", "https://a=/none"], 2, "/none cannot be read"],
    [["--jwks", "https://a=package.json"], 2, "is not a JWKS"],
  ])(
    "local-aws %j",
    (args, code, message) => {
      const { status, stderr } = spawnSync(TSX, ["commands/local-aws.ts", ...args], {
        cwd: ROOT,
        env: BASE,
        encoding: "utf8",
      });
      expect([status, stderr]).toEqual([code, expect.stringContaining(message)]);
      expect(stderr).not.toMatch(/^\s+at /m);
    },
    30_000,
  );

  test("a port that is taken", () => {
    const port = new URL(exported.AWS_ENDPOINT_URL ?? "").port;
    const { status, stderr } = spawnSync(TSX, ["commands/local-aws.ts", "--port", port], {
      cwd: ROOT,
      env: BASE,
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining("choose another with --port N")]);
  }, 30_000);
});

test("keys of another issuer are taken", async () => {
  const file = join(folder, "jwks.json");
  writeFileSync(file, '{"keys":[]}');
  const child = spawn(TSX, ["commands/local-aws.ts", "--port", "0", "--jwks", `${ISSUER}=${file}`], {
    cwd: ROOT,
    env: BASE,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [line] = await once(child.stdout as NodeJS.ReadableStream, "data");
  const endpoint = /AWS_ENDPOINT_URL=(\S+)/.exec(String(line))?.[1] ?? "";
  const { stderr } = pod(READER, { AWS_ENDPOINT_URL: endpoint });
  expect(stderr).toContain("signs no tokens of cluster production");
  child.kill("SIGTERM");
  await once(child, "close");
}, 30_000);

test("Ctrl-C ends a pod, and leaves no token on disk", async () => {
  const token = new ClusterKeys(ISSUER).token({ namespace: "z7f3a2b1c-production", serviceAccount: "my-s3-role" });
  // STS never answers, so that the verifier is stopped while it waits.
  const slow = createServer((request, response) => {
    if (request.url?.startsWith("/_local/")) response.end(JSON.stringify({ token }));
  }).listen(0, "127.0.0.1");
  await once(slow, "listening");
  const { port } = slow.address() as AddressInfo;
  const tokens = join(folder, "tokens");
  mkdirSync(tokens);
  const child = spawn(TSX, ["commands/local-pod.ts", ...READER], {
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

test("the README's commands work as they stand there", () => {
  const section = readFileSync(join(ROOT, "README.md"), "utf8").split("## The embedded AWS")[1] ?? "";
  const [served, used] = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, commands]) => commands);
  expect(served).toMatch(/^npm run local-aws +#/);
  const { status, stdout } = spawnSync("bash", ["-e", "-c", used ?? ""], {
    cwd: ROOT,
    env: { ...BASE, CI: "true", ...exported },
    encoding: "utf8",
  });
  expect(stdout.match(/Apply complete! Resources: [34] added/g)).toHaveLength(2);
  expect(stdout.match(/^√ proven .*$/gm)).toEqual([
    expect.stringMatching(/^√ proven in/),
    expect.stringMatching(/^√ proven in/),
  ]);
  expect(stdout).toContain("1 bucket");
  expect(status).toBe(0);
}, 180_000);

test("Ctrl-C ends it, and moto with it", async () => {
  const endpoint = exported.AWS_ENDPOINT_URL ?? "";
  const closed = once(server, "close");
  server.kill("SIGINT");
  const [code] = await closed;
  expect(code).toBe(0);
  await expect(fetch(endpoint)).rejects.toThrow();
}, 30_000);
