import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LocalAws } from "../../local/aws";
import { samplePod, startSampleAws } from "../../local/sample";
import { inPod } from "../../local/simulated-pod";
import { verifierCommand } from "../../packaging/verifier-command";
import { FULL, testIf } from "../test-if";
import { run } from "./process";
import { reportOf, withoutNodeWarning } from "./verdict";

// Whatever happens to the outputs of the packaged verifier, and whatever its environment holds, the verdict is the same.

let aws: LocalAws;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hostile-"));
  // Each of these lines stops a reader of OpenSSL or JavaScript.
  writeFileSync(join(folder, "hostile"), "[a\nthrow new Error('hostile'); process.exit(0)\nopenssl_conf = \u0000\n");
  aws = await startSampleAws();
}, 60_000);
afterAll(async () => {
  await aws.stop();
  rmSync(folder, { recursive: true });
});

type Variables = Readonly<Record<string, string>>;

/** Runs a command as the sample's pod. */
const inSample = (command: readonly string[], variables: Variables = {}, endpoint = aws.endpoint) =>
  inPod({ ...samplePod(aws), variables, endpoint }, (env) => run(command, { env }));

const verify = (variables: Variables = {}, flags: readonly string[] = [], endpoint?: string) =>
  inSample([...verifierCommand(), "-o", "json", ...flags], variables, endpoint);

/** Runs a line of bash, in which "$@" is the verifier. */
const inShell = (line: string, variables: Variables = {}, ...flags: string[]) =>
  inSample(["bash", "--norc", "-c", `ulimit -c 0; ${line}`, "bash", ...verifierCommand(), ...flags], variables);

/** A role that the user sets: the webhook then injects nothing, so access is not proven. */
const BY_HAND = { AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/my-s3-role" };

/** Every case with FULL=1, and otherwise every fourth. */
const some = <T>(cases: readonly T[]) => (FULL ? cases : cases.filter((_, index) => index % 4 === 0));

describe("the exit code stays", () => {
  const OUTPUTS: readonly [string, string][] = [
    ["standard output is closed", '"$@" >&-'],
    ["no process reads the outputs", '"$@" 2>&1 | true; exit "${PIPESTATUS[0]}"'],
    ["all standard streams are closed", '"$@" <&- >&- 2>&-'],
    ["standard output is a full disk", '"$@" >/dev/full'],
    ["standard error is closed", '"$@" 2>&-'],
    ["standard error is a full disk", '"$@" 2>/dev/full'],
    ["standard output is read-only", '"$@" 1</dev/null'],
    ["the working directory was deleted", 'mkdir "$HOME/gone" && cd "$HOME/gone" && rmdir "$HOME/gone" && "$@"'],
  ];
  test.each(some(OUTPUTS))("if %s", async (_, line) => {
    const codes = [
      await inShell(line, { HOME: folder }),
      await inShell(line, { HOME: folder, ...BY_HAND }),
      await inShell(line, { HOME: folder }, "--expect", "maybe"),
      await inShell(line, { HOME: folder, AWS_ENDPOINT_URL: "http://127.0.0.1:1" }),
    ];
    expect(codes.map(({ code }) => code)).toEqual([0, 1, 2, 3]);
  });
});

describe("in mounts of a pod", () => {
  const testMounted = testIf(spawnSync("unshare", ["-m", "true"]).status === 0, "needs root for a mount namespace");

  /** @param prepare creates the log @param after runs when the verifier has ended */
  const inMounts = (prepare: string, after = "", variables: Variables = {}) => {
    const dev = "mount -t tmpfs none /mnt; cp -a /dev/null /dev/full /mnt; mount --bind /mnt /dev";
    const script = `${dev}; ${prepare}; "$@" >/dev/null; code=$?; ${after || ":"}; exit $code`;
    return inShell(`exec unshare -m bash -c '${script}' bash "$@"`, variables);
  };
  const log = "head -c 9999 /dev/termination-log";

  testMounted("the termination log gets one line of at most 4,096 bytes", async () => {
    const touch = "touch /dev/termination-log";
    expect(await inMounts(touch, log)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^proven: [^\n]+$/) });
    const long = { AWS_WEB_IDENTITY_TOKEN_FILE: `/${"é\n".repeat(30_000)}`, AWS_ROLE_ARN: "é\n\u001b".repeat(30_000) };
    const { code, stdout } = await inMounts(touch, log, long);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^QV104 [^\n\u001b]+$/)]);
    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(4096);
  });

  testMounted("no termination log is created", async () => {
    expect(await inMounts(":", "ls /dev")).toMatchObject({ code: 0, stdout: "full\nnull\n" });
  });

  const LOGS: readonly [string, string][] = [
    ["a pipe without a reader", "mkfifo /dev/termination-log"],
    ["a directory", "mkdir /dev/termination-log"],
    ["a full disk", "cp -a /dev/full /dev/termination-log"],
    ["read-only", "touch /dev/termination-log; mount --bind -o ro /dev/termination-log /dev/termination-log"],
  ];
  for (const [what, prepare] of some(LOGS)) {
    testMounted(`a termination log that is ${what} changes nothing`, async () => {
      expect((await inMounts(prepare)).code).toBe(0);
    });
  }

  /** Runs the verifier under another root directory, because /qovery-output is there. */
  const inRoot = (prepare: string, after: string) => {
    const root =
      "mount -t tmpfs none /mnt; for d in /*; do case $d in /mnt|/proc) ;; *) [ -d $d ] || continue; mkdir /mnt$d; mount --rbind $d /mnt$d;; esac; done; mkdir /mnt/proc; mount --rbind /proc /mnt/proc; for d in bin sbin lib lib64; do [ -L /$d ] && rmdir /mnt/$d 2>/dev/null; [ -L /$d ] && cp -a /$d /mnt/$d; done";
    const script = `(${root}) 2>/dev/null; ${prepare}; chroot /mnt "$@" >/dev/null; code=$?; ${after}; exit $code`;
    return inShell(`exec unshare -m bash -c '${script}' bash "$@"`);
  };

  testMounted("Qovery's output is written if its directory exists", async () => {
    const { code, stdout } = await inRoot(
      "mkdir /mnt/qovery-output",
      "ls /mnt/qovery-output; cat /mnt/qovery-output/*",
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^qovery-output\.json\n/);
    expect(JSON.parse(stdout.slice(stdout.indexOf("\n"))).IRSA_VERDICT.value).toBe("proven");
  });

  const FOLDERS: readonly [string, string][] = [
    ["missing", ":"],
    ["read-only", "mkdir /mnt/qovery-output; mount -t tmpfs -o ro none /mnt/qovery-output"],
    ["full", "mkdir /mnt/qovery-output; mount -t tmpfs -o nr_inodes=1 none /mnt/qovery-output"],
    ["a file", "touch /mnt/qovery-output"],
  ];
  for (const [what, prepare] of some(FOLDERS)) {
    testMounted(`a directory for Qovery's output that is ${what} changes nothing, and nothing is left`, async () => {
      const after = "[ -d /mnt/qovery-output ] && ls -A /mnt/qovery-output";
      expect(await inRoot(prepare, after)).toMatchObject({ code: 0, stdout: "", stderr: "" });
    });
  }
});

