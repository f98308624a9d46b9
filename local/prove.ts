import { runPod, type SimulatedPod } from "./simulated-pod";

/** The part of the verifier's JSON report that a proof reads. */
interface Report {
  readonly verdict: string;
  readonly expect: string;
  readonly probe: { readonly name: string; readonly result: string | null };
  readonly checks: readonly {
    code: string;
    result: string;
    title: string;
    detail?: string | null;
    fix?: string | null;
  }[];
}

/** A pod, and what the verifier must find in the pod. */
export interface Proof {
  readonly title: string;
  readonly pod: SimulatedPod;
  readonly flags: readonly string[];
  /** The code of the first failure that must be found. @default - none: the verdict must be `proven` */
  readonly code?: string;
}

/** A proof with a result that was not expected. */
export class ProofFailed extends Error {}

/**
 * Runs the verifier in a proof's pod.
 * @param verifier the command of the packaged verifier
 * @returns one line with the result; for an expected failure also the fix
 * @throws ProofFailed
 */
export async function prove(proof: Proof, verifier: readonly string[], signal?: AbortSignal): Promise<string> {
  const { stdout, stderr, exitCode } = await runPod(proof.pod, [...verifier, ...proof.flags, "-o", "json"], signal);
  let report: Report;
  try {
    report = JSON.parse(stdout);
  } catch {
    throw new ProofFailed(`${proof.title}: the verifier ended with ${exitCode} and no report\n${stderr}`);
  }
  const failure = report.checks.find((check) => check.result === "fail");
  if (failure?.code !== proof.code || (proof.code === undefined) !== (exitCode === 0)) {
    const found = failure ? `${failure.code} ${failure.title}: ${failure.detail ?? ""}` : report.verdict;
    throw new ProofFailed(`${proof.title}: expected ${proof.code ?? "proven"}, found ${found}`);
  }
  if (!failure) return `${proof.title}: ${report.verdict}${probed(report)}`;
  // The title of a check is true if the check passes.
  return `found ${failure.code}: ${failure.detail ?? `expected that ${failure.title}`}\nfix: ${failure.fix ?? ""}`;
}

function probed({ expect, probe }: Report): string {
  if (expect === "denied") return "";
  return probe.name === "none" ? " (STS gives its credentials; no probe)" : ` (${probe.name}: ${probe.result})`;
}
