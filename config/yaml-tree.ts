import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
} from "yaml";

/** What the rules for YAML found in a document. */
export interface Tree {
  readonly problems: readonly { readonly node: Node; readonly message: string; readonly fix: string }[];
  /** Values with a problem: their data is unknown, and no other rule looks at them. */
  readonly rejected: ReadonlySet<unknown>;
  /** Maps with a merge key: some of their keys are elsewhere. */
  readonly merged: ReadonlySet<unknown>;
  /** No other rule looks at the document. */
  readonly tooDeep: boolean;
}

/** Levels of nesting. The values of a policy's condition are nine levels deep. */
const DEEPEST = 30;

/** CDKTF replaces a string with this marker by a value that it knows later. */
const CDKTF_MARKER = "{TfToken[";

/** Finds anchors, aliases, merge keys and tags, which hide values from a reviewer, and keys that are not unique text. */
export function examine(document: Document.Parsed): Tree {
  const problems: { node: Node; message: string; fix: string }[] = [];
  const [rejected, merged] = [new Set<unknown>(), new Set<unknown>()];
  let tooDeep = false;
  const report = (node: Node, message: string, fix: string) => problems.push({ node, message, fix });
  const checkKeys = (map: YAMLMap) => {
    const seen = new Set<string>();
    for (const { key } of map.items) {
      const text = keyText(key);
      if (!isScalar(key))
        report(key as Node, "a key is not a string", "use a plain key, or quote a value that begins with {");
      else if (text === "<<") {
        report(key, "merge keys (<<) are not supported", "write the keys out");
        merged.add(map);
      } else if (text === "__proto__") report(key, "__proto__ is not supported as a key", "use another name");
      else if (seen.has(text)) report(key, `the key "${text}" exists twice`, "remove one of the two keys");
      seen.add(text);
    }
  };
  const visit = (node: unknown, depth: number): void => {
    if (isPair(node)) {
      visit(node.key, depth);
      visit(node.value, depth);
    }
    if (!isNode(node) || tooDeep) return;
    if (isAlias(node)) {
      report(node, "aliases (*) are not supported", "write the value out, or quote a value that begins with *");
      rejected.add(node);
      return;
    }
    if (isCollection(node) && depth >= DEEPEST) {
      report(node, `values are nested more than ${DEEPEST} levels deep`, "remove the nested values");
      tooDeep = true;
      return;
    }
    if (node.anchor !== undefined) report(node, "anchors (&) are not supported", "remove the anchor");
    if (node.tag !== undefined) {
      report(node, `the tag ${node.tag} is not supported`, "remove the tag");
      if (isScalar(node)) rejected.add(node);
    } else if (isScalar(node) && String(node.value).includes(CDKTF_MARKER)) {
      report(node, `${CDKTF_MARKER} is reserved: CDKTF replaces it by another value`, "use another text");
      rejected.add(node);
    }
    if (isMap(node)) checkKeys(node);
    if (isCollection(node)) for (const item of node.items) visit(item, depth + 1);
  };
  visit(document.contents, 0);
  return { problems, rejected, merged, tooDeep };
}

/** Returns the data of a node without the rejected values. Keys are strings, as the file writes them. */
export function plain(node: unknown, tree: Tree): unknown {
  if (tree.rejected.has(node)) return undefined;
  if (isMap(node)) {
    const data = Object.create(null) as Record<string, unknown>;
    for (const [key, { value }] of ownPairs(node)) data[key] = plain(value, tree);
    return data;
  }
  if (isScalar(node)) return node.value;
  return isSeq(node) ? node.items.map((item) => plain(item, tree)) : null;
}

const PAIRS = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

/** Returns the pairs of a map by the text of their keys. Of two equal keys the first counts. */
export function ownPairs(map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = PAIRS.get(map);
  if (known) return known;
  const pairs = new Map<string, Pair>();
  for (const pair of map.items) {
    const text = keyText(pair.key);
    if (isScalar(pair.key) && text !== "<<" && text !== "__proto__" && !pairs.has(text)) pairs.set(text, pair);
  }
  PAIRS.set(map, pairs);
  return pairs;
}

/** Returns a key as the file writes it: `on` and `012` stay what they are. */
export function keyText(key: unknown): string {
  return isScalar(key) ? (key.source ?? String(key.value)) : "";
}
