import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LocalAws } from "../../local/aws";
import { samplePod, startSampleAws } from "../../local/sample";
import { inPod } from "../../local/simulated-pod";
import { verifierCommand } from "../../packaging/verifier-command";
import { spawned } from "./spawned";

// The packaged verifier against the embedded AWS, again and again and many at once: nothing fails, grows or is left.

const RUNS = Number(process.env.SOAK_RUNS ?? 1000);
const AT_ONCE = 50;
/** How many of the first and of the last runs are compared. */
const SOME = Math.min(100, Math.floor(RUNS / 3));

let aws: LocalAws;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "soak-"));
  for (const name of ["home", "tmp", "cwd"]) mkdirSync(join(folder, name));
  aws = await startSampleAws();
}, 60_000);
afterAll(async () => {
  await aws.stop();
  rmSync(folder, { recursive: true });
});

interface Run {
  readonly exitCode: number;
  readonly output: string;
  readonly wall: number;
  readonly cpu: number;
  readonly peak: number;
}

/** Runs a command with the sample's pod about it, in folders of its own that are empty. */
const inFolders = (command: readonly string[]) => {
  const variables = { HOME: join(folder, "home"), TMPDIR: join(folder, "tmp") };
  return inPod({ ...samplePod(aws), variables }, (env) => spawned(command, env, join(folder, "cwd")));
};

const left = () => readdirSync(folder, { recursive: true }).map(String).sort();

/** Connections to the embedded AWS that are open at either end. Source: proc(5), /proc/net/tcp */
function connections(): string[] {
  const port = Number(new URL(aws.endpoint).port).toString(16).toUpperCase().padStart(4, "0");
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
  const [established, closeWait] = ["01", "08"];
  return lines.filter((line) => {
    const [, local = "", remote = "", state = ""] = line.trim().split(/\s+/);
    return [local, remote].some((end) => end.endsWith(`:${port}`)) && [established, closeWait].includes(state);
  });
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

test(`${RUNS} runs in a row: none fails, none is larger or slower than the first, nothing is left`, async () => {
  const before = left();
  const flags = ["-o", "json"];
  const { code, stdout } = await inFolders([
    "python3",
    join(__dirname, "soak.py"),
    String(RUNS),
    ...verifierCommand(),
    ...flags,
  ]);
  const runs: Run[] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect([code, runs.length]).toEqual([0, RUNS]);
  expect(runs.filter(({ exitCode, output }) => exitCode !== 0 || JSON.parse(output).verdict !== "proven")).toEqual([]);
  const [first, last] = [runs.slice(0, SOME), runs.slice(-SOME)];
  const growth = (what: "peak" | "cpu" | "wall") =>
    median(last.map((run) => run[what])) / median(first.map((run) => run[what]));
  console.log(
    `peak ${growth("peak").toFixed(3)}, CPU ${growth("cpu").toFixed(3)}, wall ${growth("wall").toFixed(3)} of the first`,
  );
  // The same program does the same: its memory differs by a page or two. Time is shared with whatever else runs here.
  expect(growth("peak")).toBeLessThan(1.03);
  expect(growth("cpu")).toBeLessThan(1.5);
  expect(growth("wall")).toBeLessThan(2);
  expect(left()).toEqual(before);
  expect(connections()).toEqual([]);
}, 600_000);

test(`${AT_ONCE} at once: none fails, nothing is left`, async () => {
  const before = left();
  const results = await Promise.all(
    Array.from({ length: AT_ONCE }, () => inFolders([...verifierCommand(), "-o", "json"])),
  );
  expect(results.map(({ code, stderr }) => [code, stderr])).toEqual(Array(AT_ONCE).fill([0, ""]));
  expect(left()).toEqual(before);
  expect(connections()).toEqual([]);
}, 120_000);
