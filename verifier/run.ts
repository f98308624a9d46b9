import { parseRoleArn } from "../iam/arn";
import { type Attempt, attempt } from "./attempt";
import type { Aws } from "./aws/calls";
import { probeName } from "./checks/probe";
import { LastingDenial } from "./lasting-denial";
import type { Options } from "./pod/options";
import { oneLine } from "./pod/printable";
import type { PodView } from "./pod/view";
import type { Report } from "./report/report";

export interface RunOptions {
  readonly pod: PodView;
  readonly options: Options;
  readonly version: string;
  /** Aborted when the process is stopped. */
  readonly stop: AbortSignal;
  readonly connect: (region: string, signal: AbortSignal) => Promise<Aws>;
  /** Returns the milliseconds since some moment, by a clock that does not jump. */
  readonly uptime: () => number;
  /** Waits, and ends early when the signal is aborted. Tests replace it. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Returns a number from 0 to 1, for jitter. */
  readonly random: () => number;
}

/** Pauses between tries, in milliseconds, doubled after each try. A change in IAM takes seconds to a minute or two. */
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 8000;

/** Characters of the longest ARN of a role, with its path. */
const LONGEST_ARN = 700;

/** Tries until the verdict is final or the time of `--wait` ends, and returns the report. */
export async function runVerifier(run: RunOptions): Promise<Report> {
  const { pod, options, stop } = run;
  const started = run.uptime();
  const elapsed = () => run.uptime() - started;
  // A denial must last until the end of --wait, so its last try begins there, and has the time of a try.
  const mustLast = options.expect === "denied" && options.waitMs > 0;
  const wholeMs = mustLast ? options.waitMs + options.timeoutMs : Math.max(options.timeoutMs, options.waitMs);
  const whole = AbortSignal.any([stop, AbortSignal.timeout(wholeMs)]);
  const denial = new LastingDenial(options);
  let last: Attempt | undefined;
  let attempts = 0;
  let wait = FIRST_WAIT;
  let isLastTry = !mustLast;
  do {
    attempts++;
    const signal = AbortSignal.any([whole, AbortSignal.timeout(options.timeoutMs)]);
    const timeoutMs = Math.min(options.timeoutMs, wholeMs);
    const found = await attempt({ pod, options, connect: run.connect, signal, timeoutMs });
    denial.add(found, elapsed());
    // A try that the end of the run interrupted reports less than a failed try before it. But it ends a denial, which the
    // last try must confirm.
    if (!last || last.denied || !(whole.aborted && found.missedDeadline)) last = found;
    if (mustLast ? isLastTry || !(last.retryable || last.denied) : !last.retryable) break;
    // Half to all of the pause, so that pods that started together do not call together again.
    const pause = wait * (0.5 + run.random() / 2);
    const left = Math.max(0, options.waitMs - elapsed());
    if (mustLast) isLastTry = pause >= left;
    else if (pause > left) break;
    await run.sleep(Math.min(pause, left), whole);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  } while (!whole.aborted);
  const isComplete = isLastTry && !whole.aborted;
  return report(run, denial.judge(last, isComplete), attempts, Math.round(elapsed()));
}

function report({ options, version, stop }: RunOptions, last: Attempt, attempts: number, durationMs: number): Report {
  const roleArn = options.roleArn ?? last.roleArn;
  const warned = options.strict && last.checks.some((check) => check.result === "warn");
  // A run that was stopped is undecided, whatever its last try found.
  const exitCode = stop.aborted ? 3 : last.exitCode === 0 && warned ? 1 : last.exitCode;
  return {
    schemaVersion: 1,
    version,
    verdict: exitCode === 0 ? "proven" : exitCode === 3 ? "undecided" : "not-proven",
    expect: options.expect,
    exitCode,
    role: {
      // A value that is not an ARN can be a secret.
      expected: roleArn === undefined || !parseRoleArn(roleArn) ? null : oneLine(roleArn, LONGEST_ARN),
      assumed: last.assumed ?? null,
      account: parseRoleArn(roleArn ?? "")?.accountId ?? null,
    },
    token: last.token,
    probe: { name: probeName(options.probe), result: last.probeResult ?? null },
    checks: last.checks,
    attempts,
    durationMs,
  };
}
