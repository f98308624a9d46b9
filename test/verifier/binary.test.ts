import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { Cluster, Role } from "../../config/project";
import { clientConfig, LocalAws } from "../../local/aws";
import { ClusterKeys } from "../../local/cluster-keys";
import { runPod, type SimulatedPod } from "../../local/simulated-pod";
import { verifierCommand } from "../../packaging/verifier-command";
import { exampleProject } from "../local/project";

// The packaged verifier, run as a pod runs it, against the real embedded AWS.

const ROOT = join(__dirname, "../..");
const project = exampleProject();
const cluster = project.clusters[0] as Cluster;
const [reader, powerless] = cluster.roles as [Role, Role];
const outputs: string[] = [];
let aws: LocalAws;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "binary-"));
  execFileSync(join(ROOT, "node_modules/.bin/tsx"), ["commands/package.ts", "--if-stale"], {
    cwd: ROOT,
    stdio: "pipe",
  });
  aws = await LocalAws.start({ project });
  const iam = new IAMClient(clientConfig(aws.environment));
  for (const role of [reader, powerless]) {
    await iam.send(
      new CreateRoleCommand({ RoleName: role.name, AssumeRolePolicyDocument: JSON.stringify(role.trustPolicy) }),
    );
  }
  await iam.send(
    new AttachRolePolicyCommand({ RoleName: reader.name, PolicyArn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" }),
  );
  // AWS asks s3:ListBucket for HeadBucket; moto asks an action of this name, which AWS does not have.
  const head = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:HeadBucket", Resource: "*" }] };
  await iam.send(
    new PutRolePolicyCommand({ RoleName: reader.name, PolicyName: "head", PolicyDocument: JSON.stringify(head) }),
  );
  await iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: "https://other-audience.example", ClientIDList: ["kubernetes"] }),
  );
  iam.destroy();
}, 120_000);

