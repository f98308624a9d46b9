import type { Partition } from "../iam/partition";
import { policyProblems } from "../iam/policy-lint";
import type { PolicyDocument, PolicyProblem } from "../iam/policy-types";
import { IAM_DATA } from "./iam-data";
import { error, type Finding, type Path, warning } from "./problems";

export interface CheckedDocument {
  /** Undefined if one of the findings is an error. */
  readonly document: PolicyDocument | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Checks the data of a policy.
 * @param written returns a scalar as the file writes it
 */
export function checkDocument(
  data: unknown,
  written: (path: Path) => string | undefined,
  partition: Partition | undefined,
): CheckedDocument {
  const findings = [...policyFindings(policyProblems(data, IAM_DATA, partition)), ...numberProblems(data, written, [])];
  if (findings.some(({ severity }) => severity === "error")) return { document: undefined, findings };
  // Data without errors has the form of a policy.
  return { document: data as PolicyDocument, findings };
}

/** Returns the problems that a rule of IAM found as findings. */
export function policyFindings(problems: readonly PolicyProblem[]): Finding[] {
  return problems.map(({ path, problem, fix, severity }) =>
    (severity === "error" ? error : warning)(path, problem, fix),
  );
}

/** Rejects numbers that YAML reads as another text, such as 012345678901, 1.20 or .inf: IAM compares text. */
export function numberProblems(data: unknown, written: (path: Path) => string | undefined, path: Path): Finding[] {
  if (typeof data === "number") {
    const text = written(path);
    if (text === undefined || text === JSON.stringify(data)) return [];
    return [error(path, `${text} is the number ${data} in YAML`, `quote it: "${text}"`)];
  }
  if (typeof data !== "object" || data === null) return [];
  return Object.entries(data).flatMap(([key, value]) =>
    numberProblems(value, written, [...path, Array.isArray(data) ? Number(key) : key]),
  );
}
