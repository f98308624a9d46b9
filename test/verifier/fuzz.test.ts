import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { verifierCommand } from "../../packaging/verifier-command";
import { type Answers, FakeAws, inProcess, type Recording, type Result, record } from "./fake-aws";
import { answers, args, type Case, environment, SECRET, SIGNATURE, TOKEN, tokenFile } from "./generated";
import { INJECTED, pod, TOKEN_FILE } from "./pod";
import { denies, givesCredentials, hasBucket, identifies, lists } from "./says-yes";
import { broken, reportOf } from "./shape";
import { spawned } from "./spawned";

// 20,000 cases through the command line in this process, with its real client over real HTTP (as many processes would
// take half an hour), and some hundred of the same through the packaged verifier.
// FUZZ_RUNS=1000000 makes more of them; FUZZ_SEED=… others, or those of a failure, which names its seed.

const RUNS = Number(process.env.FUZZ_RUNS ?? 20_000);
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_124);
const PROCESSES = Math.round(RUNS / 67);
/** Milliseconds beyond `--timeout`: two cores are shared with other tests. */
const LATE = 1000;

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

/** Milliseconds given to a case: an answer that never comes must not be waited for longer than it has to be. */
function timeout({ answers }: Case): number {
  return Object.values(answers).some(({ way }) => way === "hang") ? 100 : 4000;
}

const flags = (given: Case) => [...given.args, "--timeout", `${timeout(given)}ms`, "-o", "json"];

/** A case as a failure shows it: without the answers that are genuine, and with bodies that can be read. */
function describeCase({ answers: all, ...rest }: Case): string {
  const changed = Object.entries(all).filter(([name, answer]) => answer !== recording.answers[name as keyof Answers]);
  const shown = changed.map(([name, { body, ...answer }]) => [name, { ...answer, body: body.toString("latin1") }]);
  return JSON.stringify({ ...rest, answers: Object.fromEntries(shown) }).slice(0, 6000);
}

/** @throws Error that says what a run has broken */
function judge(given: Case, result: Result): void {
  const problem = broken(result, secrets) ?? falseProof(given, result);
  const late = result.took > timeout(given) + LATE ? `it took ${Math.round(result.took)} ms` : undefined;
  if (problem || late)
    throw new Error(`${problem ?? late}:\n${describeCase(given)}\n${JSON.stringify(result).slice(0, 2000)}`);
}

/** A proof that the answers do not give. */
function falseProof({ answers: all }: Case, result: Result): string | undefined {
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

test(`${Math.round(RUNS * 0.3)} token files: a verdict, and no proof of what is not so`, async () => {
  const codes = await expectKept(tokens(), Math.round(RUNS * 0.3));
  expect([...codes.keys()].sort()).toEqual([0, 1]);
}, 600_000);

test(`${Math.round(RUNS * 0.3)} environments: a verdict, and no proof of what is not so`, async () => {
  const codes = await expectKept(environments(), Math.round(RUNS * 0.3));
  expect([...codes.keys()].sort()).toEqual([0, 1, 2, 3]);
}, 600_000);

test(`${Math.round(RUNS * 0.4)} sets of answers: a verdict, and no proof of what is not so`, async () => {
  const codes = await expectKept(allAnswers(), Math.round(RUNS * 0.4));
  expect([...codes.keys()].sort()).toEqual([0, 1, 3]);
}, 600_000);

test(`${PROCESSES} of each kind in turn through the packaged verifier`, async () => {
  const each = Math.ceil(PROCESSES / 3);
  const cases = [tokens(), environments(), allAnswers()].flatMap((kind) =>
    fc.sample(kind, { numRuns: each, seed: SEED }),
  );
  const folder = mkdtempSync(join(tmpdir(), "fuzz-"));
  try {
    for (const given of cases) {
      // A process's environment and files hold no NUL, and no half of a character.
      const env = Object.fromEntries(Object.entries(given.env).filter(([, value]) => !value.includes("\u0000")));
      const path = join(folder, "token");
      rmSync(path, { force: true });
      if (typeof given.tokenFile === "string") writeFileSync(path, given.tokenFile);
      if (env.AWS_WEB_IDENTITY_TOKEN_FILE === TOKEN_FILE) env.AWS_WEB_IDENTITY_TOKEN_FILE = path;
      fake.answers = given.answers;
      try {
        judge(given, await spawned([...verifierCommand(), ...flags(given)], env));
      } catch (error) {
        throw new Error(`seed ${SEED}: ${(error as Error).message}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 600_000);
