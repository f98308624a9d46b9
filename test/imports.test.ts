import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

// The imports that each folder can have, and other rules that hold for every file.

const ROOT = join(__dirname, "..");
const IGNORED = new Set(["node_modules", "dist", "coverage", "cdktf.out", ".local", ".git", ".terraform"]);

/** Each room, and the rooms that its files can import: only rooms above it. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "iam/": [],
  "config/": ["iam/"],
  "access/": ["iam/", "config/"],
  "discover/": ["iam/", "config/", "access/"],
  "deployer/": ["iam/", "config/"],
  "stacks/": ["iam/", "config/", "deployer/"],
  "main.ts": ["config/", "stacks/"],
  "verifier/pod/": ["iam/"],
  "verifier/aws/": ["iam/", "verifier/pod/"],
  "verifier/checks/": ["iam/", "verifier/pod/", "verifier/aws/"],
  "verifier/report/": ["verifier/pod/", "verifier/checks/"],
  "verifier/": ["iam/", "verifier/pod/", "verifier/aws/", "verifier/checks/", "verifier/report/"],
  "local/": ["iam/", "config/"],
  "packaging/": ["local/"],
  "bench/": ["config/", "local/", "packaging/"],
  "commands/": [
    "iam/",
    "config/",
    "access/",
    "discover/",
    "deployer/",
    "stacks/",
    "verifier/checks/",
    "local/",
    "packaging/",
    "bench/",
  ],
};

/** Packages that a room can import. A room that is not listed can import any package except cdktf. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  iam: /^(fastest-levenshtein|@smithy\/core\/.*|@cloud-copilot\/iam-data)$/,
  verifier: /^(node:.*|@aws-sdk\/client-(s3|sts)|@smithy\/core\/.*)$/,
  stacks: /^(node:.*|cdktf|constructs|@cdktf\/provider-[a-z]+\/lib\/.+)$/,
  "main.ts": /^(node:.*|cdktf|constructs)$/,
};
const CDKTF = /^(cdktf|constructs|@cdktf\/)/;

const files = walk(ROOT).map((file) => relative(ROOT, file));
const sources = files.filter((file) => /\.(ts|js|mjs)$/.test(file));
const production = sources.filter((file) => !file.startsWith("test/") && file !== "jest.config.js");
const text = (file: string) => readFileSync(join(ROOT, file), "utf8");
const specifiers = new Map(sources.map((file) => [file, imported(text(file))]));

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (IGNORED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}

function imported(source: string): string[] {
  const statements = /^(?:import|export)\b(?:[^;"'`]*?\bfrom)?\s*"([^"]+)"/gm;
  const calls = /\b(?:import|require)\(\s*"([^"]+)"\s*\)/g;
  return [statements, calls].flatMap((form) => [...source.matchAll(form)].map(([, specifier]) => specifier ?? ""));
}

/** The file that a relative import names. */
function target(from: string, specifier: string): string {
  const path = join(dirname(from), specifier);
  return [path, `${path}.ts`, `${path}/index.ts`].find((candidate) => files.includes(candidate)) ?? path;
}

/** The files that a file imports. */
function importsOf(file: string): string[] {
  const relatives = (specifiers.get(file) ?? []).filter((specifier) => specifier.startsWith("."));
  return relatives.map((specifier) => target(file, specifier)).filter((found) => found !== "package.json");
}

/** The most specific room of a file. */
const roomOf = (file: string) =>
  Object.keys(ROOMS)
    .filter((room) => file.startsWith(room))
    .toSorted((a, b) => b.length - a.length)[0];

test("only local/ starts programs that run beside this process", () => {
  const starts = /import \{[^}]*\b(?:spawn|exec|execFile|fork)\b[^}]*\} from "node:child_process"|from "execa"/;
  expect(production.filter((file) => starts.test(text(file)))).toEqual([
    "local/child-process.ts",
    "local/moto.ts",
    "local/test-cluster.ts",
  ]);
});

