import { distance } from "fastest-levenshtein";

/**
 * Returns the candidate that a misspelled word most likely means, or undefined if no candidate is near. Case does not
 * count. At most a third of the word's letters differ, and never fewer than one is allowed to.
 * @param share how many letters of the word a wrong letter needs @default 3
 */
export function nearest(word: string, candidates: Iterable<string>, share = 3): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / share)) + 1;
  for (const candidate of candidates) {
    // The lengths alone show that most candidates are too far away.
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best;
}
