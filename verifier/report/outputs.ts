import { closeSync, constants, existsSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { headline } from "../checks/check";
import { oneLine } from "../pod/printable";
import { decisive, type Report } from "./report";

/** Where Kubernetes takes a container's last words from, shown by `kubectl describe pod`. */
export const TERMINATION_LOG = "/dev/termination-log";

/** Kubernetes' limit on them, in bytes. */
const LONGEST_MESSAGE = 4096;

/** Where Qovery takes the output of a lifecycle job from. */
export const QOVERY_OUTPUT = "/qovery-output";

/** One line of code, cause and fix. Bytes of UTF-8 are counted, since that is what Kubernetes cuts. */
export function terminationMessage(report: Report): string {
  const failure = decisive(report);
  const role = report.role.expected ?? "no role";
  const text = failure
    ? `${headline(failure)}: ${failure.detail ?? ""} | fix: ${failure.fix ?? ""}`
    : `${report.verdict}: ${report.token.subject ?? "no subject"} ${report.expect} ${role}`;
  const line = oneLine(text.replaceAll("\n", " "), LONGEST_MESSAGE);
  return Buffer.from(line)
    .subarray(0, LONGEST_MESSAGE)
    .toString("utf8")
    .replace(/\ufffd+$/, "");
}

/** Writes the termination message where Kubernetes has made the file. A pod's other settings may forbid it: that changes nothing. */
export function writeTerminationLog(report: Report, path: string): void {
  attempt(() => {
    // Without O_CREAT: outside Kubernetes there is no such file, and none is to appear.
    const file = openSync(path, constants.O_WRONLY | constants.O_TRUNC | constants.O_NONBLOCK);
    try {
      writeSync(file, terminationMessage(report));
    } finally {
      closeSync(file);
    }
  });
}

/** The outputs of a Qovery lifecycle job, where its folder is mounted: variables for the environment's other services. */
export function writeQoveryOutput(report: Report, folder: string): void {
  if (!existsSync(folder)) return;
  const value = (text: string | number | null, description: string) => ({
    value: text ?? "",
    sensitive: false,
    description,
  });
  const outputs = {
    IRSA_ROLE_ARN: value(report.role.expected, "ARN of the IAM role that was verified"),
    IRSA_VERDICT: value(report.verdict, "proven, not-proven or undecided"),
    IRSA_DURATION_MS: value(report.durationMs, "how long the verification took, in milliseconds"),
  };
  const file = join(folder, "qovery-output.json");
  const partial = `${file}.partial`;
  attempt(() => {
    try {
      writeFileSync(partial, `${JSON.stringify(outputs, null, 2)}\n`);
      renameSync(partial, file);
    } catch (error) {
      rmSync(partial, { force: true });
      throw error;
    }
  });
}

/** These outputs are a courtesy: a read-only or missing place for them must not change the verdict. */
function attempt(write: () => void): void {
  try {
    write();
  } catch {
    // Nothing to tell it to: standard output carries the report.
  }
}
