import type { Attempt } from "./attempt";
import { type Denials, interrupted, lasting, notLasting } from "./checks/isolation";
import { type Check, exitOf } from "./checks/result";
import type { Options } from "./pod/options";

/** The denials that a run with `--wait` must see: the answer to a single try can change a moment later. */
const ENOUGH = 2;

/** Decides whether the denials of a run with `--expect denied` prove isolation. */
export class LastingDenial {
  private tries = 0;
  private readonly deniedAt: number[] = [];
  private failed: Attempt | undefined;

  constructor(private readonly options: Options) {}

  /** @param at when the try ended, in milliseconds of a clock that does not jump */
  add(found: Attempt, at: number): void {
    this.tries++;
    if (found.denied) this.deniedAt.push(at);
    else this.failed = found;
  }

  /**
   * Returns the result of the run.
   * @param isComplete whether the last try began at the end of `--wait`
   */
  judge(last: Attempt, isComplete: boolean): Attempt {
    const denials = this.denials();
    if (denials.count === 0) return last;
    if (!last.denied) return withDetail(last, notLasting(denials, false));
    if (!isComplete) {
      const checks = last.checks.map((check) => (check.code === "QV320" ? interrupted(denials) : check));
      return { ...last, checks, denied: false, exitCode: exitOf("QV507") };
    }
    if (this.failed && denials.count < ENOUGH) return withDetail(this.failed, notLasting(denials, true));
    return withDetail(last, lasting(denials, this.options));
  }

  private denials(): Denials {
    const { deniedAt, tries } = this;
    return { count: deniedAt.length, tries, duringMs: (deniedAt.at(-1) ?? 0) - (deniedAt[0] ?? 0) };
  }
}

/** Adds a sentence to the detail of the check of the denial. */
function withDetail(attempt: Attempt, sentence: string): Attempt {
  const add = (check: Check) =>
    /^QV32[01]$/.test(check.code) ? { ...check, detail: `${check.detail}\n${sentence}` } : check;
  return { ...attempt, checks: attempt.checks.map(add) };
}