describe("the verdict stays with", () => {
  const none = "/none/there";
  const long = "x".repeat(3000);
  const big = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`BIG_${i}`, "x".repeat(50_000)]));
  const ENVIRONMENTS: readonly [string, () => Variables][] = [
    ["1 MB of variables", () => big],
    ["NODE_OPTIONS", () => ({ NODE_OPTIONS: `--require ${folder}/hostile --max-old-space-size=1` })],
    ["NODE_ENV and NODE_PATH", () => ({ NODE_ENV: "production", NODE_PATH: folder })],
    ["NODE_EXTRA_CA_CERTS that does not exist", () => ({ NODE_EXTRA_CA_CERTS: none })],
    ["NODE_EXTRA_CA_CERTS without a certificate", () => ({ NODE_EXTRA_CA_CERTS: join(folder, "hostile") })],
    ["NODE_DEBUG", () => ({ NODE_DEBUG: "*", NODE_DEBUG_NATIVE: "HTTP2SESSION" })],
    ["NODE_REDIRECT_WARNINGS", () => ({ NODE_REDIRECT_WARNINGS: "/dev/null/x", NODE_PENDING_DEPRECATION: "1" })],
    ["NODE_TLS_REJECT_UNAUTHORIZED", () => ({ NODE_TLS_REJECT_UNAUTHORIZED: "0" })],
    ["NODE_ICU_DATA", () => ({ NODE_ICU_DATA: none })],
    ["NODE_COMPILE_CACHE", () => ({ NODE_COMPILE_CACHE: "/dev/null/x" })],
    ["SSLKEYLOGFILE", () => ({ SSLKEYLOGFILE: "/dev/null/x" })],
    ["SSL_CERT_FILE that does not exist", () => ({ SSL_CERT_FILE: none, SSL_CERT_DIR: none })],
    ["SSL_CERT_FILE without a certificate", () => ({ SSL_CERT_FILE: join(folder, "hostile") })],
    ["OPENSSL_CONF that does not exist", () => ({ OPENSSL_CONF: none, OPENSSL_MODULES: none, OPENSSL_ENGINES: none })],
    ["UV_THREADPOOL_SIZE 0", () => ({ UV_THREADPOOL_SIZE: "0" })],
    ["an invalid UV_THREADPOOL_SIZE", () => ({ UV_THREADPOOL_SIZE: "-99999999999", UV_USE_IO_URING: "1" })],
    ["an invalid TZ", () => ({ TZ: `:/etc/${long}`, TZDIR: none })],
    ["AWS_CA_BUNDLE that names a device", () => ({ AWS_CA_BUNDLE: "/dev/zero" })],
  ];
  test.each(some(ENVIRONMENTS))("%s", async (_, variables) => {
    const proven = await verify(variables());
    expect([proven.code, withoutNodeWarning(proven.stderr), reportOf(proven).verdict]).toEqual([0, "", "proven"]);
    const failed = await verify({ ...variables(), ...BY_HAND });
    expect([failed.code, withoutNodeWarning(failed.stderr), reportOf(failed).verdict]).toEqual([1, "", "not-proven"]);
  });

  // Node ends before the verifier starts: docs/adr/0001-how-the-verifier-is-packaged.md.
  test.each<[string, Variables]>([
    ["an invalid OPENSSL_CONF", { OPENSSL_CONF: "/etc/passwd" }],
    ["NODE_REPL_EXTERNAL_MODULE", { NODE_REPL_EXTERNAL_MODULE: "x" }],
    ["a path as LANG", { LANG: "/usr/share/locale/none" }],
  ])("is not proven with %s", async (_, variables) => {
    const { code, stdout } = await verify(variables);
    expect([0, 1, 2, 3]).not.toContain(code);
    expect(stdout).toBe("");
  });

  test("NODE_V8_COVERAGE without a directory, although Node prints a warning", async () => {
    const { code, stderr } = await verify({ NODE_V8_COVERAGE: "/dev/null/x" });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^(\w+: Failed to create coverage profile directory \/dev\/null\/x\n)?$/);
  });
});

