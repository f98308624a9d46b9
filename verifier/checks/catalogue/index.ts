import { homepage, version } from "../../../package.json";
import {
  ASK,
  type CatalogueEntry,
  type Category,
  CLUSTER_NOTE,
  LAYER_FIXES,
  OR_WAIT,
  SCOPES,
  SCOPES_NOTE,
} from "./entry";
import { environment } from "./environment";
import { identity } from "./identity";
import { network } from "./network";
import { sts } from "./sts";
import { token } from "./token";

export type { CatalogueEntry, Category };
export { CLUSTER_NOTE, LAYER_FIXES, OR_WAIT };

/**
 * Every code, in the order of the checks. The codes are a public interface: a code never changes its meaning, and new
 * codes can be added. `npm run docs` writes docs/checks.md from this catalogue.
 */
export const CATALOGUE = { ...environment, ...token, ...sts, ...identity, ...network } as const;

export type Code = keyof typeof CATALOGUE;

export const CODES = Object.keys(CATALOGUE) as readonly Code[];

/** Returns the URL of the page of a code. */
export function hint(code: Code): string {
  return `${homepage}/blob/v${version}/docs/checks.md#${code}`;
}

/** Whether a warning probably explains a failure. */
export function explains(warning: Code, failure: Code): boolean {
  const { explains: codes = [] }: CatalogueEntry = CATALOGUE[warning];
  return codes.some((code) => failure.startsWith(code));
}

/** Returns fixes as the text of a report: one line, or a numbered line for each, the most likely one first. */
export function inOrder(...fixes: readonly string[]): string {
  return fixes.length === 1 ? fixes.join() : fixes.map((fix, index) => `${index + 1}. ${fix}`).join("\n");
}

/** Returns the fixes of a text that `inOrder` returned. */
export function lines(fixes: string): readonly string[] {
  return fixes.split("\n").map((line) => line.replace(/^\d+\. /, ""));
}

/** Returns sentences that explain words of a fix. */
export function notesOn(fix: string): string[] {
  return [...(fix.includes("<cluster>") ? [CLUSTER_NOTE] : []), ...(fix.includes(SCOPES) ? [SCOPES_NOTE] : [])];
}

/** Returns the people to ask for the fixes of a code, as a sentence; undefined if access to Qovery's console is enough. */
export function whomToAsk(code: Code): string | undefined {
  const { ask }: CatalogueEntry = CATALOGUE[code];
  return ask && ASK[ask];
}
