import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LocalAws } from "../../local/aws";
import { samplePod, startSampleAws } from "../../local/sample";
import { inPod, runPod, type SimulatedPod } from "../../local/simulated-pod";
import { verifierCommand } from "../../packaging/verifier-command";
import { spawned } from "./spawned";

// Whatever becomes of the packaged verifier's outputs, and whatever is in its environment, the verdict is the same.

let aws: LocalAws;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hostile-"));
  aws = await startSampleAws();
}, 60_000);
afterAll(async () => {
  await aws.stop();
  rmSync(folder, { recursive: true });
});

/** Runs a line of bash in the pod's environment, with the verifier as "$@". */
const inShell = (line: string, variables: Record<string, string> = {}, ...flags: string[]) =>
  inPod({ ...samplePod(aws), variables }, (env) =>
    spawned(["bash", "--norc", "-c", `ulimit -c 0; ${line}`, "bash", ...verifierCommand(), ...flags], env),
  );

/** The webhook injects nothing where it is set by hand, so that this is not proven. */
const BY_HAND = { AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/my-s3-role" };

describe("the outputs", () => {
  test.each([
    ["standard output is closed", '"$@" >&-'],
    ["standard error is closed", '"$@" 2>&-'],
    ["all are closed", '"$@" <&- >&- 2>&-'],
    ["standard output is a full disk", '"$@" >/dev/full'],
    ["standard error is a full disk", '"$@" 2>/dev/full'],
    ["nobody reads them", '"$@" 2>&1 | true; exit "${PIPESTATUS[0]}"'],
    ["standard output cannot be written", '"$@" 1</dev/null'],
    ["its folder is gone", 'mkdir "$HOME/gone" && cd "$HOME/gone" && rmdir "$HOME/gone" && "$@"'],
  ])("%s: the verdict stays", async (_, line) => {
    const codes = [
      await inShell(line, { HOME: folder }),
      await inShell(line, { HOME: folder, ...BY_HAND }),
      await inShell(line, { HOME: folder }, "--expect", "maybe"),
      await inShell(line, { HOME: folder, AWS_ENDPOINT_URL: "http://127.0.0.1:1" }),
    ];
    expect(codes.map(({ code }) => code)).toEqual([0, 1, 2, 3]);
  });

  test("a pipe that is full and that nobody reads delays it by a second at most", async () => {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    // The shell opens it for reading too, so that it is there, and never reads.
    const full = `exec 3<>"${folder}/pipe"; timeout 1 cat /dev/zero >&3; `;
    const filled = await inShell(full);
    const { code, took } = await inShell(`${full} "$@" >&3`);
    expect(code).toBe(0);
    expect(took - filled.took).toBeLessThan(2000);
  });
});

describe("standard output that nobody reads", () => {
  const PYTHON = join(__dirname, "../../.local/python/bin/python3");
  const root = process.getuid?.() === 0;
  if (!root) console.warn("not root: another user's pipe as standard output is not tested");

  test.each(["socket", "terminal", ...(root ? ["pipe"] : [])])(
    "a %s delays the end by a second at the most",
    async (kind) => {
      // Another user may not read the token: the usage has a report's way to go.
      const flags = kind === "pipe" ? ["--help"] : [];
      const command = [PYTHON, join(__dirname, "blocked.py"), kind, ...verifierCommand(), ...flags];
      const { stdout } = await inPod(samplePod(aws), (env) => spawned(command, env));
      const { code, seconds } = JSON.parse(stdout);
      expect(code).toBe(0);
      expect(seconds).toBeGreaterThan(0.9);
      expect(seconds).toBeLessThan(2.5);
    },
  );
});

// In mounts of its own, /dev/termination-log and /qovery-output can be what a pod has there.
const mayMount = spawnSync("unshare", ["-m", "true"]).status === 0;
const mounted = mayMount ? describe : describe.skip;
if (!mayMount) console.warn("not root: what is written to the termination log and to /qovery-output is not tested");

mounted("a pod's mounts", () => {
  /** @param prepare makes the log; @param after runs when the verifier has ended */
  const inMounts = (prepare: string, after = "", variables: Record<string, string> = {}) => {
    const dev = "mount -t tmpfs none /mnt; cp -a /dev/null /dev/full /mnt; mount --bind /mnt /dev";
    const script = `${dev}; ${prepare}; "$@" >/dev/null; code=$?; ${after || ":"}; exit $code`;
    return inShell(`exec unshare -m bash -c '${script}' bash "$@"`, variables);
  };
  const log = "head -c 9999 /dev/termination-log";

  test("the termination log gets one line of at most 4,096 bytes", async () => {
    const touch = "touch /dev/termination-log";
    expect(await inMounts(touch, log)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^proven: [^\n]+$/) });
    const long = { AWS_WEB_IDENTITY_TOKEN_FILE: `/${"é\n".repeat(30_000)}`, AWS_ROLE_ARN: "é\n\u001b".repeat(30_000) };
    const { code, stdout } = await inMounts(touch, log, long);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^QV104 [^\n\u001b]+ \| fix: [^\n\u001b]+$/)]);
    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(4096);
  });

  test("without a termination log none is made", async () => {
    expect(await inMounts(":", "ls /dev")).toMatchObject({ code: 0, stdout: "full\nnull\n" });
  });

  test.each([
    ["a folder", "mkdir /dev/termination-log"],
    ["a pipe that nobody reads", "mkfifo /dev/termination-log"],
    ["a full disk", "cp -a /dev/full /dev/termination-log"],
    ["read-only", "touch /dev/termination-log; mount --bind -o ro /dev/termination-log /dev/termination-log"],
  ])("a termination log that is %s changes nothing", async (_, prepare) => {
    const { code, took } = await inMounts(prepare);
    expect(code).toBe(0);
    expect(took).toBeLessThan(3000);
  });

  /** A root of its own, since /qovery-output is at the root of the pod's. */
  const inRoot = (prepare: string, after: string) => {
    const root =
      "mount -t tmpfs none /mnt; for d in /*; do case $d in /mnt|/proc) ;; *) [ -d $d ] || continue; mkdir /mnt$d; mount --rbind $d /mnt$d;; esac; done; mkdir /mnt/proc; mount --rbind /proc /mnt/proc; for d in bin sbin lib lib64; do [ -L /$d ] && rmdir /mnt/$d 2>/dev/null; [ -L /$d ] && cp -a /$d /mnt/$d; done";
    const script = `(${root}) 2>/dev/null; ${prepare}; chroot /mnt "$@" >/dev/null; code=$?; ${after}; exit $code`;
    return inShell(`exec unshare -m bash -c '${script}' bash "$@"`);
  };

  test("Qovery's output is written where its folder is", async () => {
    const { code, stdout } = await inRoot(
      "mkdir /mnt/qovery-output",
      "ls /mnt/qovery-output; cat /mnt/qovery-output/*",
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^qovery-output\.json\n/);
    expect(JSON.parse(stdout.slice(stdout.indexOf("\n"))).IRSA_VERDICT.value).toBe("proven");
  });

  test.each([
    ["absent", ":"],
    ["read-only", "mkdir /mnt/qovery-output; mount -t tmpfs -o ro none /mnt/qovery-output"],
    ["full", "mkdir /mnt/qovery-output; mount -t tmpfs -o nr_inodes=1 none /mnt/qovery-output"],
    ["a file", "touch /mnt/qovery-output"],
  ])("a folder for it that is %s changes nothing, and nothing is left", async (_, prepare) => {
    const after = "[ -d /mnt/qovery-output ] && ls -A /mnt/qovery-output";
    expect(await inRoot(prepare, after)).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });
});

