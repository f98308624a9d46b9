import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import type { Problem } from "./problems";
import { checkSize, explainUnreadable, type ReadFile } from "./read-file";
import { examine, keyText, plain, type Tree } from "./yaml-tree";

/** Keys and indexes from a file's root. */
export type Path = readonly (string | number)[];

/** Brackets within brackets that the YAML parser is asked to read. */
const DEEPEST_BRACKETS = 1000;

/** A YAML file that was read: its data, and where each of its keys and values stands. */
export class Source {
  private readonly problems: Problem[] = [];

  constructor(
    /** Where it was read from. */
    readonly path: string,
    /** The same as the user would type it. */
    readonly file: string,
    private readonly lines: LineCounter,
    private readonly document: Document.Parsed,
    private readonly tree: Tree,
    /** What is wrong with the file as YAML. */
    found: readonly Problem[],
  ) {
    this.problems.push(...found);
    this.data = plain(document.contents, tree);
  }

  /** Objects without a prototype's keys, lists, strings, numbers, booleans, null; undefined for what YAML's rules struck out. */
  readonly data: unknown;

  /**
   * Reports a problem at a value or, where it is about a key that must go, at the key. What is wrong only because YAML's
   * rules struck something out has been told with that.
   */
  report(path: Path, message: string, fix: string, options: { severity?: "warning"; at?: "key" } = {}): void {
    if (options.at !== "key" && this.isStruck(path)) return;
    const [line, column] = this.position(path, options.at === "key");
    const { severity = "error" } = options;
    this.problems.push({ file: this.file, line, column, path: path.join("."), severity, message, fix });
  }

  /** Every problem that was reported, without repetitions. */
  reported(): readonly Problem[] {
    return this.problems;
  }

  /** The text of a value as it stands in the file, such as `012345678901` for a number. */
  text(path: Path): string | undefined {
    const { value, depth } = this.find(path);
    return depth === path.length && isScalar(value) ? value.source : undefined;
  }

  /** Whether a map has its own keys alone: one with a merge key would have others too. */
  isWhole(path: Path): boolean {
    const { value, depth } = this.find(path);
    return depth !== path.length || !this.tree.merged.has(value);
  }

  /** Whether a value was struck out, or would be a key of a map that a merge key completes. */
  private isStruck(path: Path): boolean {
    const { value, depth } = this.find(path);
    return this.tree.struck.has(value) || (depth < path.length && this.tree.merged.has(value));
  }

  /** A value that is not there stands where its nearest parent does: at the parent's key. */
  private position(path: Path, atKey: boolean): [number, number] {
    const { key, value, depth } = this.find(path);
    // A value that is empty has no place of its own.
    const empty = isScalar(value) && value.source === "";
    const node = depth === path.length && !atKey && !empty ? (value ?? key) : (key ?? value);
    return this.at(node?.range?.[0] ?? 0);
  }

  /** The deepest key and value on a path, and how much of the path leads to them. */
  private find(path: Path): { key: Node | undefined; value: Node | undefined; depth: number } {
    let [key, value]: [Node | undefined, Node | undefined] = [undefined, this.document.contents ?? undefined];
    for (const [depth, step] of path.entries()) {
      if (isMap(value)) {
        const pair = value.items.find((item) => keyText(item.key) === String(step));
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

  private at(offset: number): [number, number] {
    const { line, col } = this.lines.linePos(offset);
    return [Math.max(line, 1), Math.max(col, 1)];
  }
}

/** Reads and parses a file, or says why it cannot be. */
export function readSource(
  path: string,
  file: string,
  read: ReadFile,
  language: "YAML" | "JSON" = "YAML",
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
    // A byte order mark is not part of the text.
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    return [problem(...explainUnreadable(error))];
  }
  if (bracketDepth(text) > DEEPEST_BRACKETS)
    return [problem("the brackets are nested too deep", "nothing in a configuration is that deep")];
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const [document, second] = Array.isArray(documents) ? documents : [];
  if (!document || document.contents === null) return [problem("the file is empty", "see the committed example")];
  const found = new Map<number, Problem>();
  // A place that the parser stumbles over more than once is one mistake.
  for (const { message, pos } of document.errors.toReversed())
    found.set(pos[0], problem(`not ${language}: ${message.split("\n")[0]}`, syntaxFix(message), pos[0]));
  const tree = examine(document);
  const flaws = tree.flaws.map(({ node, message, fix }) => problem(message, fix, node.range?.[0]));
  if (second) flaws.push(problem("there is a second document", 'keep one; remove the line "---"', second.range[0]));
  // What a file with a mistake of syntax means further on is a guess.
  if (found.size > 0 || tree.tooDeep) return [...found.values(), ...flaws];
  return new Source(path, file, lines, document, tree, flaws);
}

function syntaxFix(message: string): string {
  return /tab/i.test(message) ? "indent with spaces" : "mend the syntax at this place: indentation, quotes, brackets";
}

/** How deep brackets stand in brackets; those in texts and comments count too, so that it is a bound and no measure. */
function bracketDepth(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === "[" || bracket === "{" ? depth + 1 : Math.max(depth - 1, 0);
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
