import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { LocalAws } from "../../local/aws";
import { samplePod, startSampleAws } from "../../local/sample";
import { inPod } from "../../local/simulated-pod";
import { verifierCommand } from "../../packaging/verifier-command";
import { FULL } from "../test-if";
import { run } from "./process";

// Many runs of the packaged verifier against the embedded AWS, in a row and together.

const RUNS = FULL ? 1000 : 30;
const TOGETHER = FULL ? 50 : 10;
/** The number of first and last runs that are compared. */
const SOME = Math.min(100, RUNS / 3);

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

/** Runs a command as the sample's pod, with empty folders. */
const inFolders = (command: readonly string[]) => {
  const variables = { HOME: join(folder, "home"), TMPDIR: join(folder, "tmp") };
  return inPod({ ...samplePod(aws), variables }, (env) => run(command, { env, cwd: join(folder, "cwd") }));
};

const files = () => readdirSync(folder, { recursive: true }).map(String).sort();

/** Returns the open connections to the embedded AWS. Source: proc(5), /proc/net/tcp */
function connections(): string[] {
  const port = Number(new URL(aws.endpoint).port).toString(16).toUpperCase().padStart(4, "0");
  const [established, closeWait] = ["01", "08"];
  return readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .filter((line) => {
      const [, local = "", remote = "", state = ""] = line.trim().split(/\s+/);
      return [local, remote].some((end) => end.endsWith(`:${port}`)) && [established, closeWait].includes(state);
    });
}

/** Returns the connections that are still open after the emulator had time to close its ends. */
async function leftConnections(): Promise<string[]> {
  for (let tries = 0; tries < 50 && connections().length > 0; tries += 1) await setTimeout(100);
  return connections();
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

test(`${RUNS} runs in a row are proven, need no more memory than the first, and leave nothing behind`, async () => {
  const before = files();
  const verifier = [...verifierCommand(), "-o", "json"];
  const { code, stdout, stderr } = await inFolders(["python3", join(__dirname, "soak.py"), String(RUNS), ...verifier]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const runs: { exitCode: number; output: string; peak: number }[] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(runs.length).toBe(RUNS);
  expect(runs.filter(({ exitCode, output }) => exitCode !== 0 || JSON.parse(output).verdict !== "proven")).toEqual([]);
  const peak = (some: typeof runs) => median(some.map((one) => one.peak));
  // The memory of two runs of one program differs by a page or two.
  expect(peak(runs.slice(-SOME)) / peak(runs.slice(0, SOME))).toBeLessThan(1.03);
  expect(files()).toEqual(before);
  expect(await leftConnections()).toEqual([]);
}, 600_000);

test(`${TOGETHER} runs together are proven, and leave nothing behind`, async () => {
  const before = files();
  const command = [...verifierCommand(), "-o", "json"];
  const results = await Promise.all(Array.from({ length: TOGETHER }, () => inFolders(command)));
  expect(results.map(({ code, stderr }) => [code, stderr])).toEqual(Array(TOGETHER).fill([0, ""]));
  expect(files()).toEqual(before);
  expect(await leftConnections()).toEqual([]);
}, 120_000);
