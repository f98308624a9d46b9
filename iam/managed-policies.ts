import { distance } from "fastest-levenshtein";
// Path → names of AWS managed policies. `npm run aws-data` renews the list.
import KNOWN from "./aws-managed-policies.json";
import type { Partition } from "./partition";

const PATHS: ReadonlyMap<string, string> = new Map(
  Object.entries(KNOWN).flatMap(([path, names]) => names.map((name): [string, string] => [name, path])),
);

/** Returns whether a name is in the list of AWS managed policies. AWS adds policies every month. */
export function isKnownManagedPolicy(name: string): boolean {
  return PATHS.has(name);
}

/** Returns the ARN of an AWS managed policy. Known policies have their path, such as `/service-role/`. */
export function awsManagedPolicyArn(partition: Partition, name: string): string {
  return `arn:${partition}:iam::aws:policy${PATHS.get(name) ?? "/"}${name}`;
}

/** The extents of access that names of policies contain, from the least to the most. */
const EXTENTS: readonly (readonly string[])[] = [
  ["read", "only", "readonly", "view", "pull"],
  [],
  ["write", "power", "modify", "manage"],
  ["full", "admin", "administrator", "administration"],
];

interface Parts {
  /** The name in lower case, without the prefix Amazon or AWS and without the suffix Access or Policy. */
  readonly stem: string;
  /** The words before the extent. */
  readonly service: string;
  /** Index of the extent. */
  readonly extent: number;
}

function partsOf(name: string): Parts {
  const words = name
    .replace(/^(?:Amazon|AWS)(?=.)/i, "")
    .split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/)
    .map((word) => word.toLowerCase());
  const isSuffix = (word: string | undefined) =>
    word !== undefined && ["access", "policy"].some((known) => similar(word, known));
  const extents = words.map(extentOf);
  const end = words.findIndex((word, index) => extents[index] !== -1 || isSuffix(word));
  return {
    stem: (isSuffix(words.at(-1)) ? words.slice(0, -1) : words).join("").replace(/(?:access|policy)$/, ""),
    service: words.slice(0, end === -1 ? undefined : end).join(""),
    extent: Math.max(...extents) === -1 ? 1 : Math.max(...extents),
  };
}

/** Returns the extent that a word names, or -1. A misspelled word is not another word: Pull does not mean Full. */
function extentOf(word: string): number {
  const exact = EXTENTS.findIndex((names) => names.includes(word));
  return exact === -1 ? EXTENTS.findIndex((names) => names.some((name) => similar(word, name))) : exact;
}

let known: readonly (Parts & { readonly name: string })[] | undefined;

/** Returns whether two words differ by at most one letter in five. Words of three letters must be equal. */
function similar(a: string, b: string): boolean {
  const edits = Math.max(a.length, b.length) < 4 ? 0 : Math.max(1, Math.floor(a.length / 5));
  return Math.abs(a.length - b.length) <= edits && distance(a, b) <= edits;
}

/**
 * Returns the policy that a misspelled name most likely means. The policy is for the same service and does not allow
 * more than the name says: `S3FullAccess` means `AmazonS3FullAccess`, and `SecretsManagerReadOnly` has no suggestion.
 */
export function nearestManagedPolicy(name: string): string | undefined {
  const wanted = partsOf(name);
  known ??= [...PATHS.keys()].map((candidate) => ({ name: candidate, ...partsOf(candidate) }));
  const same = known.find(({ stem }) => stem === wanted.stem);
  if (same) return same.name;
  const near = known.filter(
    ({ stem, service, extent }) =>
      similar(stem, wanted.stem) &&
      extent <= wanted.extent &&
      (service === wanted.service || similar(service, wanted.service)),
  );
  return near.toSorted((a, b) => distance(a.stem, wanted.stem) - distance(b.stem, wanted.stem))[0]?.name;
}
