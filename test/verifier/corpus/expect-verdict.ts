import type { Fault } from "./fault";
import type { Outcome } from "./run";

/** What the verifier may be late by, of its own clock. Milliseconds. */
const GRACE = 250;

/**
 * Holds a run to what its fault says.
 * @param startMs what a process may take to start and to end here, in milliseconds: no part of the run's own time
 */
export function expectVerdict(fault: Fault, outcome: Outcome, startMs: number): void {
  const { exitCode, stderr, report, wallMs, limitMs } = outcome;
  expect({ exitCode, stderr }).toEqual({ exitCode: fault.exit, stderr: "" });
  expect(wallMs).toBeLessThanOrEqual(limitMs + GRACE + startMs);
  if (fault.closedOutput) {
    expect(report).toBeUndefined();
    return;
  }
  expect(report).toMatchObject({
    verdict: { 0: "proven", 1: "not-proven", 3: "undecided" }[fault.exit],
    exitCode: fault.exit,
    expect: fault.flags?.includes("denied") ? "denied" : "allowed",
  });
  expect(report?.durationMs).toBeLessThanOrEqual(limitMs + GRACE);
  if (fault.attempts === undefined) expect(report?.attempts).toBe(1);
  else expect(report?.attempts).toBeGreaterThanOrEqual(fault.attempts);

  const failed = report?.checks.find(({ result }) => result === "fail");
  const seen = failed ?? report?.checks.find(({ code, result }) => code === fault.code && result === "warn");
  expect(seen?.code ?? null).toBe(fault.code);
  if (fault.code === null) return;
  expect(seen?.fix).toBe(fault.fix);
  // An empty text is part of every other.
  expect(fault.says).toMatch(/./);
  expect(seen?.detail).toContain(fault.says);
}
