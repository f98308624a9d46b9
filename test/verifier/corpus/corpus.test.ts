import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { verifierCommand } from "../../../packaging/verifier-command";
import { CODES } from "../../../verifier/checks/catalogue";
import { renderText } from "../../../verifier/report/text";
import { expectGolden } from "../golden";
import { expectVerdict } from "./expect-verdict";
import type { Fault } from "./fault";
import { FAULTS } from "./faults";
import { normalised } from "./normalised";
import { type Outcome, run, runFault, severalAtOnce } from "./run";
import { startWorld, type World } from "./world";

// Every fault around the packaged verifier. They run a few at a time before the tests, which look at what each gave.

/** More than the machine has cores, since a fault waits more than it computes. */
const AT_ONCE = 4;

const outcomes = new Map<string, Outcome | Error>();
let world: World;
let startMs = 0;

beforeAll(async () => {
  const root = join(__dirname, "../../..");
  execFileSync(join(root, "node_modules/.bin/tsx"), ["commands/package.ts", "--if-stale"], { cwd: root });
  world = await startWorld();
  // What a process takes to start and to end while others do the same: no part of a run's own time.
  const starts: number[] = [];
  await severalAtOnce(Array.from({ length: 3 * AT_ONCE }), AT_ONCE, async () => {
    starts.push((await run([...verifierCommand(), "--version"], {})).wallMs);
  });
  startMs = Math.max(...starts);
  await severalAtOnce(FAULTS, AT_ONCE, async (fault) => {
    outcomes.set(fault.situation, await runFault(world, fault).catch((error: Error) => error));
  });
}, 180_000);

afterAll(async () => world.stop());

function outcome(situation: string): Outcome {
  const found = outcomes.get(situation) ?? new Error("it was not run");
  if (found instanceof Error) throw found;
  return found;
}

test.each(FAULTS)("$situation", (fault) => expectVerdict(fault, outcome(fault.situation), startMs));

describe("the whole report, as JSON and as text,", () => {
  const golden = (name: string, { situation }: Fault) => {
    const { report } = outcome(situation);
    const timeless = JSON.stringify({ ...report, durationMs: 84 }, null, 2)
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "2026-11-25T12:00:00Z")
      .replace(/-?\d+ minutes left/g, "1440 minutes left")
      .replace(/\d+ s (behind|ahead)/g, "600 s $1");
    const json = normalised(timeless, world.folder);
    expectGolden(`${name}.json`, `${json}\n`);
    expectGolden(`${name}.txt`, renderText(JSON.parse(json), { unicode: true, colour: false }));
  };
  const whole = FAULTS.filter(({ closedOutput, signal, waitMs }) => !closedOutput && !signal && waitMs === undefined);

  test.each(CODES)("on %s", (code) => golden(code, whole.find((fault) => fault.code === code) as Fault));

  test.each([
    ["proven", false],
    ["denied", true],
  ])("on what is %s", (name, denied) => {
    const proven = whole.filter(({ code }) => code === null);
    golden(name, proven.find(({ flags = [] }) => flags.includes("denied") === denied) as Fault);
  });
});

test("there are enough faults, no two of one name, and of every code one", () => {
  expect(FAULTS.length).toBeGreaterThanOrEqual(85);
  expect(new Set(FAULTS.map(({ situation }) => situation)).size).toBe(FAULTS.length);
  expect(CODES.filter((code) => !FAULTS.some((fault) => fault.code === code))).toEqual([]);
});

test("what --wait heals takes no longer than it must, and what cannot heal is not waited for", () => {
  const late = outcome("the token's file comes later: `--wait` does not wait for it").report;
  expect(late?.durationMs).toBeLessThan(1000);
  for (const { situation, waitMs } of FAULTS.filter(({ waitMs, exit }) => waitMs !== undefined && exit === 0)) {
    expect(outcome(situation).report?.durationMs).toBeLessThan(waitMs as number);
  }
});

test("a signal ends a run at once", () => {
  const stopped = FAULTS.filter(({ signal }) => signal !== undefined);
  expect(stopped.length).toBe(2);
  for (const { situation } of stopped) expect(outcome(situation).report?.durationMs).toBeLessThan(2000);
});

test("no token, key or password of the whole run is in any output", () => {
  const all = FAULTS.map(({ situation }) => outcome(situation))
    .map(({ stdout, stderr }) => stdout + stderr)
    .join("\n");
  expect(all.length).toBeGreaterThan(100_000);
  const typed = ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "proxy-password"];
  const signatures = [...world.aws.secrets].flatMap((secret) => /^ey.*\.([\w-]+)$/.exec(secret)?.[1] ?? []);
  expect(signatures.length).toBeGreaterThan(FAULTS.length / 2);
  for (const secret of [...world.aws.secrets, ...signatures, ...typed]) expect(all).not.toContain(secret);
});
