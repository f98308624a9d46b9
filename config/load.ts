import { readdirSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { partitionOfRegion } from "../iam/partition";
import { checkCluster, checkClusters } from "./cluster-rules";
import { deriveProject, identityOf, issuerRegion, namespacesOf } from "./derive";
import { type ClusterDraft, entries, type IrsaDraft, type RoleDraft } from "./draft";
import { checkInlinePolicies, type InlineResult } from "./inline-policies";
import { checkBoundary } from "./policy-rules";
import { type Problem, sortProblems } from "./problems";
import type { Project } from "./project";
import { type ReadFile, readRegularFile } from "./read-file";
import { checkRole } from "./role-rules";
import { type ClusterFile, clusterSchema, type IrsaFile, irsaSchema, type RoleEntry } from "./schema";
import { checkShape } from "./shape";
import { readSource, Source } from "./source";
import { checkTags } from "./tag-rules";

export interface LoadResult {
  /** All of them, in the order of files and lines. */
  readonly problems: readonly Problem[];
  /** Undefined where one of the problems is an error. */
  readonly project: Project | undefined;
}

/** Where configuration is read from. Tests put another in its place. */
export interface Files {
  readonly read: ReadFile;
  /** Names in a folder. @throws NodeJS.ErrnoException */
  readonly list: (folder: string) => readonly string[];
}

const DISK: Files = { read: readRegularFile, list: (folder) => readdirSync(folder) };

/** The longest stem: `<stem>-service-accounts` names a stack, a folder and a workspace. */
const LONGEST_CLUSTER_NAME = 63;

/**
 * Reads irsa.yaml and the `clusters/` beside it.
 * @param configPath @default IRSA_CONFIG, else irsa.yaml
 */
export function loadProject(configPath = process.env.IRSA_CONFIG || "irsa.yaml", files: Files = DISK): LoadResult {
  const problems: Problem[] = [];
  const irsaSource = keep(readSource(resolve(configPath), shown(configPath), files.read), problems);
  const irsa: IrsaDraft | undefined = irsaSource && {
    source: irsaSource,
    data: checkShape<IrsaFile>(irsaSource, irsaSchema),
  };
  const clusters = clusterFiles(configPath, files, problems).flatMap((path) => {
    const source = keep(readSource(resolve(path), shown(path), files.read), problems);
    return source ? [clusterDraft(basename(path, ".yaml"), source)] : [];
  });
  const inline: InlineResult = { documents: new Map(), problems: [], files: new Map() };
  if (irsa) checkIrsa(irsa, clusters);
  for (const cluster of clusters) {
    // With a broken irsa.yaml the clusters are still checked, as if it had no defaults.
    const above = irsa ?? { source: cluster.source, data: {} };
    checkCluster(cluster, above);
    for (const [name, role] of entries<RoleDraft>(cluster.data.roles as Record<string, RoleDraft>)) {
      checkRole(cluster, above, name, role, clusters);
      checkInlinePolicies(cluster, name, role, files.read, inline);
    }
  }
  checkClusters(clusters);
  const sources = [...(irsaSource ? [irsaSource] : []), ...clusters.map(({ source }) => source)];
  const all = sortProblems([...problems, ...sources.flatMap((source) => source.reported()), ...inline.problems]);
  if (!irsaSource || all.some(({ severity }) => severity === "error")) return { problems: all, project: undefined };
  const parsed = new Map(
    clusters.map(({ name, source }): [string, ClusterFile] => [name, clusterSchema.parse(source.data)]),
  );
  return { problems: all, project: deriveProject(irsaSchema.parse(irsaSource.data), parsed, inline.documents) };
}

function keep(result: Source | readonly Problem[], problems: Problem[]): Source | undefined {
  if (result instanceof Source) return result;
  problems.push(...result);
  return undefined;
}

/** A path as the user would type it. */
function shown(path: string): string {
  return relative(process.cwd(), resolve(path)) || path;
}

function clusterDraft(name: string, source: Source): ClusterDraft {
  const data = checkShape<ClusterFile>(source, clusterSchema);
  const { accountId, oidc } = data;
  const region = data.region ?? issuerRegion(oidc?.issuer ?? "");
  const known = accountId !== undefined && oidc?.issuer !== undefined;
  return {
    name,
    source,
    data,
    partition: region === undefined ? undefined : partitionOfRegion(region),
    identity: known ? identityOf(name, { accountId, region, oidc: { issuer: oidc.issuer as string } }) : undefined,
  };
}

/** The YAML files of `clusters/`, in the order of their names. */
function clusterFiles(configPath: string, files: Files, problems: Problem[]): string[] {
  const folder = join(dirname(configPath), "clusters");
  const report = (file: string, message: string, fix: string) =>
    problems.push({ file: shown(file), line: 1, column: 1, path: "", severity: "error", message, fix });
  let names: readonly string[];
  try {
    names = files.list(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const fix = "create it, with a file such as clusters/production.yaml for each cluster";
    if (code === "ENOENT") report(folder, "there is no such folder", fix);
    else if (code === "ENOTDIR") report(folder, "this is a file, and a folder of clusters is expected", "rename it");
    else report(folder, `the folder cannot be read (${code ?? "unknown"})`, "check its permissions");
    return [];
  }
  const found: string[] = [];
  // Hidden files are an editor's or the system's own.
  for (const name of names.filter((candidate) => !candidate.startsWith(".")).toSorted()) {
    const path = join(folder, name);
    const ending = extname(name);
    if (ending !== ".yaml" && [".yaml", ".yml", ".json"].includes(ending.toLowerCase()))
      report(path, `is not read: its name ends with ${ending}`, `rename it to ${basename(name, ending)}.yaml`);
    if (ending !== ".yaml") continue;
    found.push(path);
    const stem = basename(name, ".yaml");
    if (stem.length > LONGEST_CLUSTER_NAME || !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(stem)) {
      report(
        path,
        `"${stem}" is not a cluster's name`,
        `rename the file: lower-case letters, digits and "-", at most ${LONGEST_CLUSTER_NAME}`,
      );
    }
  }
  if (found.length === 0)
    report(folder, "the folder holds no cluster", "create a file such as clusters/production.yaml");
  return found;
}

function checkIrsa({ source, data }: IrsaDraft, clusters: readonly ClusterDraft[]): void {
  checkWorkspaces({ source, data }, clusters);
  checkTags(source, ["defaults", "tags"], data.defaults?.tags);
  for (const cluster of clusters)
    checkBoundary(cluster, ["defaults", "permissionsBoundary"], data.defaults?.permissionsBoundary, source);
  if (data.verification?.runner !== undefined && data.verification.runner !== "none") {
    const fix = "run the verifier as a job of your own until then, or use runner: none";
    source.report(["verification", "runner"], "has no effect yet", fix, { severity: "warning" });
  }
}

/** Characters of a workspace's name. Source: https://developer.hashicorp.com/terraform/cloud-docs/workspaces/create */
const LONGEST_WORKSPACE_NAME = 90;

/** A workspace for each stack; a cluster has the longer of its two where it makes service accounts. */
function checkWorkspaces({ source, data }: IrsaDraft, clusters: readonly ClusterDraft[]): void {
  if (data.state?.backend !== "cloud") return;
  const { workspacePrefix = "" } = data.state;
  const stacks = clusters.map(({ name, data: { roles } }) => {
    const accounts = entries(roles).some(([, role]) => namespacesOf(role as RoleEntry).length > 0);
    return `${name}-${accounts ? "service-accounts" : "iam"}`;
  });
  const [longest = ""] = stacks.toSorted((a, b) => b.length - a.length);
  const length = workspacePrefix.length + longest.length;
  if (length <= LONGEST_WORKSPACE_NAME) return;
  const message = `the workspace ${workspacePrefix}${longest} would have ${length} characters`;
  const most = LONGEST_WORKSPACE_NAME - longest.length;
  source.report(
    ["state", "workspacePrefix"],
    message,
    `use at most ${most}: HCP Terraform takes ${LONGEST_WORKSPACE_NAME} in all`,
  );
}