describe("the environment", () => {
  const none = "/none/there";
  const long = "x".repeat(3000);
  const big = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`BIG_${i}`, "x".repeat(50_000)]));

  beforeAll(() => {
    // Each of these ends OpenSSL's, or a JavaScript's, reader.
    writeFileSync(join(folder, "hostile"), "[a\nthrow new Error('hostile'); process.exit(0)\nopenssl_conf = \u0000\n");
  });

  test.each<[string, () => Record<string, string>]>([
    ["1 MB of it", () => big],
    [
      "NODE_OPTIONS",
      () => ({ NODE_OPTIONS: `--require ${folder}/hostile --throw-deprecation --max-old-space-size=1` }),
    ],
    ["NODE_ENV and NODE_PATH", () => ({ NODE_ENV: "production", NODE_PATH: folder })],
    ["NODE_EXTRA_CA_CERTS of no file", () => ({ NODE_EXTRA_CA_CERTS: none })],
    ["NODE_EXTRA_CA_CERTS of no certificate", () => ({ NODE_EXTRA_CA_CERTS: join(folder, "hostile") })],
    ["NODE_DEBUG", () => ({ NODE_DEBUG: "*", NODE_DEBUG_NATIVE: "HTTP2SESSION" })],
    ["NODE_REDIRECT_WARNINGS", () => ({ NODE_REDIRECT_WARNINGS: "/dev/null/x", NODE_PENDING_DEPRECATION: "1" })],
    ["NODE_REPL_EXTERNAL_MODULE", () => ({ NODE_REPL_EXTERNAL_MODULE: join(folder, "hostile") })],
    ["NODE_TLS_REJECT_UNAUTHORIZED", () => ({ NODE_TLS_REJECT_UNAUTHORIZED: "0" })],
    ["NODE_ICU_DATA", () => ({ NODE_ICU_DATA: none })],
    ["NODE_COMPILE_CACHE", () => ({ NODE_COMPILE_CACHE: "/dev/null/x" })],
    ["SSLKEYLOGFILE", () => ({ SSLKEYLOGFILE: "/dev/null/x" })],
    ["SSL_CERT_FILE of no file", () => ({ SSL_CERT_FILE: none, SSL_CERT_DIR: none })],
    ["SSL_CERT_FILE of no certificate", () => ({ SSL_CERT_FILE: join(folder, "hostile") })],
    ["OPENSSL_CONF of no file", () => ({ OPENSSL_CONF: none, OPENSSL_MODULES: none, OPENSSL_ENGINES: none })],
    ["OPENSSL_CONF that cannot be read", () => ({ OPENSSL_CONF: join(folder, "hostile") })],
    ["UV_THREADPOOL_SIZE 0", () => ({ UV_THREADPOOL_SIZE: "0" })],
    ["UV_THREADPOOL_SIZE of nonsense", () => ({ UV_THREADPOOL_SIZE: "-99999999999", UV_USE_IO_URING: "1" })],
    ["TZ", () => ({ TZ: `:/etc/${long}`, TZDIR: none })],
    ["a long LC_ALL", () => ({ LC_ALL: long })],
    ["a path as LANG", () => ({ LANG: "/usr/share/locale/none" })],
    ["a long LC_MESSAGES and LC_CTYPE", () => ({ LC_MESSAGES: long, LC_CTYPE: long, LANGUAGE: long })],
    ["AWS_CA_BUNDLE of a device", () => ({ AWS_CA_BUNDLE: "/dev/zero" })],
  ])("%s does not change the verdict", async (_, variables) => {
    const proven = await runPod({ ...samplePod(aws), variables: variables() }, [...verifierCommand(), "-o", "json"]);
    expect([proven.exitCode, proven.stderr, JSON.parse(proven.stdout).verdict]).toEqual([0, "", "proven"]);
    const failed = await runPod({ ...samplePod(aws), variables: { ...variables(), ...BY_HAND } }, [
      ...verifierCommand(),
      "-o",
      "json",
    ]);
    expect([failed.exitCode, failed.stderr, JSON.parse(failed.stdout).verdict]).toEqual([1, "", "not-proven"]);
  });
});

