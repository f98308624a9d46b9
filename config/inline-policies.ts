import { dirname, isAbsolute, join, resolve } from "node:path";
import { policyNameProblem } from "../iam/names";
import type { Partition } from "../iam/partition";
import { policyProblems, policySize } from "../iam/policy-lint";
import { members, type PolicyDocument } from "../iam/policy-types";
import { INLINE_POLICIES_SIZE } from "../iam/quotas";
import { policyKey } from "./derive";
import { entries, type RoleDraft } from "./draft";
import { error, type Finding, type Path, type Problem, warning } from "./problems";
import type { ReadFile } from "./read-file";
import { readSource, Source } from "./source";

interface Checked<T> {
  /** Undefined if one of the problems is an error. */
  readonly document: PolicyDocument | undefined;
  readonly problems: readonly T[];
}

/** Reads and checks the inline policies of all roles. Roles can share a file; its problems are reported once. */
export class InlinePolicies {
  /** Documents without errors, by `policyKey`. */
  readonly documents = new Map<string, PolicyDocument>();
  /** Problems in policy files. */
  readonly problems: Problem[] = [];
  private readonly files = new Map<string, Checked<Problem>>();

  constructor(private readonly read: ReadFile) {}

  /** Returns the findings in the cluster's own file. */
  check(
    cluster: string,
    source: Source,
    partition: Partition | undefined,
    roleName: string,
    role: RoleDraft,
  ): Finding[] {
    const path = ["roles", roleName, "inlinePolicies"];
    const findings: Finding[] = [];
    let size = 0;
    for (const [name, policy] of entries(role.inlinePolicies)) {
      const at = [...path, name];
      const found = policyNameProblem(name);
      if (found) findings.push(error(at, `"${name}" ${found.problem}`, found.fix, "key"));
      const document = this.document(source, partition, at, policy, findings);
      if (document === undefined) continue;
      this.documents.set(policyKey(cluster, roleName, name), document);
      size += policySize(document);
    }
    if (size > INLINE_POLICIES_SIZE) {
      const message = `the inline policies of the role have ${size} characters without white space; IAM accepts ${INLINE_POLICIES_SIZE}`;
      findings.push(error(path, message, "remove statements, or use managed policies", "key"));
    }
    return findings;
  }

  private document(
    source: Source,
    partition: Partition | undefined,
    path: Path,
    policy: object,
    findings: Finding[],
  ): PolicyDocument | undefined {
    if (!("file" in policy)) {
      const { document, problems } = checkDocument(policy, partition);
      findings.push(...problems.map((finding) => ({ ...finding, path: [...path, ...finding.path] })));
      return document;
    }
    for (const key of Object.keys(policy).filter((candidate) => candidate !== "file")) {
      findings.push(error([...path, key], "is not valid together with file", "keep the file or the policy", "key"));
    }
    if (typeof policy.file !== "string" || policy.file === "") {
      const fix = "use the path of a JSON file, relative to this file";
      findings.push(error([...path, "file"], "is not the path of a file", fix));
      return undefined;
    }
    return this.fromFile(source, partition, path, policy.file, findings);
  }

  private fromFile(
    source: Source,
    partition: Partition | undefined,
    path: Path,
    file: string,
    findings: Finding[],
  ): PolicyDocument | undefined {
    const from = resolve(dirname(source.path), file);
    const shown = isAbsolute(file) ? file : join(dirname(source.file), file);
    const key = `${from} ${partition}`;
    const known = this.files.get(key);
    const policyFile = known ?? this.readPolicyFile(from, shown, partition);
    this.files.set(key, policyFile);
    if (policyFile.problems[0]?.message === "the file does not exist") {
      findings.push(error([...path, "file"], `${shown} does not exist`, "create the file, or correct the path"));
    } else if (!known) {
      const place = ` (policy ${path.join(".")} of ${source.file})`;
      this.problems.push(...policyFile.problems.map((problem) => ({ ...problem, message: problem.message + place })));
    }
    return policyFile.document;
  }

  private readPolicyFile(path: string, shown: string, partition: Partition | undefined): Checked<Problem> {
    // JSON is YAML: the same parser gives positions.
    const source = readSource(path, shown, this.read, "JSON");
    if (!(source instanceof Source)) return { document: undefined, problems: source };
    const { document, problems } = checkDocument(source.data, partition);
    return { document, problems: [...source.problems, ...source.locate(problems)] };
  }
}

function checkDocument(data: unknown, partition: Partition | undefined): Checked<Finding> {
  const findings = policyProblems(data, partition).map(({ path, problem, fix, severity }) =>
    (severity === "error" ? error : warning)(path, problem, fix),
  );
  if (findings.some(({ severity }) => severity === "error")) return { document: undefined, problems: findings };
  // Data without errors has the form of a policy.
  const document = data as PolicyDocument;
  return { document, problems: [...findings, ...fullAccessProblems(document)] };
}

function fullAccessProblems({ Statement }: PolicyDocument): Finding[] {
  return [...members(Statement).entries()].flatMap(([index, { Effect, Action, Resource }]) => {
    const everything = [Action, Resource].every((element) =>
      members(element).some((member) => member === "*" || member === "*:*"),
    );
    if (Effect !== "Allow" || !everything) return [];
    const path = Array.isArray(Statement) ? ["Statement", index] : ["Statement"];
    const fix = "allow only the actions and resources that the service needs";
    return [warning(path, "allows every action on every resource", fix)];
  });
}
