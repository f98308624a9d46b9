import { basename, dirname, join, relative, resolve } from "node:path";
import { isMap, LineCounter, parseDocument, type Scalar } from "yaml";
import { DISK, LARGEST_FILE } from "../config/files";
import { type LoadResult, loadProject } from "../config/load";
import { formatProblem, type Problem } from "../config/problems";
import type { Cluster } from "../config/project";
import { type FoundAccount, providerOf } from "./account";
import { firstPlan, type PlannedRole } from "./first-plan";
import { renderClusterFile } from "./render-cluster-file";
import type { TranslatedRole } from "./translate";

/** The file of a cluster, which `npm run check` accepts. */
export interface ClusterFile {
  readonly text: string;
  /** With the reasons of roles that the check rejects. */
  readonly roles: readonly PlannedRole[];
}

/** The file of a cluster that is not written yet, in its configuration. */
export interface FutureFile {
  /** The path as messages show it. */
  readonly shown: string;
  /** Loads the configuration as if the file had this text. */
  readonly load: (text: string) => LoadResult;
}

/**
 * Returns a file that does not exist yet.
 * @param irsa path of irsa.yaml
 * @param target path of the cluster's file
 * @param alone whether the file is the only cluster, and irsa.yaml has no other settings than a local state
 */
export function futureFile(irsa: string, target: string, alone: boolean): FutureFile {
  const [irsaPath, targetPath] = [resolve(irsa), resolve(target)];
  const folder = dirname(targetPath);
  const load = (text: string) =>
    loadProject(irsa, {
      read: (path) => {
        if (path === targetPath) return Buffer.from(text);
        return alone && path === irsaPath ? Buffer.from("state: { backend: local }\n") : DISK.read(path);
      },
      list: (path) => {
        if (resolve(path) !== folder) return DISK.list(path);
        return [...new Set([...(alone ? [] : listed(path)), basename(targetPath)])];
      },
      realPath: (path) => (path === targetPath ? realTarget(irsaPath, targetPath) : DISK.realPath(path)),
    });
  return { shown: relative(process.cwd(), targetPath), load };
}

function listed(folder: string): readonly string[] {
  try {
    return DISK.list(folder);
  } catch (error) {
    // The command creates the folder.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Returns the path that the file will have behind all symbolic links. */
function realTarget(irsa: string, target: string): string {
  for (const [folder, ...rest] of [[dirname(target)], [dirname(irsa), basename(dirname(target))]]) {
    try {
      return join(DISK.realPath(folder ?? ""), ...rest, basename(target));
    } catch {}
  }
  return target;
}

/**
 * Returns the text of a cluster's file. Roles that the check rejects are left out, with the reason.
 * @throws Error if the check rejects something else
 */
export function clusterFile(
  account: FoundAccount,
  translated: readonly TranslatedRole[],
  hasServiceAccounts: boolean,
  file: FutureFile,
): ClusterFile {
  const render = (roles: readonly PlannedRole[]) => renderClusterFile(account, roles, hasServiceAccounts);
  let roles: readonly PlannedRole[] = translated;
  for (;;) {
    const text = render(roles);
    const excess = Buffer.byteLength(text) - LARGEST_FILE;
    if (excess > 0) {
      roles = withoutLargest(roles, excess);
      continue;
    }
    const { project, problems } = file.load(text);
    const cluster = project?.clusters.find(({ oidc }) => oidc.arn === providerOf(account.cluster).arn);
    roles = cluster
      ? roles.map((role) => withPlan(role, cluster, account))
      : withoutRejected(roles, text, problems, file.shown);
    // The file is checked again without the roles that were left out.
    if (cluster && render(roles) === text) return { text, roles };
  }
}

function withPlan(role: PlannedRole, cluster: Cluster, { cluster: found }: FoundAccount): PlannedRole {
  const declared = cluster.roles.find(({ name }) => name === role.found.name);
  if (!role.entry || !declared) return role;
  const plan = firstPlan(declared, role.found, providerOf(found));
  const { flaws } = role.trust;
  const isFix = flaws.has("arn-condition-key") || flaws.has("wildcard-in-string-equals");
  if (plan.opened.length === 0 || isFix) return { ...role, plan };
  return leftOut(role, `its trust policy does not admit ${plan.opened.slice(0, 3).join(", ")} today`);
}

/** @throws Error if an error is not in one of the roles */
function withoutRejected(
  roles: readonly PlannedRole[],
  text: string,
  problems: readonly Problem[],
  file: string,
): PlannedRole[] {
  const places = rolePlaces(text);
  const rejected = new Map<string, Problem>();
  const errors = problems.filter(({ severity }) => severity === "error");
  // Without a path: the count of the errors that are left out. They appear when the file is checked again.
  for (const problem of errors.filter(({ path }, _, { length }) => path !== "" || length === 1)) {
    const role = problem.file === file ? places.findLast(({ line }) => line <= problem.line) : undefined;
    if (!role) throw new Error(`the configuration has an error with this cluster: ${formatProblem(problem)}`);
    if (!rejected.has(role.name)) rejected.set(role.name, problem);
  }
  return roles.map((role) => {
    const problem = rejected.get(role.found.name);
    if (!role.entry || !problem) return role;
    const key = problem.path.slice(`roles.${role.found.name}.`.length);
    return leftOut(role, `npm run check rejects it: ${key}${key === "" ? "" : ": "}${problem.message}`);
  });
}

/** Leaves out the roles with the longest inline policies, until the file is shorter by a number of characters. */
function withoutLargest(roles: readonly PlannedRole[], excess: number): PlannedRole[] {
  const sizes = new Map(
    roles.map((role) => [role, JSON.stringify(role.entry?.get("inlinePolicies") ?? "", mapsAsObjects).length]),
  );
  const large = new Set<PlannedRole>();
  let removed = 0;
  for (const [role, size] of [...sizes].toSorted(([, one], [, other]) => other - one)) {
    if (removed >= excess) break;
    large.add(role);
    removed += size;
  }
  const reason = (role: PlannedRole) =>
    `the file has no room for its inline policies (${sizes.get(role)} characters); declare the role by hand, with { file: <path> } for each policy`;
  return roles.map((role) => (large.has(role) && role.entry ? leftOut(role, reason(role)) : role));
}

function mapsAsObjects(_: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}

function leftOut({ found, trust }: PlannedRole, reason: string): PlannedRole {
  return { found, trust, reason };
}

/** Returns the lines on which the roles of a file begin, in their order. */
function rolePlaces(text: string): { name: string; line: number }[] {
  const lines = new LineCounter();
  const roles = parseDocument(text, { lineCounter: lines, uniqueKeys: false }).get("roles");
  if (!isMap(roles)) return [];
  return roles.items.map(({ key }) => {
    const { value, range } = key as Scalar<string>;
    return { name: String(value), line: lines.linePos(range?.[0] ?? 0).line };
  });
}
