import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { partitionOfRegion } from "../iam/partition";
import { additionalTrustProblems } from "./additional-trust-rules";
import { identityOf, issuerRegion } from "./cluster-identity";
import { clusterProblems, clusterSetProblems } from "./cluster-rules";
import { type ClusterFile, clusterSchema } from "./cluster-schema";
import { deriveProject } from "./derive";
import { type ClusterDraft, entries, type IrsaDraft } from "./draft";
import { DISK, type Files, isInside } from "./files";
import { InlinePolicies } from "./inline-policies";
import { irsaProblems } from "./irsa-rules";
import { irsaSchema } from "./irsa-schema";
import { type Finding, firstErrors, type Problem, sortProblems, withoutCredentials } from "./problems";
import type { Project } from "./project";
import { quote } from "./quote";
import { RolePolicies } from "./role-policies";
import { roleProblems } from "./role-rules";
import { checkShape } from "./shape";
import { readSource, Source } from "./source";

export interface LoadResult {
  /** In the order of files and lines. */
  readonly problems: readonly Problem[];
  /** Undefined if one of the problems is an error. */
  readonly project: Project | undefined;
}

/** Characters. `<cluster>-service-accounts` is the name of a stack, of a folder and of a workspace. */
const LONGEST_CLUSTER_NAME = 63;

interface LoadedCluster {
  readonly source: Source;
  readonly draft: ClusterDraft;
  readonly valid: ClusterFile | undefined;
}

/**
 * Reads irsa.yaml and the folder `clusters` beside it, and reports every problem.
 * @param configPath @default - IRSA_CONFIG, or irsa.yaml
 */
export function loadProject(configPath = process.env.IRSA_CONFIG || "irsa.yaml", files: Files = DISK): LoadResult {
  const problems: Problem[] = [];
  // A list of arguments has a limit, and a file with a mistake in every line has more problems.
  const report = (source: Source, findings: readonly Finding[]) => {
    for (const problem of source.locate(findings)) problems.push(problem);
  };
  const irsaSource = open(configPath, files, problems);
  const irsa = irsaSource && checkShape(irsaSchema, irsaSource.data, irsaSource.text);
  const folder = dirname(resolve(configPath));
  const found = clusterFiles(configPath, files, problems);
  const clusters = found.paths.flatMap((path): LoadedCluster[] => {
    const source = open(path, files, problems);
    if (!source) return [];
    const { findings, draft, valid } = checkShape(clusterSchema, source.data, source.text);
    report(source, findings);
    return [{ source, draft: clusterDraft(basename(path, ".yaml"), source, draft), valid }];
  });
  const drafts = clusters.map(({ draft }) => draft);
  if (irsaSource && irsa) report(irsaSource, [...irsa.findings, ...irsaProblems(irsa.draft, drafts)]);
  // Without irsa.yaml the clusters are checked as if it had no defaults.
  const defaults: IrsaDraft = irsa?.draft ?? {};
  const inline = new InlinePolicies(files, folder);
  const policies = new RolePolicies(inline, irsaSource && irsa ? { source: irsaSource, draft: irsa.draft } : undefined);
  const whole = clusters.filter(({ valid }) => valid !== undefined);
  const allKnown = whole.length > 0 && whole.length === found.paths.length;
  if (irsaSource) report(irsaSource, policies.checkSets(drafts, allKnown));
  const shared = clusterSetProblems(drafts);
  for (const { source, draft } of clusters) {
    report(source, [...clusterProblems(draft, defaults), ...(shared.get(draft) ?? [])]);
    for (const [name, role] of draft.roles) report(source, roleProblems(draft, defaults, name, role, drafts));
    for (const [name, role] of entries(draft.data.roles)) {
      report(source, policies.check(draft, source, name, role));
      report(source, additionalTrustProblems(draft, source, name, role, drafts));
    }
  }
  for (const path of found.others.filter((other) => !inline.paths.has(resolve(other)))) problems.push(otherFile(path));
  const all = firstErrors(sortProblems([...problems, ...inline.problems])).map(withoutCredentials);
  if (!irsaSource || !irsa?.valid || all.some(({ severity }) => severity === "error"))
    return { problems: all, project: undefined };
  const located = { file: irsa.valid, folder };
  const valid = new Map(
    clusters.flatMap(({ draft: { name }, source, valid: file }) =>
      file ? [[name, { file, folder: dirname(source.path) }]] : [],
    ),
  );
  return { problems: all, project: deriveProject(located, valid, policies.resolved) };
}

