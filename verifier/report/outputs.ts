import { closeSync, constants, existsSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { headline } from "../checks/result";
import { oneLine } from "../pod/printable";
import { decisive, type Report } from "./report";

/** The file of the termination message, which `kubectl describe pod` shows. */
export const TERMINATION_LOG = "/dev/termination-log";

/** The limit of Kubernetes, in bytes. */
const LONGEST_MESSAGE = 4096;

/** The folder from which Qovery reads the output of a lifecycle job. */
export const QOVERY_OUTPUT = "/qovery-output";

/** Returns one line with code, cause and fix. The limit counts bytes of UTF-8. */
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

/** Writes the termination message if Kubernetes created the file. An error changes nothing. */
export function writeTerminationLog(report: Report, path: string): void {
  attempt(() => {
    // Without O_CREAT: outside Kubernetes the file does not exist, and the verifier must not create it.
    const file = openSync(path, constants.O_WRONLY | constants.O_TRUNC | constants.O_NONBLOCK);
    try {
      writeSync(file, terminationMessage(report));
    } finally {
      closeSync(file);
    }
  });
}

/** Writes the outputs of a Qovery lifecycle job if their folder is mounted. Other services of the environment get them as variables. */
export function writeQoveryOutput(report: Report, folder: string): void {
  if (!existsSync(folder)) return;
  const value = (text: string | number | null, description: string) => ({
    value: text ?? "",
    sensitive: false,
    description,
  });
  const outputs = {
    IRSA_ROLE_ARN: value(report.role.expected, "ARN of the verified IAM role"),
    IRSA_VERDICT: value(report.verdict, "proven, not-proven or undecided"),
    IRSA_DURATION_MS: value(report.durationMs, "duration of the verification, in milliseconds"),
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

/** Ignores errors: a missing or read-only folder must not change the verdict. */
function attempt(write: () => void): void {
  try {
    write();
  } catch {
    // Standard output has the report.
  }
}
