import { join } from "node:path";
import { runProgram } from "../local/child-process";

const PYTHON = join(__dirname, "..", ".local", "python", "bin", "python3");

/** A command to measure. */
export interface Candidate {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** The expected exit code. @default 0 */
  readonly exitCode?: number;
  /** Runs before each measured run. */
  readonly before?: () => void;
}

export interface Measurement {
  readonly exitCode: number;
  /** Seconds. */
  readonly wall: number;
  /** Seconds of user and system time. */
  readonly cpu: number;
  /** Bytes of the largest resident set. */
  readonly peak: number;
}

/** Measures one run of the whole process. @throws Error if its exit code is not the expected one */
export async function measure({ name, command, env, exitCode: expected = 0, before }: Candidate): Promise<Measurement> {
  before?.();
  // Asynchronous, because the embedded AWS answers from this process.
  const { exitCode, stdout, stderr } = await runProgram([PYTHON, join(__dirname, "measure.py"), ...command], { env });
  if (exitCode !== 0) throw new Error(`${name} does not start: ${stderr}`);
  const measured = JSON.parse(stdout) as Measurement;
  if (measured.exitCode !== expected) throw new Error(`${name} exited with ${measured.exitCode}: ${command.join(" ")}`);
  return measured;
}

/**
 * Runs the candidates in turn, because the speed of a machine changes; every other round in reverse order, because the
 * processor's caches are cold after a large program.
 * @returns the runs of each candidate, in the order of the rounds
 */
export async function inTurn(candidates: readonly Candidate[], rounds: number): Promise<Measurement[][]> {
  for (const candidate of candidates) await measure(candidate);
  const runs = candidates.map((): Measurement[] => []);
  const order = [...candidates.entries()];
  for (let round = 0; round < rounds; round++) {
    for (const [index, candidate] of round % 2 === 0 ? order : order.toReversed()) {
      runs[index]?.push(await measure(candidate));
    }
  }
  return runs;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = sorted.length / 2;
  const median = Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
  return { median, min: at(0), max: at(sorted.length - 1) };
}

/** Returns the spread of the ratios of two candidates, round by round. */
export function ratios(
  runs: readonly Measurement[],
  reference: readonly Measurement[],
  figure: "wall" | "cpu" | "peak",
): Spread {
  return spread(runs.map((run, round) => run[figure] / (reference[round]?.[figure] ?? Number.NaN)));
}