test("NODE_V8_COVERAGE of no folder does not change the verdict, though Node itself complains of it", async () => {
  const { exitCode, stderr } = await runPod(
    { ...samplePod(aws), variables: { NODE_V8_COVERAGE: "/dev/null/x" } },
    verifierCommand(),
  );
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/^(\w+: Failed to create coverage profile directory \/dev\/null\/x\n)?$/);
});

describe("the connection", () => {
  /** A server on a free port, until the test has ended. */
  async function listening(server: ReturnType<typeof createServer>, use: (port: number) => Promise<void>) {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      await use((server.address() as AddressInfo).port);
    } finally {
      server.close();
    }
  }

  test("is never taken from a stranger: NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing", async () => {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const request = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1";
    execFileSync("openssl", [...request.split(" "), "-keyout", key, "-out", cert], { stdio: "ignore" });
    let answered = 0;
    const files = { key: readFileSync(key), cert: readFileSync(cert) };
    const server = createTlsServer(files, (_, response) => {
      answered++;
      response.end();
    });
    await listening(server, async (port) => {
      const pod = { ...samplePod(aws), endpoint: `https://127.0.0.1:${port}` };
      const run = async (variables: Record<string, string>) => {
        const { stdout, stderr } = await runPod({ ...pod, variables }, [...verifierCommand(), "-o", "json"]);
        const failed = JSON.parse(stdout).checks.find(({ result }: { result: string }) => result === "fail");
        return [failed.code, stderr];
      };
      expect(await run({ NODE_TLS_REJECT_UNAUTHORIZED: "0" })).toEqual(["QV503", ""]);
      expect(answered).toBe(0);
      // Its answer is nobody's, and yet it is one: the certificate is what kept it out.
      expect(await run({ AWS_CA_BUNDLE: cert })).toEqual(["QV506", ""]);
      // A pipe that nobody writes to must not be waited for.
      execFileSync("mkfifo", [join(folder, "bundle")]);
      expect(await run({ AWS_CA_BUNDLE: join(folder, "bundle") })).toEqual(["QV503", ""]);
      expect(await run({ AWS_CA_BUNDLE: "/dev/zero" })).toEqual(["QV503", ""]);
      const keys = join(folder, "keys");
      await run({ SSLKEYLOGFILE: keys, AWS_CA_BUNDLE: cert });
      expect(readdirSync(folder)).not.toContain("keys");
    });
  });

  test.each([
    ["another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"],
    ["an end", ""],
    ["no HTTP", "SSH-2.0-x\r\n"],
    ["half an answer", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<a>"],
  ])("%s in place of an answer is undecided, and says so", async (_, bytes) => {
    await listening(
      createServer((socket) => socket.on("error", () => {}).once("data", () => socket.end(bytes))),
      async (port) => {
        const pod: SimulatedPod = { ...samplePod(aws), endpoint: `http://127.0.0.1:${port}` };
        for (const flags of [[], ["--expect", "denied"]]) {
          const { exitCode, stdout, stderr } = await runPod(pod, [...verifierCommand(), "-o", "json", ...flags]);
          expect([exitCode, stderr, JSON.parse(stdout).verdict]).toEqual([3, "", "undecided"]);
        }
      },
    );
  });
});

