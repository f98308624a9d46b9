import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
  type YAMLMap,
} from "yaml";

/** What is wrong with a node as YAML is taken here. */
export interface TreeFlaw {
  readonly node: Node;
  readonly message: string;
  readonly fix: string;
}

/** A document's flaws, and the nodes that count for nothing because of one. */
export interface Tree {
  readonly flaws: readonly TreeFlaw[];
  /** Values that are not looked at any further: what they would be is not known. */
  readonly struck: ReadonlySet<unknown>;
  /** Maps that would have keys which stand elsewhere. */
  readonly merged: ReadonlySet<unknown>;
  /** Nothing is looked at any further. */
  readonly tooDeep: boolean;
}

/** Levels of nesting; a policy's condition values are nine deep. */
const DEEPEST = 30;

/** What cdktf puts into a string in place of a value that is known later; it would look for the value. */
const CDKTF_MARKER = "{TfToken[";

/** Anchors, aliases, merge keys and tags hide what a reviewer must see, and a key must be a text and stand once. */
export function examine(document: Document.Parsed): Tree {
  const flaws: TreeFlaw[] = [];
  const [struck, merged] = [new Set<unknown>(), new Set<unknown>()];
  let tooDeep = false;
  const report = (node: Node, message: string, fix: string) => flaws.push({ node, message, fix });
  const keys = (map: YAMLMap) => {
    const seen = new Set<string>();
    for (const { key } of map.items) {
      const text = keyText(key);
      if (!isScalar(key)) report(key as Node, "a key is not a text", "use a plain key");
      else if (text === "<<") {
        report(key, "merge keys (<<) are not taken", "write the keys out");
        merged.add(map);
      } else if (text === "__proto__") report(key, "__proto__ is not taken as a key", "use another name");
      else if (seen.has(text)) report(key, `the key "${text}" is here twice`, "keep one of the two keys");
      seen.add(text);
    }
  };
  visit(document, {
    Node: (_, node, ancestors) => {
      if (isCollection(node) && ancestors.filter(isCollection).length >= DEEPEST) {
        report(node, `more than ${DEEPEST} levels of nesting`, "nothing in a configuration is that deep");
        tooDeep = true;
        return visit.BREAK;
      }
      if (isAlias(node)) {
        report(node, "aliases (*) are not taken", "write the value out");
        struck.add(node);
        return undefined;
      }
      if (node.anchor !== undefined) report(node, "anchors (&) are not taken", "remove it");
      if (node.tag !== undefined) {
        report(node, `the tag ${node.tag} is not taken`, "remove it");
        if (isScalar(node)) struck.add(node);
      } else if (isScalar(node) && String(node.value).includes(CDKTF_MARKER)) {
        report(node, `${CDKTF_MARKER} is cdktf's mark of a value that it fills in`, "use another text");
        struck.add(node);
      }
      if (isMap(node)) keys(node);
      return undefined;
    },
  });
  return { flaws, struck, merged, tooDeep };
}

/** The data of a node, without what has been struck out. Keys are always text, as they stand in the file. */
export function plain(node: unknown, tree: Tree): unknown {
  if (tree.struck.has(node)) return undefined;
  if (isMap(node)) {
    const entries = ownPairs(node).map(([key, pair]) => [key, plain(pair.value, tree)]);
    return Object.assign(Object.create(null), Object.fromEntries(entries));
  }
  if (isScalar(node)) return node.value;
  return isSeq(node) ? node.items.map((item) => plain(item, tree)) : null;
}

/** The pairs of a map that count, by their keys' text: of two with one key the first. */
function ownPairs(map: YAMLMap): [string, Pair][] {
  const pairs = new Map<string, Pair>();
  for (const pair of map.items) {
    const text = keyText(pair.key);
    if (isScalar(pair.key) && text !== "<<" && text !== "__proto__" && !pairs.has(text)) pairs.set(text, pair);
  }
  return [...pairs];
}

/** A key as it stands in the file: `on` and `012` stay what they are. */
export function keyText(key: unknown): string {
  return isScalar(key) ? (key.source ?? String(key.value)) : "";
}
