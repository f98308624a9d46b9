import type { Fault } from "../../local/faults/fault";
import { FAULTS } from "../../local/faults/faults";
import { inSituations, startWorld, type World } from "../../local/faults/world";
import { CODES } from "../../verifier/checks/catalogue";
import { renderText } from "../../verifier/report/text";
import { FULL } from "../test-if";
import { expectGolden } from "./golden";
import type { Ended } from "./process";
import { expectVerdict, reportOf, verify } from "./verdict";

// The packaged verifier in each fault of the corpus; by default in the first fault of each code and in the core.

const firstOfItsCode = ({ code, situation }: Fault) =>
  FAULTS.find((fault) => fault.code === code)?.situation === situation;
const STAGED = FULL ? FAULTS : FAULTS.filter((fault) => fault.core || firstOfItsCode(fault));

let world: World;
let outcomes: ReadonlyMap<string, Ended | Error>;

beforeAll(async () => {
  world = await startWorld();
  outcomes = await inSituations(world, STAGED, { atOnce: 4, recovers: true }, verify);
}, 180_000);
afterAll(() => world.stop());

const title = ({ code, exit, situation }: Fault) => `${code ?? "proven"}, exit ${exit}: ${situation}`;

test.each(STAGED.map((fault) => [title(fault), fault] as const))("%s", (_, fault) => {
  expectVerdict(fault, outcomes.get(fault.situation));
});

test("every code has a fault, and no two faults have one name", () => {
  expect(new Set(FAULTS.map(({ situation }) => situation)).size).toBe(FAULTS.length);
  expect(CODES.filter((code) => !FAULTS.some((fault) => fault.code === code))).toEqual([]);
});

test("no token, key or password of the run is in any output", () => {
  const all = [...outcomes.values()].map((ended) => JSON.stringify(ended)).join("\n");
  const typed = ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "proxy-password"];
  const signatures = [...world.aws.secrets].flatMap((secret) => /^ey.*\.([\w-]+)$/.exec(secret)?.[1] ?? []);
  expect(signatures.length).toBeGreaterThan(STAGED.length / 2);
  for (const secret of [...world.aws.secrets, ...signatures, ...typed]) expect(all.includes(secret)).toBe(false);
});

describe("the whole report", () => {
  const DENIED = "a neighbour's service account is denied, as `--expect denied` expects";
  const PROVEN = "`NODE_OPTIONS` and `NODE_ENV` are set for the application";
  const PROXY = "no process listens at the proxy";

  /** A report without values that differ between runs. */
  const report = (name: string) => {
    const situation =
      { proven: PROVEN, denied: DENIED, "QV502-proxy": PROXY }[name] ??
      FAULTS.find(({ code }) => code === name)?.situation;
    const ended = outcomes.get(situation ?? "");
    if (!ended || ended instanceof Error) throw ended ?? new Error(`${name} was not staged`);
    return JSON.stringify({ ...reportOf(ended), durationMs: 84 }, null, 2)
      .replaceAll(new RegExp(`${world.folder}/(fault-\\w+|certificates)`, "g"), "PATH")
      .replace(/127\.0\.0\.1:(?!1\b)\d+/g, "127.0.0.1:PORT")
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "2026-11-25T12:00:00Z")
      .replace(/-\d{10,}\b/g, "-1764072000")
      .replace(/ \d{19}\b/g, " 1764072000000000000")
      .replace(/-?\d+ minutes left/g, "1440 minutes left");
  };

  test.each(["proven", "denied", "QV301"])("of %s is the golden JSON", (name) => {
    expectGolden(`${name}.json`, `${report(name)}\n`);
  });

  test.each(["proven", "denied", "QV101", "QV120", "QV301", "QV320", "QV321", "QV402", "QV502-proxy", "QV503"])(
    "of %s is the golden text",
    (name) => expectGolden(`${name}.txt`, renderText(JSON.parse(report(name)), { unicode: true, colour: false })),
  );
});