/** Reads a YAML file and collects its problems. */
function open(path: string, files: Files, problems: Problem[]): Source | undefined {
  const result = readSource(resolve(path), shown(path), files.read);
  for (const problem of result instanceof Source ? result.problems : result) problems.push(problem);
  return result instanceof Source ? result : undefined;
}

/** Returns a path relative to the working directory. */
function shown(path: string): string {
  return relative(process.cwd(), resolve(path)) || path;
}

function clusterDraft(name: string, source: Source, data: ClusterDraft["data"]): ClusterDraft {
  const { accountId, oidc } = data;
  const issuer = oidc?.issuer;
  const region = data.region ?? issuerRegion(issuer ?? "");
  return {
    name,
    file: source.file,
    data,
    roles: entries(data.roles).filter(([role]) => source.isWhole(["roles", role])),
    partition: region === undefined ? undefined : partitionOfRegion(region),
    identity:
      accountId === undefined || issuer === undefined
        ? undefined
        : identityOf(name, { accountId, region, oidc: { issuer } }),
  };
}

interface ClusterFiles {
  /** In the order of their names. */
  readonly paths: readonly string[];
  /** Files with another extension. Each one is a mistake, unless the file is a policy file. */
  readonly others: readonly string[];
}

function clusterFiles(configPath: string, files: Files, problems: Problem[]): ClusterFiles {
  const folder = join(dirname(configPath), "clusters");
  const report = (path: string, message: string, fix: string) => problems.push(fileProblem(path, message, fix));
  let names: readonly string[];
  try {
    names = files.list(folder);
  } catch (error) {
    report(folder, ...unlistable((error as NodeJS.ErrnoException).code));
    return { paths: [], others: [] };
  }
  // Editors and operating systems keep hidden files.
  const visible = names.filter((name) => !name.startsWith(".")).toSorted();
  const paths = visible.filter((name) => extname(name) === ".yaml").map((name) => join(folder, name));
  const others = visible.filter((name) => /\.(yaml|yml|json)$/i.test(name) && extname(name) !== ".yaml");
  if (paths.length === 0)
    report(folder, "the folder has no cluster file", "create a file such as clusters/production.yaml");
  for (const path of paths) {
    const stem = basename(path, ".yaml");
    if (stem.length > LONGEST_CLUSTER_NAME || !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(stem)) {
      const fix = `rename the file: use lower-case letters, digits and "-", at most ${LONGEST_CLUSTER_NAME}`;
      report(path, `${quote(stem)} is not a valid cluster name`, fix);
    }
  }
  const root = dirname(resolve(configPath));
  const inside = paths.filter((path) => {
    if (isInside(files, root, resolve(path))) return true;
    report(path, "the file is outside of the folder of irsa.yaml", "replace the symbolic link by the file");
    return false;
  });
  return { paths: inside, others: others.map((name) => join(folder, name)) };
}

function otherFile(path: string): Problem {
  const ending = extname(path);
  const fix = `rename the file to ${basename(path, ending)}.yaml, or move it to another folder`;
  return fileProblem(path, `the name of a cluster file ends with .yaml, not ${ending}`, fix);
}

function fileProblem(path: string, message: string, fix: string): Problem {
  return { file: shown(path), line: 1, column: 1, path: "", severity: "error", message, fix };
}

function unlistable(code: string | undefined): [message: string, fix: string] {
  if (code === "ENOENT")
    return ["the folder does not exist", "create it, with a file such as clusters/production.yaml for each cluster"];
  if (code === "ENOTDIR") return ["this is a file, and a folder is expected", "rename the file"];
  return [`the folder cannot be read (${code ?? "unknown error"})`, "check the permissions of the folder"];
}
