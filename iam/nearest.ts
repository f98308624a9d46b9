import { distance } from "fastest-levenshtein";

/**
 * Returns the candidate that a misspelled word most likely means, or undefined if no candidate is near. Case does not
 * count. At most a third of the word's letters differ, and never fewer than one is allowed to.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    // The lengths alone show that most candidates are too far away.
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best;
}
