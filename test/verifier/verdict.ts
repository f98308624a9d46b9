import type { Fault } from "../../local/faults/fault";
import type { Situation } from "../../local/faults/world";
import { verifierCommand } from "../../packaging/verifier-command";
import type { Report } from "../../verifier/report/report";
import { type Ended, run } from "./process";

/** The flags with which the verifier runs in a situation. */
export function flagsOf({ flags = [], timeoutMs = 10_000, waitMs }: Fault): readonly string[] {
  const wait = waitMs === undefined ? [] : ["--wait", `${waitMs}ms`];
  return [...flags, "--timeout", `${timeoutMs}ms`, ...wait, "-o", "json"];
}

/** Runs the packaged verifier in a situation. */
export function verify({ env, called }: Situation, fault: Fault): Promise<Ended> {
  const verifier = [...verifierCommand(), ...flagsOf(fault)];
  const command = fault.closedOutput ? ["bash", "--norc", "-c", 'exec "$0" "$@" >&-', ...verifier] : verifier;
  return run(command, { env, signals: fault.signal ? [fault.signal] : [], when: called });
}

/** Returns the report of a run with `-o json`. The error of a test shows the output if it is not a report. */
export function reportOf({ code, stdout, stderr }: Ended): Report {
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`exit ${code}, and no report:\n${stdout}\n${stderr}`);
  }
}

/** Returns standard error without the warning that Node prints, or not, about NODE_EXTRA_CA_CERTS. */
export function withoutNodeWarning(stderr: string): string {
  return stderr.replace(/^Warning: Ignoring extra certs from .*\n/m, "");
}

export function expectVerdict(fault: Fault, ended: Ended | Error | undefined): void {
  if (!ended || ended instanceof Error) throw ended ?? new Error("the fault was not staged");
  const { code, stdout, stderr } = ended;
  expect({ code, stderr: withoutNodeWarning(stderr), stdout: code === fault.exit ? "" : stdout }).toEqual({
    code: fault.exit,
    stderr: "",
    stdout: "",
  });
  for (const value of fault.hides ?? []) expect(stdout + stderr).not.toContain(value);
  if (fault.closedOutput) {
    expect(stdout).toBe("");
    return;
  }
  const report = reportOf(ended);
  expect(report).toMatchObject({
    verdict: { 0: "proven", 1: "not-proven", 3: "undecided" }[fault.exit],
    exitCode: fault.exit,
    expect: fault.flags?.includes("denied") ? "denied" : "allowed",
  });
  if (fault.attempts === undefined) expect(report.attempts).toBe(1);
  else expect(report.attempts).toBeGreaterThanOrEqual(fault.attempts);

  const failed = report.checks.find(({ result }) => result === "fail");
  const seen = failed ?? report.checks.find(({ code, result }) => code === fault.code && result === "warn");
  expect(seen?.code ?? null).toBe(fault.code);
  if (!seen) return;
  expect(seen.fix).toMatch(/\S/);
  const text = `${seen.detail} ${seen.fix}`.toLowerCase();
  for (const value of [fault.shows ?? []].flat()) expect(text).toContain(value.toLowerCase());
}
