import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LocalAws } from "../../local/aws";
import { samplePod, startSampleAws } from "../../local/sample";
import { inPod } from "../../local/simulated-pod";
import { verifierCommand } from "../../packaging/verifier-command";
import { FULL, testIf } from "../test-if";
import { run } from "./process";
import { reportOf } from "./verdict";

// Name resolution in a network namespace whose only name server is slow, loses packets or does not answer.

const isolated = spawnSync("unshare", ["-mn", "ip", "link", "set", "lo", "up"]).status === 0;
const testNames = testIf(isolated, "needs root and iproute2 for a network namespace");

let aws: LocalAws;
let folder: string;
let relay: Server;

beforeAll(async () => {
  if (!isolated) return;
  folder = mkdtempSync(join(tmpdir(), "names-"));
  aws = await startSampleAws();
  // A Unix socket leads out of the namespace.
  relay = createServer((socket) => {
    const beyond = connect(Number(new URL(aws.endpoint).port), "127.0.0.1");
    for (const end of [socket, beyond]) end.on("error", () => end.destroy());
    socket.pipe(beyond).pipe(socket);
  });
  await new Promise<void>((resolve) => relay.listen(join(folder, "aws"), resolve));
}, 60_000);
afterAll(async () => {
  if (!isolated) return;
  relay.close();
  await aws.stop();
  rmSync(folder, { recursive: true });
});

/** The seconds after which the resolver asks again; the resolver's default is 5. It asks twice. */
const RESOLVER = FULL ? 5 : 1;

interface NameServer {
  /** Seconds before each answer. */
  readonly delay?: number;
  /** The number of first packets that are lost. */
  readonly lost?: number;
  /** The address of every name. @default 127.0.0.1, which is the embedded AWS */
  readonly address?: string;
}
const DEAD = { lost: 1_000_000 };

/** Runs the verifier with such a name server. */
async function verify(
  nameServer: NameServer,
  flags: readonly string[],
  { resolver = RESOLVER, line = "", endpoint = "http://awslocal" } = {},
) {
  const { delay = 0, lost = 0, address = "127.0.0.1" } = nameServer;
  const resolvConf = join(folder, "resolv.conf");
  writeFileSync(resolvConf, `nameserver 127.0.0.1\noptions timeout:${resolver} attempts:2\n`);
  const script = `ip link set lo up; ${line} mount --bind "$0" /etc/resolv.conf; exec "$@"`;
  const pod = { ...samplePod(aws), endpoint };
  const ended = await inPod(pod, (env) => {
    const server = [
      "python3",
      join(__dirname, "name_server.py"),
      String(delay),
      String(lost),
      address,
      join(folder, "aws"),
    ];
    const verifier = ["timeout", "--signal=KILL", "25", ...verifierCommand(), "-o", "json", ...flags];
    return run(["unshare", "-mn", "bash", "-c", script, resolvConf, ...server, ...verifier], { env });
  });
  const report = reportOf(ended);
  const failed = report.checks.find(({ result }) => result === "fail");
  return { exitCode: ended.code, code: failed?.code, text: `${failed?.detail} ${failed?.fix}`, report };
}

const WORKING: Readonly<Record<string, NameServer>> = {
  "answers at once": {},
  "is slow": { delay: RESOLVER * 0.6 },
  "loses one packet": { lost: 1 },
};
for (const [what, nameServer] of Object.entries(WORKING)) {
  testNames(
    `access is proven if the name server ${what}`,
    async () => {
      expect(await verify(nameServer, ["--timeout", "20s"])).toMatchObject({ exitCode: 0, code: undefined });
    },
    60_000,
  );
}

testNames(
  "a name server that does not answer is QV501, within the limit of the look-up",
  async () => {
    const { report, ...found } = await verify(DEAD, ["--timeout", "20s"]);
    expect(found).toMatchObject({ exitCode: 3, code: "QV501", text: expect.stringContaining("awslocal") });
    expect(report.durationMs).toBeLessThan(20_000);
  },
  60_000,
);

testNames(
  "the deadline also ends a look-up",
  async () => {
    const { exitCode, code } = await verify(DEAD, ["--timeout", "1500ms"], { resolver: 5 });
    expect([exitCode, code]).toEqual([3, expect.stringMatching(/^QV50[17]$/)]);
  },
  60_000,
);

testNames(
  "isolation is undecided if the name server does not answer",
  async () => {
    const found = await verify(DEAD, ["--timeout", "20s", "--expect", "denied"]);
    expect(found).toMatchObject({ exitCode: 3, code: "QV321" });
  },
  60_000,
);

const IPV6_ONLY =
  "ip link add d0 type veth peer name d1 && ip link set d1 up && ip link set d0 up && ip -6 addr add 2001:db8::2/64 dev d0 nodad";
const hasVeth = isolated && spawnSync("unshare", ["-n", "bash", "-c", IPV6_ONLY]).status === 0;

testIf(hasVeth, "needs root, iproute2 and virtual Ethernet devices")(
  "a pod that has only IPv6 addresses gets the dual-stack endpoint as the fix",
  async () => {
    // Without a redirected endpoint, the verifier resolves AWS's names.
    const found = await verify({ address: "203.0.113.1" }, ["--timeout", "20s"], {
      line: `${IPV6_ONLY};`,
      endpoint: "",
    });
    expect(found).toMatchObject({ exitCode: 3, code: "QV501" });
    expect(found.text).toContain("AWS_USE_DUALSTACK_ENDPOINT");
  },
  60_000,
);