afterAll(async () => {
  await aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

function podAs(identity: Partial<SimulatedPod> = {}): SimulatedPod {
  const { namespace = "z7f3a2b1c-production", serviceAccount = "my-s3-role" } = identity;
  const token = async () => aws.token("production", { namespace, serviceAccount });
  return {
    namespace,
    serviceAccount,
    roleArn: reader.arn,
    region: "eu-west-3",
    endpoint: aws.endpoint,
    token,
    ...identity,
  };
}

async function verify(identity: Partial<SimulatedPod>, ...flags: string[]) {
  const result = await runPod(podAs(identity), [...verifierCommand(), ...flags]);
  outputs.push(result.stdout, result.stderr);
  return result;
}

async function report(identity: Partial<SimulatedPod>, ...flags: string[]) {
  const { stdout, stderr, exitCode } = await verify(identity, ...flags, "-o", "json");
  expect(stderr).toBe("");
  const parsed = JSON.parse(stdout);
  expect(parsed.exitCode).toBe(exitCode);
  return {
    ...parsed,
    failed: parsed.checks
      .filter((check: { result: string }) => check.result === "fail")
      .map((check: { code: string }) => check.code),
  };
}

describe("in its own pod", () => {
  test("access is proven", async () => {
    expect(await report({}, "--role-arn", reader.arn, "--issuer", cluster.oidc.issuer)).toMatchObject({
      verdict: "proven",
      exitCode: 0,
      role: {
        expected: reader.arn,
        assumed: "arn:aws:sts::123456789012:assumed-role/my-s3-role/qovery-irsa-verifier",
        account: "123456789012",
      },
      token: { subject: "system:serviceaccount:z7f3a2b1c-production:my-s3-role" },
      probe: { name: "s3:list-buckets", result: "1 bucket" },
      failed: [],
    });
  });

  test("the text says so last", async () => {
    const { stdout, exitCode } = await verify({});
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /√ proven in \d+\.\d\d s \(1 warning\): system:serviceaccount:z7f3a2b1c-production:my-s3-role has access as arn:aws:iam::123456789012:role\/my-s3-role\n$/,
    );
  });

  test.each([
    ["s3:bucket:acme-terraform-state", "proven", []],
    ["s3:bucket:no-such-bucket", "not-proven", ["QV404"]],
    ["none", "proven", []],
  ])("--probe %s", async (probe, verdict, failed) => {
    expect(await report({}, "--probe", probe)).toMatchObject({ verdict, failed });
  });
});

describe("names the cause", () => {
  const signed = (claims: object) => ({
    token: async () => (aws.clusters.get("production") as ClusterKeys).sign(claims),
  });
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: cluster.oidc.issuer,
    aud: ["sts.amazonaws.com"],
    sub: "system:serviceaccount:z7f3a2b1c-production:my-s3-role",
    exp: now + 600,
    nbf: now,
  };

  test.each<[string, Partial<SimulatedPod>, string[], string[], number]>([
    ["another service account", { serviceAccount: "other" }, [], ["QV301"], 1],
    ["no annotation", (({ roleArn: _, ...rest }) => rest)({ roleArn: "" }), [], ["QV301"], 1],
    ["a role set by hand", { variables: { AWS_ROLE_ARN: reader.arn } }, [], ["QV102"], 1],
    ["a role that may not list", { roleArn: powerless.arn, serviceAccount: "shared-s3" }, [], ["QV402"], 1],
    ["an issuer without a provider", signed({ ...claims, iss: "https://unknown.example" }), [], ["QV302"], 1],
    ["a provider for another audience", signed({ ...claims, iss: "https://other-audience.example" }), [], ["QV304"], 1],
    [
      "a stranger's signature",
      { token: async () => new ClusterKeys(cluster.oidc.issuer).sign(claims) },
      [],
      ["QV304"],
      1,
    ],
    ["another cluster than expected", {}, ["--issuer", "https://other.example"], ["QV208"], 1],
    ["nobody at the endpoint", { endpoint: "http://127.0.0.1:1" }, [], ["QV502"], 3],
    ["a name that does not resolve", { endpoint: "http://sts.none.invalid" }, [], ["QV501"], 3],
    ["--expect denied of one who may", {}, ["--expect", "denied"], ["QV320"], 1],
    [
      "--expect denied without a provider",
      signed({ ...claims, iss: "https://unknown.example" }),
      ["--expect", "denied"],
      ["QV321"],
      1,
    ],
  ])("%s", async (name, identity, flags, failed, exitCode) => {
    const found = await report(name === "no annotation" ? { serviceAccount: "x" } : identity, ...flags);
    expect(found).toMatchObject({ failed, exitCode });
    for (const { result, fix, hint } of found.checks.filter((check: { result: string }) => check.result === "fail")) {
      expect([result, fix, hint]).toEqual([
        "fail",
        expect.stringMatching(/./),
        expect.stringMatching(/^https:.*#QV\d+$/),
      ]);
    }
  });

  test("nothing is injected without an annotation", async () => {
    const { roleArn: _, ...bare } = podAs();
    const { stdout, exitCode } = await runPod(bare, [...verifierCommand(), "-o", "json"]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      '"code":"QV101","category":"environment","title":"the EKS webhook has injected a role and a token","result":"fail"',
    );
  });

  test("--expect denied is proven for a neighbour", async () => {
    expect(await report({ serviceAccount: "neighbour" }, "--expect", "denied")).toMatchObject({
      verdict: "proven",
      exitCode: 0,
      failed: [],
    });
  });
});

describe("whatever the environment", () => {
  test.each<[string, Record<string, string>]>([
    ["NODE_OPTIONS", { NODE_OPTIONS: "--require /none/there.js" }],
    ["NODE_ENV and TZ", { NODE_ENV: "production", TZ: "Pacific/Kiritimati" }],
    ["a locale", { LANG: "C", LC_ALL: "C" }],
    [
      "static keys and a profile",
      { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "x", AWS_PROFILE: "none" },
    ],
    [
      "files that are missing",
      { NODE_EXTRA_CA_CERTS: "/none/there.pem", AWS_CA_BUNDLE: "/none/there.pem", AWS_CONFIG_FILE: "/none" },
    ],
    ["120 kB of text", { BIG: "x".repeat(120_000) }],
    ["retries of the SDK", { AWS_MAX_ATTEMPTS: "9", AWS_RETRY_MODE: "nonsense" }],
  ])("%s: access is proven", async (_, variables) => {
    const { exitCode, stdout } = await verify({ variables }, "-o", "json");
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).verdict).toBe("proven");
  });

  test("text is ASCII without UTF-8", async () => {
    const { stdout } = await verify({ variables: { LC_ALL: "C" } });
    expect(stdout).toMatch(/^[\n -~]*$/);
  });

  test("a wrong use is told in one line and the usage", async () => {
    const { exitCode, stdout, stderr } = await verify({}, "--expect", "maybe");
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^verifier: --expect "maybe": expected allowed or denied\nusage: verifier /);
  });

  test("--version and --help", async () => {
    expect((await verify({}, "--version")).stdout).toMatch(
      /^verifier 1\.0\.0 \(commit \S+, Node 22\.\d+\.\d+, AWS SDK 3\.\d+\.\d+\)\n$/,
    );
    expect((await verify({}, "--help")).stdout).toMatch(/^usage: verifier /);
  });

  test("standard output that is closed changes nothing", () => {
    const [program = "", ...args] = verifierCommand();
    const { stdout, stderr } = spawnSync(
      "bash",
      ["--norc", "-c", 'set -o pipefail; "$0" "$@" | true; echo "${PIPESTATUS[0]}"', program, ...args],
      { env: { PATH: process.env.PATH ?? "" }, encoding: "utf8" },
    );
    expect([stdout, stderr]).toEqual(["1\n", ""]);
  });
});