describe("the connection", () => {
  /** Serves on a free port until `use` ends. */
  async function listening(server: Server, use: (port: number) => Promise<void>): Promise<void> {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      await use((server.address() as AddressInfo).port);
    } finally {
      server.close();
    }
  }

  test("requires a trusted certificate, also with NODE_TLS_REJECT_UNAUTHORIZED=0", async () => {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const request = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1";
    execFileSync("openssl", [...request.split(" "), "-keyout", key, "-out", cert], { stdio: "ignore" });
    execFileSync("mkfifo", [join(folder, "bundle")]);
    let answered = 0;
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
      answered++;
      response.end();
    });
    await listening(server, async (port) => {
      const failure = async (variables: Variables) => {
        const ended = await verify(variables, [], `https://127.0.0.1:${port}`);
        return [reportOf(ended).checks.find(({ result }) => result === "fail")?.code, ended.stderr];
      };
      expect(await failure({ NODE_TLS_REJECT_UNAUTHORIZED: "0" })).toEqual(["QV503", ""]);
      expect(answered).toBe(0);
      // With a trusted certificate the answer is read, and is not AWS's.
      expect(await failure({ AWS_CA_BUNDLE: cert, SSLKEYLOGFILE: join(folder, "keys") })).toEqual(["QV506", ""]);
      expect(readdirSync(folder)).not.toContain("keys");
      expect(await failure({ AWS_CA_BUNDLE: join(folder, "bundle") })).toEqual(["QV503", ""]);
      expect(await failure({ AWS_CA_BUNDLE: "/dev/zero" })).toEqual(["QV503", ""]);
    });
  });

  test.each([
    ["another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"],
    ["no bytes", ""],
    ["half an answer", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<a>"],
  ])("with %s instead of an answer leaves the verdict undecided", async (_, bytes) => {
    const server = createServer((socket) => socket.on("error", () => {}).once("data", () => socket.end(bytes)));
    await listening(server, async (port) => {
      for (const flags of [[], ["--expect", "denied"]]) {
        const ended = await verify({}, flags, `http://127.0.0.1:${port}`);
        expect([ended.code, ended.stderr, reportOf(ended).verdict]).toEqual([3, "", "undecided"]);
      }
    });
  });
});
