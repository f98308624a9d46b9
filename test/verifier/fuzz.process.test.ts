import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { verifierCommand } from "../../packaging/verifier-command";
import { FULL } from "../test-if";
import { type Answers, FakeAws, inProcess, type Recording, record } from "./fake-aws";
import { answers, args, type Case, environment, SECRET, SIGNATURE, TOKEN, tokenFile } from "./generated";
import { INJECTED, pod, TOKEN_FILE } from "./pod";
import { type Ended, run } from "./process";
import { denies, givesCredentials, hasBucket, identifies, lists } from "./says-yes";
import { broken, reportOf } from "./shape";

// Generated cases run in this process over real HTTP, and a sample of the cases in the packaged verifier.
// FUZZ_RUNS sets the number of cases. FUZZ_SEED repeats a failure, which names its seed.

const RUNS = Number(process.env.FUZZ_RUNS ?? (FULL ? 20_000 : 1_000));
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_124);
const PROCESSES = Math.round(RUNS / 67);

let fake: FakeAws;
let recording: Recording;
let secrets: string[];

beforeAll(async () => {
  recording = await record();
  fake = await FakeAws.start();
  const keys = /<(?:AccessKeyId|SecretAccessKey|SessionToken)>([^<]+)/g;
  const given = [...recording.answers.assume.body.toString().matchAll(keys)].map(([, key]) => key as string);
  expect(given).toHaveLength(3);
  secrets = [...given, TOKEN, SIGNATURE, SECRET];
}, 60_000);
afterAll(() => fake.stop());

/** Milliseconds for a case: short if one of the answers never comes. */
function timeout({ answers }: Case): number {
  return Object.values(answers).some(({ way }) => way === "hang") ? 100 : 4000;
}

const flags = (given: Case) => [...given.args, "--timeout", `${timeout(given)}ms`, "-o", "json"];

/** A case as a failure shows it: without the genuine answers, and with readable bodies. */
function describeCase({ answers: all, ...rest }: Case): string {
  const changed = Object.entries(all).filter(([name, answer]) => answer !== recording.answers[name as keyof Answers]);
  const shown = changed.map(([name, { body, ...answer }]) => [name, { ...answer, body: body.toString("latin1") }]);
  return JSON.stringify({ ...rest, answers: Object.fromEntries(shown) }).slice(0, 6000);
}

/** @throws Error if a run broke the contract */
function judge(given: Case, result: Ended): void {
  const problem = broken(result, secrets) ?? falseProof(given, result);
  if (problem) throw new Error(`${problem}:\n${describeCase(given)}\n${JSON.stringify(result).slice(0, 2000)}`);
}

/** Returns what is wrong with a proof that the answers do not justify. */
function falseProof({ answers: all }: Case, result: Ended): string | undefined {
  const report = result.code === 0 ? reportOf(result) : undefined;
  if (!report) return undefined;
  const { probe, role } = report as typeof report & { probe: { name: string } };
  if (report.expect === "denied") return denies(all.assume) ? undefined : "a false proof of denial";
  if (!/^arn:aws:iam::123456789012:role\/(?:team\/)?my-s3-role$/.test(role.expected ?? "")) return "another role";
  const probed = probe.name === "none" || (probe.name === "s3:list-buckets" ? lists(all.list) : hasBucket(all.head));
  return givesCredentials(all.assume) && identifies(all.identity) && probed ? undefined : "a false proof";
}

const readable = (given: Case): Case => Object.assign(given, { [fc.toStringMethod]: () => describeCase(given) });

async function expectKept(cases: fc.Arbitrary<Case>, numRuns: number): Promise<Map<number, number>> {
  const codes = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(cases.map(readable), async (given) => {
      fake.answers = given.answers;
      const result = await inProcess(pod(given.env, { [TOKEN_FILE]: given.tokenFile }), flags(given));
      codes.set(result.code, (codes.get(result.code) ?? 0) + 1);
      judge(given, result);
    }),
    { numRuns, seed: SEED },
  );
  return codes;
}

const genuine = (): Answers => recording.answers;
const tokens = () =>
  fc.record<Case>({
    env: fc.constant({ ...INJECTED, AWS_ENDPOINT_URL: fake.endpoint }),
    tokenFile,
    answers: fc.constant(genuine()),
    args,
  });
const environments = () =>
  fc.record<Case>({
    env: environment(fake.endpoint),
    tokenFile: fc.constant(TOKEN),
    answers: fc.constant(genuine()),
    args,
  });
const allAnswers = () =>
  fc.record<Case>({
    env: fc.constant({ ...INJECTED, AWS_ENDPOINT_URL: fake.endpoint }),
    tokenFile: fc.constant(TOKEN),
    answers: answers(recording),
    args,
  });

test(`${Math.round(RUNS * 0.3)} token files lead to a verdict and to no false proof`, async () => {
  const codes = await expectKept(tokens(), Math.round(RUNS * 0.3));
  expect([...codes.keys()].sort()).toEqual([0, 1]);
}, 600_000);

test(`${Math.round(RUNS * 0.3)} environments lead to a verdict and to no false proof`, async () => {
  const codes = await expectKept(environments(), Math.round(RUNS * 0.3));
  expect([...codes.keys()].sort()).toEqual([0, 1, 2, 3]);
}, 600_000);

test(`${Math.round(RUNS * 0.4)} sets of answers lead to a verdict and to no false proof`, async () => {
  const codes = await expectKept(allAnswers(), Math.round(RUNS * 0.4));
  expect([...codes.keys()].sort()).toEqual([0, 1, 3]);
}, 600_000);

test(`${PROCESSES} of the cases lead to a verdict and to no false proof in the packaged verifier`, async () => {
  const each = Math.ceil(PROCESSES / 3);
  const cases = [tokens(), environments(), allAnswers()].flatMap((kind) =>
    fc.sample(kind, { numRuns: each, seed: SEED }),
  );
  const folder = mkdtempSync(join(tmpdir(), "fuzz-"));
  try {
    for (const given of cases) {
      // The environment of a process cannot hold NUL.
      const env = Object.fromEntries(Object.entries(given.env).filter(([, value]) => !value.includes("\u0000")));
      const path = join(folder, "token");
      rmSync(path, { force: true });
      if (typeof given.tokenFile === "string") writeFileSync(path, given.tokenFile);
      if (env.AWS_WEB_IDENTITY_TOKEN_FILE === TOKEN_FILE) env.AWS_WEB_IDENTITY_TOKEN_FILE = path;
      fake.answers = given.answers;
      try {
        judge(given, await run([...verifierCommand(), ...flags(given)], { env }));
      } catch (error) {
        throw new Error(`seed ${SEED}: ${(error as Error).message}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 600_000);
