import { execFileSync } from "node:child_process";
import { dirname, relative, resolve } from "node:path";
import { actionsOf } from "../../access/actions";
import { type AccessChange, accessDiff } from "../../access/diff";
import type { Files } from "../../config/files";
import { readIamData } from "../../config/iam-data";
import { loadProject } from "../../config/load";
import type { Project } from "../../config/project";
import { UsageError } from "./errors";

/** A configuration at a Git revision. */
export interface ProjectAt {
  /** Undefined if the revision has no configuration, or one with errors. */
  readonly project: Project | undefined;
  /** Why there is no project. */
  readonly note?: string;
}

/**
 * Returns the configuration at a Git revision, such as `origin/main`.
 * @param path of irsa.yaml @default IRSA_CONFIG, else irsa.yaml
 * @throws UsageError if the revision does not exist
 */
export function projectAt(revision: string, path = process.env.IRSA_CONFIG || "irsa.yaml"): ProjectAt {
  const folder = dirname(resolve(path));
  const commit = commitOf(revision, folder);
  const { problems, project } = loadProject(path, filesAt(commit, folder));
  if (project) return { project };
  const first = problems.find(({ severity }) => severity === "error");
  return {
    project,
    note: `The configuration at ${revision} cannot be read (${first?.file}: ${first?.message}), so that all access counts as added.`,
  };
}

/** Returns the changes of access from a Git revision to a project. */
export function differenceFrom(
  revision: string,
  project: Project,
): { readonly changes: readonly AccessChange[]; readonly note?: string } {
  const { project: before, note } = projectAt(revision);
  const changes = accessDiff(before, project, actionsOf(readIamData()));
  return { changes, ...(note === undefined ? {} : { note }) };
}

function commitOf(revision: string, folder: string): string {
  try {
    return git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`)
      .toString()
      .trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new Error("git is not on PATH; install git");
    throw new UsageError(
      `${revision} is not a Git revision here; fetch it first, for example with git fetch origin (in GitHub Actions: actions/checkout with fetch-depth: 0)`,
    );
  }
}

function filesAt(commit: string, folder: string): Files {
  const root = git(folder, "rev-parse", "--show-toplevel").toString().trim();
  const object = (path: string) => `${commit}:${relative(root, resolve(path)).split("\\").join("/")}`;
  const absent = (path: string) => Object.assign(new Error(`${path} does not exist`), { code: "ENOENT", path });
  return {
    read(path) {
      try {
        return git(root, "cat-file", "blob", object(path));
      } catch {
        throw absent(path);
      }
    },
    // A symbolic link in a tree is not followed.
    realPath: (path) => path,
    list(path) {
      try {
        return git(root, "ls-tree", "--name-only", "-z", object(path)).toString().split("\0").filter(Boolean);
      } catch {
        throw absent(path);
      }
    },
  };
}

function git(folder: string, ...args: string[]): Buffer {
  return execFileSync("git", args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"], maxBuffer: 2 ** 26 });
}
