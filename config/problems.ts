/** Keys and indexes from the root of a file. */
export type Path = readonly (string | number)[];

/** A problem that a rule found in the data of a file, before it has a position. */
export interface Finding {
  readonly path: Path;
  /** Whether the problem is about the key itself, such as an unknown key, or about its value. */
  readonly at: "key" | "value";
  readonly severity: "error" | "warning";
  /** What is wrong, worded to follow the path. */
  readonly message: string;
  /** An imperative clause that fixes the problem. */
  readonly fix: string;
}

/** A problem with its position in a configuration file. */
export interface Problem {
  /** Relative to the working directory. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** The path with dots: `roles.my-s3-role.namespace`. Empty for the whole file. */
  readonly path: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly fix: string;
}

export function error(path: Path, message: string, fix: string, at: Finding["at"] = "value"): Finding {
  return { path, at, severity: "error", message, fix };
}

export function warning(path: Path, message: string, fix: string, at: Finding["at"] = "value"): Finding {
  return { path, at, severity: "warning", message, fix };
}

/** Returns one line: `clusters/production.yaml:14:16 roles.my-s3-role.namespace: "Prod" is not …; use …`. */
export function formatProblem({ file, line, column, path, severity, message, fix }: Problem): string {
  const text = `${path === "" ? "" : `${path}: `}${message}; ${fix}`;
  return printable(`${file}:${line}:${column} ${severity === "warning" ? "warning: " : ""}${text}`);
}

/** Escapes control characters: text of a file must not move the terminal's cursor, reverse or forge a line. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to escape.
  const hidden = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
  return text.replace(hidden, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Characters of a key in the path of a problem. */
const LONGEST_KEY = 200;

/** Returns a path with dots. Long keys are cut short. */
export function pathText(path: Path): string {
  const steps = path.map(String);
  return steps.map((step) => (step.length > LONGEST_KEY ? `${step.slice(0, LONGEST_KEY)}…` : step)).join(".");
}

/** Returns a problem without the user names and passwords of URLs. */
export function withoutCredentials(problem: Problem): Problem {
  const hide = (text: string) => text.replace(/(:\/{1,2})[^\s/@"]+@/g, "$1…@");
  return { ...problem, message: hide(problem.message), fix: hide(problem.fix), path: hide(problem.path) };
}

/** Returns the problems in the order of file, line, column and path. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.path, b.path),
  );
}

/** Errors of one file that are reported one by one. */
const MOST_ERRORS = 100;

/** Returns sorted problems with the first errors of each file. One more error counts the errors that are left out. */
export function firstErrors(sorted: readonly Problem[]): Problem[] {
  const errors = new Map<string, number>();
  const leftOut = new Map<string, Problem>();
  const first = sorted.filter((problem) => {
    if (problem.severity !== "error") return true;
    const number = (errors.get(problem.file) ?? 0) + 1;
    errors.set(problem.file, number);
    if (number <= MOST_ERRORS) return true;
    if (!leftOut.has(problem.file)) leftOut.set(problem.file, problem);
    return false;
  });
  const counts = [...leftOut].map(([file, { line, column }]): Problem => {
    const message = `the file has ${(errors.get(file) ?? 0) - MOST_ERRORS} more errors from this position on`;
    const fix = "fix the errors above, and run the check again";
    return { file, line, column, path: "", severity: "error", message, fix };
  });
  return counts.length === 0 ? first : sortProblems([...first, ...counts]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
