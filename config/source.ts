import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import { checkSize, explainUnreadable, type Files } from "./files";
import { type Finding, type Path, type Problem, pathText } from "./problems";
import { explainConflict, explainSyntax } from "./syntax";
import { examine, ownPairs, plain, type Tree } from "./yaml-tree";

/** The deepest nesting of brackets that the YAML parser gets: far deeper ones overflow its stack. */
const DEEPEST_BRACKETS = 1000;

/** A YAML file: its data, and the position of each key and value. */
export class Source {
  /** Objects without a prototype, lists, strings, numbers, booleans and null; undefined for a rejected value. */
  readonly data: unknown;

  constructor(
    /** The path that was read. */
    readonly path: string,
    /** The path as messages show it. */
    readonly file: string,
    private readonly lines: LineCounter,
    private readonly document: Document.Parsed,
    private readonly tree: Tree,
    /** Problems of the file as YAML. */
    readonly problems: readonly Problem[],
  ) {
    this.data = plain(document.contents, tree);
  }

  /** Returns the findings with their positions, without those that only follow from a rejected value. */
  locate(findings: readonly Finding[]): Problem[] {
    return findings.flatMap(({ path, at, severity, message, fix }) => {
      if (at === "value" && this.isRejected(path)) return [];
      const [line, column] = this.position(path, at);
      return [{ file: this.file, line, column, path: pathText(path), severity, message, fix }];
    });
  }

  /** Returns a scalar as the file writes it, such as `012345678901`; undefined for other values. */
  text = (path: Path): string | undefined => {
    const { value, depth } = this.find(path);
    return depth === path.length && isScalar(value) ? value.source : undefined;
  };

  /** Whether a map holds all its keys itself: a merge key would add others. */
  isWhole(path: Path): boolean {
    const { value, depth } = this.find(path);
    return depth !== path.length || !this.tree.merged.has(value);
  }

  /** Whether a value was rejected, or is missing in a map that a merge key completes. */
  private isRejected(path: Path): boolean {
    const { value, depth } = this.find(path);
    return this.tree.rejected.has(value) || (depth < path.length && this.tree.merged.has(value));
  }

  /** Returns line and column. A missing value has the position of its parent's key. */
  private position(path: Path, at: Finding["at"]): [number, number] {
    const { key, value, depth } = this.find(path);
    // An empty value has no position.
    const empty = isScalar(value) && value.source === "";
    const node = depth === path.length && at === "value" && !empty ? (value ?? key) : (key ?? value);
    const { line, col } = this.lines.linePos(node?.range?.[0] ?? 0);
    return [Math.max(line, 1), Math.max(col, 1)];
  }

  /** Returns the deepest key and value on a path, and how many steps lead to them. */
  private find(path: Path): { key: Node | undefined; value: Node | undefined; depth: number } {
    let [key, value]: [Node | undefined, Node | undefined] = [undefined, this.document.contents ?? undefined];
    for (const [depth, step] of path.entries()) {
      if (isMap(value)) {
        const pair = ownPairs(value).get(String(step));
        if (!pair) return { key, value, depth };
        [key, value] = [pair.key as Node, isNode(pair.value) ? pair.value : undefined];
      } else if (isSeq(value)) {
        const item = value.items[Number(step)];
        if (!isNode(item)) return { key, value, depth };
        [key, value] = [item, item];
      } else return { key, value, depth };
    }
    return { key, value, depth: path.length };
  }
}

/**
 * Reads and parses a file. Returns the problems instead if its data cannot be known.
 * @param quotes whether messages can quote the file: a path in a configuration can name any file of the machine
 */
export function readSource(
  path: string,
  file: string,
  read: Files["read"],
  quotes = true,
): Source | readonly Problem[] {
  const lines = new LineCounter();
  const problem = (message: string, fix: string, offset = 0): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), path: "", severity: "error", message, fix };
  };
  let text: string;
  try {
    const bytes = read(path);
    checkSize(bytes.length);
    // The decoder removes a byte order mark.
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (reason) {
    return [problem(...explainUnreadable(reason))];
  }
  if (bracketDepth(text) > DEEPEST_BRACKETS)
    return [problem(`brackets are nested more than ${DEEPEST_BRACKETS} deep`, "remove the nested brackets")];
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const [document, second] = Array.isArray(documents) ? documents : [];
  if (!document || document.contents === null)
    return [problem("the file is empty", "copy the example of the repository")];
  const conflict = document.errors.length > 0 ? explainConflict(text) : undefined;
  if (conflict) return [problem(conflict.message, conflict.fix, conflict.offset)];
  const syntax = new Map<number, Problem>();
  // The parser can report one mistake several times.
  for (const syntaxError of document.errors.toReversed()) {
    const { offset, message, fix } = explainSyntax(text, lines, syntaxError, quotes);
    syntax.set(offset, problem(message, fix, offset));
  }
  const tree = examine(document);
  const problems = tree.problems
    .filter(({ node }) => !syntax.has(node.range?.[0] ?? -1))
    .map(({ node, message, fix }) => problem(message, fix, node.range?.[0]));
  if (second)
    problems.push(
      problem("the file has a second document", 'keep one document and remove the line "---"', second.range[0]),
    );
  // After a syntax error the data is a guess.
  if (syntax.size > 0 || tree.tooDeep) return [...syntax.values(), ...(quotes ? problems : [])];
  return new Source(path, file, lines, document, tree, problems);
}

/** Returns an upper bound of the nesting of brackets: brackets in strings and comments count too. */
function bracketDepth(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === "[" || bracket === "{" ? depth + 1 : Math.max(depth - 1, 0);
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
