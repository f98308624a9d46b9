import { firstErrors, formatProblem, pathText, sortProblems } from "../../config/problems";

const problem = {
  file: "clusters/production.yaml",
  line: 14,
  column: 16,
  path: "roles.a.namespace",
  severity: "error",
  message: '"Prod" is wrong',
  fix: "use prod",
} as const;

test("formats a problem as one line", () => {
  expect(formatProblem(problem)).toBe('clusters/production.yaml:14:16 roles.a.namespace: "Prod" is wrong; use prod');
  expect(formatProblem({ ...problem, path: "", severity: "warning" })).toBe(
    'clusters/production.yaml:14:16 warning: "Prod" is wrong; use prod',
  );
});

test("replaces control characters", () => {
  expect(formatProblem({ ...problem, message: "a\nb\u001b[2J\u2028" })).not.toMatch(/[\n\u001b\u2028]/);
});

test("escapes control characters of a file name", () => {
  expect(formatProblem({ ...problem, file: "clusters/\u001b[2J.yaml" })).toContain("clusters/\\u001b[2J.yaml:14:16 ");
});

test("cuts long keys short", () => {
  expect(pathText(["roles", "x".repeat(900_000), 0]).length).toBeLessThan(220);
});

test("reports the first hundred errors of a file, all warnings, and the number of the other errors", () => {
  const many = (severity: "error" | "warning", file: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ ...problem, file, line: index + 1, severity }));
  const all = sortProblems([...many("error", "a", 350), ...many("warning", "a", 120), ...many("error", "b", 100)]);
  const shown = firstErrors(all);
  const errors = shown.filter(({ file, severity }) => file === "a" && severity === "error");
  expect(errors.map(({ line }) => line)).toEqual(Array.from({ length: 101 }, (_, index) => index + 1));
  expect(errors.at(-1)?.message).toContain("250 more errors");
  expect(shown).toHaveLength(101 + 120 + 100);
});

test("sorts problems by file, line, column and path", () => {
  const places: [string, number, number, string][] = [
    ["b", 1, 1, "a"],
    ["a", 2, 1, "a"],
    ["a", 1, 2, "a"],
    ["a", 1, 1, "b"],
    ["a", 1, 1, "a"],
    ["a", 1, 1, "a"],
  ];
  const sorted = sortProblems(places.map(([file, line, column, path]) => ({ ...problem, file, line, column, path })));
  expect(sorted.map(({ file, line, column, path }) => `${file}${line}${column}${path}`)).toEqual([
    "a11a",
    "a11a",
    "a11b",
    "a12a",
    "a21a",
    "b11a",
  ]);
});