// In a network of its own, the only name server can be one that never answers.
const mayIsolate = spawnSync("unshare", ["-mn", "ip", "link", "set", "lo", "up"]).status === 0;
const isolated = mayIsolate ? describe : describe.skip;
if (!mayIsolate) console.warn("not root, or no iproute2: a name server that does not answer is not tested");

isolated("a name server that does not answer", () => {
  // Without an endpoint of one's own, the names of AWS's are looked up.
  const silent = 'require("dgram").createSocket("udp4").bind(53, "127.0.0.1", () => console.log("bound"))';
  const script = `ip link set lo up; echo "nameserver 127.0.0.1" > "$0"; mount --bind "$0" /etc/resolv.conf
    exec 3< <(exec '${process.execPath}' -e '${silent}'); server=$!; read -r -u 3
    "$@"; code=$?; kill $server; exit $code`;

  test("keeps it neither from its verdict nor from its end", async () => {
    const { code, stdout, stderr, took } = await inPod(samplePod(aws), async ({ AWS_ENDPOINT_URL: _, ...env }) => {
      const verifier = [...verifierCommand(), "--timeout", "1500ms", "-o", "json"];
      return spawned(["unshare", "-mn", "bash", "-c", script, join(folder, "resolv.conf"), ...verifier], env);
    });
    expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
    const failed = JSON.parse(stdout).checks.find(({ result }: { result: string }) => result === "fail");
    expect([failed.code, failed.detail]).toEqual([
      "QV507",
      "the name of sts.eu-west-3.amazonaws.com was not resolved within 1.5 s: no name server answers",
    ]);
    // The resolver itself gives up after ten seconds.
    expect(took).toBeLessThan(4000);
  });
});