test("each room imports only the rooms that the table lists", () => {
  const wrong = production.flatMap((file) => {
    const from = roomOf(file);
    const others = importsOf(file).filter((other) => roomOf(other) !== from);
    return others
      .filter((other) => !ROOMS[from ?? ""]?.includes(roomOf(other) ?? ""))
      .map((other) => `${file}: ${other}`);
  });
  expect(wrong).toEqual([]);
  const order = Object.keys(ROOMS);
  for (const [index, room] of order.entries()) {
    expect(order.slice(0, index)).toEqual(expect.arrayContaining([...(ROOMS[room] ?? [])]));
  }
});

test("docs/architecture.md shows the table", () => {
  const code = (room: string) => `\`${room}\``;
  const rows = Object.entries(ROOMS).map(
    ([room, rooms]) => `| ${code(room)} | ${rooms.map(code).join(", ") || "nothing"} |`,
  );
  const table = ["| folder | can import |", "| --- | --- |", ...rows].join("\n");
  expect(text("docs/architecture.md")).toContain(`<!-- imports -->\n${table}\n<!-- /imports -->`);
});

test("no files import each other in a circle", () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
    if (done.has(file) || path.includes(file)) return;
    for (const other of importsOf(file)) visit(other, [...path, file]);
    done.add(file);
  };
  for (const file of sources) visit(file, []);
  expect(circles).toEqual([]);
});

test("only stacks/ and main.ts import cdktf, and every room imports only its packages", () => {
  const wrong = production.flatMap((file) => {
    const allowed = PACKAGES[file.split("/")[0] ?? ""];
    const packages = (specifiers.get(file) ?? []).filter((specifier) => !specifier.startsWith("."));
    return packages
      .filter((name) => (allowed ? !allowed.test(name) : CDKTF.test(name)))
      .map((name) => `${file}: ${name}`);
  });
  expect(wrong).toEqual([]);
});

test("providers are imported by deep path", () => {
  const all = sources.flatMap((file) => specifiers.get(file) ?? []);
  expect(all.filter((name) => /^@cdktf\/provider-[a-z]+$/.test(name))).toEqual([]);
});

test("a rule of the configuration does not load or report", () => {
  const rules = production.filter((file) => /^config\/.*-rules\.ts$/.test(file));
  expect(rules.length).toBeGreaterThan(0);
  const reporters = /^config\/(load|read-file|yaml-tree)\.ts$/;
  expect(rules.filter((file) => importsOf(file).some((other) => reporters.test(other)))).toEqual([]);
});

test("no source has more than 300 lines", () => {
  expect(production.filter((file) => text(file).split("\n").length > 301)).toEqual([]);
});

/** A path of this project. */
const PATH =
  /(?<![\w./:@-])(?:iam|config|access|deployer|stacks|verifier|local|packaging|bench|commands|test|docs)\/[\w./-]*\w\.(?:ts|mjs|js|json|md|py|yaml|txt)\b/g;

test("every path in a comment or a document exists", () => {
  const documents = files.filter((file) => file.endsWith(".md"));
  const inDocuments = documents.flatMap((file) =>
    [...text(file).matchAll(PATH)].map(([path]) => [file, path] as const),
  );
  const inComments = sources.flatMap((file) => {
    const comments = text(file).match(/\/\*\*[\s\S]*?\*\/|^\s*\/\/.*$/gm) ?? [];
    return comments.flatMap((comment) => [...comment.matchAll(PATH)].map(([path]) => [file, path] as const));
  });
  const links = documents.flatMap((file) =>
    [...text(file).matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)].map(
      ([, link = ""]) => [file, join(dirname(file), link)] as const,
    ),
  );
  const missing = [...inDocuments, ...inComments, ...links].filter(([, path]) => !existsSync(join(ROOT, path)));
  expect(missing.map(([file, path]) => `${file}: ${path}`)).toEqual([]);
});

test("no file except .ci/run names a path outside the repository", () => {
  const outside = /\/work\/|\/tmp\/wt\b|\.\.\/shared\b|\/root\/(?!\.)/;
  const own = relative(ROOT, __filename);
  const named = files.filter((file) => file !== ".ci/run" && file !== own && file !== "package-lock.json");
  expect(named.filter((file) => outside.test(text(file)))).toEqual([]);
});
