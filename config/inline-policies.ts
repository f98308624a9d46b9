import { dirname, isAbsolute, join, resolve } from "node:path";
import { policyNameProblem } from "../iam/names";
import type { Partition } from "../iam/partition";
import type { PolicyDocument } from "../iam/policy-types";
import { entries, type RoleDraft } from "./draft";
import { type Files, isInside } from "./files";
import { checkDocument } from "./policy-document";
import { error, type Finding, type Path, type Problem } from "./problems";
import type { InlinePolicy } from "./project";
import { quote } from "./quote";
import { readSource, Source } from "./source";

interface PolicyFile {
  readonly document: PolicyDocument | undefined;
  readonly problems: readonly Problem[];
}

/** Reads and checks inline policies. Roles and policy sets can share a file; its problems are reported once. */
export class InlinePolicies {
  /** Problems in policy files. */
  readonly problems: Problem[] = [];
  /** The paths of the policy files. */
  readonly paths = new Set<string>();
  private readonly reported = new Set<string>();
  private readonly read = new Map<string, PolicyFile>();

  /** @param folder the folder of the configuration, which contains every policy file */
  constructor(
    private readonly files: Files,
    private readonly folder: string,
  ) {}

  /**
   * Returns the findings in the file of a role or policy set, and the policies without errors.
   * @param owner the path of the role or policy set
   */
  check(
    source: Source,
    partition: Partition | undefined,
    owner: Path,
    policies: RoleDraft["inlinePolicies"],
  ): { readonly findings: readonly Finding[]; readonly policies: readonly InlinePolicy[] } {
    const findings: Finding[] = [];
    const valid: InlinePolicy[] = [];
    for (const [name, policy] of entries(policies)) {
      const at = [...owner, "inlinePolicies", name];
      const found = policyNameProblem(name);
      if (found) findings.push(error(at, `${quote(name)} ${found.problem}`, found.fix, "key"));
      const document =
        "file" in policy
          ? this.fromFile(source, partition, at, policy, findings)
          : fromData(source, partition, at, policy, findings);
      if (document !== undefined) valid.push({ name, document });
    }
    return { findings, policies: valid };
  }

  private fromFile(
    source: Source,
    partition: Partition | undefined,
    path: Path,
    policy: Readonly<Record<string, unknown>>,
    findings: Finding[],
  ): PolicyDocument | undefined {
    for (const key of Object.keys(policy).filter((candidate) => candidate !== "file")) {
      findings.push(error([...path, key], "is not valid together with file", "keep the file or the policy", "key"));
    }
    const { file } = policy;
    const at = [...path, "file"];
    if (typeof file !== "string" || file === "") {
      findings.push(error(at, "is not the path of a file", "use the path of a JSON file, relative to this file"));
      return undefined;
    }
    const from = resolve(dirname(source.path), file);
    if (!isInside(this.files, this.folder, from)) {
      const fix = "move the file into the folder of irsa.yaml, and use its path relative to this file";
      findings.push(error(at, `${quote(file)} is outside of the folder of irsa.yaml`, fix));
      return undefined;
    }
    this.paths.add(from);
    const shown = isAbsolute(file) ? file : join(dirname(source.file), file);
    const key = `${from} ${partition}`;
    const known = this.read.get(key);
    const policyFile = known ?? this.readFile(from, shown, partition);
    this.read.set(key, policyFile);
    if (policyFile.problems[0]?.message === "the file does not exist") {
      findings.push(error(at, `${shown} does not exist`, "create the file, or correct the path"));
    } else if (!known) {
      const place = ` (policy ${path.join(".")} of ${source.file})`;
      for (const problem of policyFile.problems) this.report({ ...problem, message: problem.message + place });
    }
    return policyFile.document;
  }

  /** Adds a problem, unless the file has the problem in another partition too. */
  private report(problem: Problem): void {
    const { file, line, column, message } = problem;
    const key = JSON.stringify([file, line, column, message]);
    if (!this.reported.has(key)) this.problems.push(problem);
    this.reported.add(key);
  }

  private readFile(path: string, shown: string, partition: Partition | undefined): PolicyFile {
    // JSON is YAML: the same parser gives positions.
    const source = readSource(path, shown, this.files.read, false);
    if (!(source instanceof Source)) return { document: undefined, problems: source };
    if (!isPolicy(source.data)) {
      const fix = 'use a JSON file with an object that has "Version" and "Statement"';
      return { document: undefined, problems: source.locate([error([], "this is not a policy document", fix)]) };
    }
    const { document, findings } = checkDocument(source.data, source.text, partition);
    return { document, problems: [...source.problems, ...source.locate(findings)] };
  }
}

/** Whether data is a policy, with or without mistakes. Messages do not quote other files. */
function isPolicy(data: unknown): boolean {
  return typeof data === "object" && data !== null && "Statement" in data;
}

function fromData(
  source: Source,
  partition: Partition | undefined,
  path: Path,
  policy: object,
  findings: Finding[],
): PolicyDocument | undefined {
  const checked = checkDocument(policy, (inner) => source.text([...path, ...inner]), partition);
  for (const finding of checked.findings) findings.push({ ...finding, path: [...path, ...finding.path] });
  return checked.document;
}
