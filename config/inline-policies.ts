import { dirname, isAbsolute, join, resolve } from "node:path";
import { policyNameProblem } from "../iam/names";
import type { Partition } from "../iam/partition";
import { policyProblems, policySize } from "../iam/policy-lint";
import type { PolicyDocument } from "../iam/policy-types";
import { members } from "../iam/policy-types";
import { INLINE_POLICIES_SIZE } from "../iam/quotas";
import { policyFileKey } from "./derive";
import { type ClusterDraft, entries, type RoleDraft } from "./draft";
import type { Problem } from "./problems";
import type { ReadFile } from "./read-file";
import { type Path, readSource, Source } from "./source";

export interface InlineResult {
  /** Documents of the policies that name a file, by `policyFileKey`. */
  readonly documents: Map<string, PolicyDocument>;
  /** Problems inside those files. */
  readonly problems: Problem[];
  /** What was read of them, by path and partition: roles may share a file, and its problems are told once. */
  readonly files: Map<string, Source | readonly Problem[]>;
}

/** Checks a role's inline policies, those in files too. */
export function checkInlinePolicies(
  cluster: ClusterDraft,
  roleName: string,
  role: RoleDraft,
  read: ReadFile,
  result: InlineResult,
): void {
  const { source } = cluster;
  let size = 0;
  for (const [name, policy] of entries(role.inlinePolicies as Record<string, unknown>)) {
    const path = ["roles", roleName, "inlinePolicies", name];
    const flaw = policyNameProblem(name);
    if (flaw) source.report(path, `"${name}" ${flaw.problem}`, flaw.fix, { at: "key" });
    const { file } = policy as { file?: unknown };
    if (!("file" in (policy as object))) {
      checkDocument(source, path, policy, cluster.partition);
      size += policySize(policy);
      continue;
    }
    const document = readPolicyFile(cluster, path, policy as object, file, read, result);
    if (document === undefined) continue;
    result.documents.set(policyFileKey(cluster.name, roleName, name), document as PolicyDocument);
    size += policySize(document);
  }
  if (size > INLINE_POLICIES_SIZE) {
    const message = `the role's inline policies have ${size} characters together, white space not counted`;
    source.report(
      ["roles", roleName, "inlinePolicies"],
      message,
      `use at most ${INLINE_POLICIES_SIZE}, or managed policies`,
      { at: "key" },
    );
  }
}

function readPolicyFile(
  { source, partition }: ClusterDraft,
  path: Path,
  policy: object,
  file: unknown,
  read: ReadFile,
  result: InlineResult,
): unknown {
  for (const key of Object.keys(policy).filter((candidate) => candidate !== "file")) {
    source.report([...path, key], "stands beside file", "keep either the file or the policy", { at: "key" });
  }
  if (typeof file !== "string" || file === "") {
    source.report([...path, "file"], "is not a file's path", "name a JSON file, relative to this one");
    return undefined;
  }
  // Relative to the YAML file that names it; JSON is YAML too, so that positions come with it.
  const shown = isAbsolute(file) ? file : join(dirname(source.file), file);
  const from = resolve(dirname(source.path), file);
  const key = `${from} ${partition}`;
  const known = result.files.get(key);
  const found = known ?? readSource(from, shown, read, "JSON");
  result.files.set(key, found);
  if (!(found instanceof Source)) {
    if (found[0]?.message === "there is no such file")
      source.report([...path, "file"], `there is no file ${shown}`, "create it, or mend the path");
    else if (!known) result.problems.push(...found.map(attributed(source, path)));
    return undefined;
  }
  if (!known) {
    checkDocument(found, [], found.data, partition);
    result.problems.push(...found.reported().map(attributed(source, path)));
  }
  return found.data;
}

/** A problem inside a file says where the file is named. */
function attributed(source: Source, path: Path): (problem: Problem) => Problem {
  return (problem) => ({ ...problem, message: `${problem.message} (policy ${path.join(".")} of ${source.file})` });
}

function checkDocument(source: Source, path: Path, document: unknown, partition: Partition | undefined): void {
  const flaws = policyProblems(document, partition);
  for (const { path: inner, problem, fix, severity } of flaws) {
    source.report([...path, ...inner], problem, fix, severity === "warning" ? { severity } : {});
  }
  if (flaws.some(({ severity }) => severity === "error")) return;
  for (const [index, statement] of members((document as PolicyDocument).Statement).entries()) {
    const everything = [statement.Action, statement.Resource].every((element) =>
      members(element).some((member) => member === "*" || member === "*:*"),
    );
    if (statement.Effect === "Allow" && everything) {
      const at = Array.isArray((document as PolicyDocument).Statement) ? ["Statement", index] : ["Statement"];
      source.report([...path, ...at], "allows every action on every resource", "allow what the service needs", {
        severity: "warning",
      });
    }
  }
}
