/** Something that is wrong, or worth a warning, at a place of the configuration. */
export interface Problem {
  /** As the user would type it: relative to the working directory. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** The key, dotted: `roles.my-s3-role.namespace`. Empty for the whole file. */
  readonly path: string;
  readonly severity: "error" | "warning";
  /** What is wrong. */
  readonly message: string;
  /** How to mend it. */
  readonly fix: string;
}

/** `clusters/production.yaml:14:16 roles.my-s3-role.namespace: "Prod" is not …; use …` */
export function formatProblem({ file, line, column, path, severity, message, fix }: Problem): string {
  const text = `${path === "" ? "" : `${path}: `}${message}; ${fix}`;
  // A file's text stands in some messages: none of its characters may move a terminal's cursor.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced.
  const line_ = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "\ufffd");
  return `${file}:${line}:${column} ${severity === "warning" ? "warning: " : ""}${line_}`;
}

export function sortProblems(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.path, b.path),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