describe("a network that fails", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  const listen = async (server: Server) => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };

  test("a certificate that nobody vouches for", async () => {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        key,
        "-out",
        cert,
        "-days",
        "1",
        "-subj",
        "/CN=127.0.0.1",
      ],
      { stdio: "ignore" },
    );
    const port = await listen(createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }));
    expect(await report({ endpoint: `https://127.0.0.1:${port}` })).toMatchObject({ failed: ["QV503"], exitCode: 3 });
  });

  test("an endpoint that does not answer ends with the deadline", async () => {
    const port = await listen(createServer(() => {}));
    const found = await report({ endpoint: `http://127.0.0.1:${port}` }, "--timeout", "500ms");
    expect(found).toMatchObject({ failed: ["QV507"], exitCode: 3 });
    expect(found.durationMs).toBeLessThan(750);
  });

  test("a connection that is reset", async () => {
    const port = await listen(createServer((request) => request.socket.resetAndDestroy()));
    expect(await report({ endpoint: `http://127.0.0.1:${port}` })).toMatchObject({ failed: ["QV502"], exitCode: 3 });
  });

  /** Starts the verifier at an endpoint that never answers, and sends it signals while it waits. */
  async function signalled(...signals: NodeJS.Signals[]) {
    let called = () => {};
    const call = new Promise<void>((resolve) => {
      called = resolve;
    });
    const port = await listen(createServer(() => called()));
    const tokenFile = join(folder, "token");
    writeFileSync(
      tokenFile,
      aws.token("production", { namespace: "z7f3a2b1c-production", serviceAccount: "my-s3-role" }),
    );
    const [program = "", ...args] = verifierCommand();
    const env = {
      AWS_ROLE_ARN: reader.arn,
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      AWS_REGION: "eu-west-3",
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    };
    const child: ChildProcess = spawn(program, [...args, "-o", "json"], { env, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout?.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      stderr += chunk;
    });
    await call;
    for (const signal of signals) child.kill(signal);
    const ended = await new Promise((resolve) => child.on("close", resolve));
    return { ended, stdout, stderr };
  }

  test("SIGTERM ends it at once, undecided", async () => {
    const { ended, stdout } = await signalled("SIGTERM");
    expect(ended).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "undecided", exitCode: 3 });
  });

  // The bundle runs as whoever starts it says; only the executables have flags of their own.
  const executable = verifierCommand().length === 1;
  test(executable ? "SIGUSR1 opens no debugger" : "left out for the bundle: SIGUSR1 opens no debugger", async () => {
    if (executable) expect(await signalled("SIGUSR1", "SIGTERM")).toMatchObject({ ended: 3, stderr: "" });
  });
});

test("no token or key of the whole run is in any output", () => {
  expect(outputs.length).toBeGreaterThan(40);
  const all = outputs.join("\n");
  for (const secret of aws.secrets) expect(all).not.toContain(secret);
});
