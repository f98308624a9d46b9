import type { Verdict } from "../../access/verdicts";
import type { Proof } from "../../config/proofs";

/**
 * Returns the verdict of each proof.
 * @param read reads what a namespace holds; called once for each namespace
 */
export async function verdictsByNamespace<Found>(
  proofs: readonly Proof[],
  read: (namespace: string) => Promise<Found>,
  verdictOf: (proof: Proof, found: Found) => Verdict,
): Promise<Verdict[]> {
  const byNamespace = new Map<string, Found>();
  const verdicts: Verdict[] = [];
  for (const proof of proofs) {
    const { namespace } = proof.account;
    const found = byNamespace.get(namespace) ?? (await read(namespace));
    byNamespace.set(namespace, found);
    verdicts.push(verdictOf(proof, found));
  }
  return verdicts;
}
