import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
} from "yaml";
import type { Problem } from "./problems";

/** Keys and indexes from a file's root. */
export type Path = readonly (string | number)[];

/** Reads a file's bytes. @throws NodeJS.ErrnoException */
export type ReadFile = (path: string) => Buffer;

/** Bytes; a configuration of 2,000 roles has a third of it. */
const LARGEST_FILE = 1_000_000;

/** Levels of nesting; a policy's condition values are nine deep. */
const DEEPEST = 30;

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
    /** The file's data: objects without a prototype's keys, lists, strings, numbers, booleans, null. */
    readonly data: unknown,
  ) {}

  /** Reports a problem at a value or, where it is about a key that must go, at the key. */
  report(path: Path, message: string, fix: string, options: { severity?: "warning"; at?: "key" } = {}): void {
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
export function readSource(path: string, file: string, read: ReadFile): Source | readonly Problem[] {
  const problem = (message: string, fix: string, line = 1, column = 1): Problem => ({
    file,
    line,
    column,
    path: "",
    severity: "error",
    message,
    fix,
  });
  let text: string;
  try {
    const bytes = read(path);
    if (bytes.length > LARGEST_FILE)
      return [problem(`the file has ${bytes.length} bytes`, `use at most ${LARGEST_FILE}; divide it into clusters`)];
    // A byte order mark is not part of the text.
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    return [unreadable(error, problem)];
  }
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    maxAliasCount: 0,
  } as object);
  const [document, second] = Array.isArray(documents) ? documents : [];
  if (!document || document.contents === null) return [problem("the file is empty", "see the committed example")];
  const errors = document.errors.map(({ message, pos }) => {
    const { line, col } = lines.linePos(pos[0]);
    return problem(`not YAML: ${message.split("\n")[0]}`, syntaxFix(message), Math.max(line, 1), Math.max(col, 1));
  });
  if (second) {
    const { line, col } = lines.linePos(second.range[0]);
    errors.push(
      problem("there is a second document", 'keep one; remove the line "---"', Math.max(line, 1), Math.max(col, 1)),
    );
  }
  errors.push(...forbidden(document, lines, problem));
  if (errors.length > 0) return errors;
  return new Source(path, file, lines, document, plain(document.contents));
}

function unreadable(error: unknown, problem: (message: string, fix: string) => Problem): Problem {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return problem("there is no such file", "create it, or name another with IRSA_CONFIG");
  if (code === "EISDIR") return problem("this is a folder", "a YAML file is expected here");
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return problem("the file is not UTF-8 text", "save it as UTF-8");
  return problem(`the file cannot be read (${code ?? "unknown"})`, "check its permissions");
}

function syntaxFix(message: string): string {
  if (/unique/i.test(message)) return "keep one of the two keys";
  if (/tab/i.test(message)) return "indent with spaces";
  return "mend the syntax at this place: indentation, quotes, brackets";
}

/** Anchors, aliases, merge keys and tags hide what a reviewer must see, and keys must be text. */
function forbidden(
  document: Document.Parsed,
  lines: LineCounter,
  problem: (message: string, fix: string, line?: number, column?: number) => Problem,
): Problem[] {
  const problems: Problem[] = [];
  const report = (node: Node, message: string, fix: string) => {
    const { line, col } = lines.linePos(node.range?.[0] ?? 0);
    problems.push(problem(message, fix, Math.max(line, 1), Math.max(col, 1)));
  };
  visit(document, {
    Node: (_, node, ancestors) => {
      if (ancestors.length > DEEPEST * 2) {
        report(node, `more than ${DEEPEST} levels of nesting`, "nothing in a configuration is that deep");
        return visit.BREAK;
      }
      if (isAlias(node)) report(node, "aliases (*) are not taken", "write the value out");
      else if (node.anchor !== undefined) report(node, "anchors (&) are not taken", "remove it");
      if (node.tag !== undefined && !isAlias(node)) report(node, `the tag ${node.tag} is not taken`, "remove it");
      return undefined;
    },
    Pair: (_, pair) => {
      if (isScalar(pair.key) && pair.key.source === "<<")
        report(pair.key, "merge keys (<<) are not taken", "write the keys out");
      else if (isScalar(pair.key) && keyText(pair.key) === "__proto__")
        report(pair.key, "__proto__ is not taken as a key", "use another name");
      else if (isNode(pair.key) && !isScalar(pair.key)) report(pair.key, "a key is not a text", "use a plain key");
    },
  });
  return problems;
}

/** The data of a node. Keys are always text, as they stand in the file; `__proto__` is a key like any other. */
function plain(node: unknown): unknown {
  if (isMap(node)) {
    const entries = node.items.map((item) => [keyText(item.key), plain(item.value)]);
    return Object.assign(Object.create(null), Object.fromEntries(entries));
  }
  if (isScalar(node)) return node.value;
  if (isNode(node) && "items" in node) return (node.items as unknown[]).map(plain);
  return null;
}

/** A key as it stands in the file: `on` and `012` stay what they are. */
function keyText(key: unknown): string {
  return isScalar(key) ? (key.source ?? String(key.value)) : "";
}
