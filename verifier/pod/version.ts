import { version } from "../../package.json";

/** Replaced by the packager; a run from the sources has neither. */
declare const VERIFIER_COMMIT: string | undefined;
declare const VERIFIER_SDK: string | undefined;

export const VERSION = version;

/** What `--version` prints: the release, then what it was made from. */
export function versionText(): string {
  const commit = typeof VERIFIER_COMMIT === "string" ? VERIFIER_COMMIT : "unknown";
  const sdk = typeof VERIFIER_SDK === "string" ? VERIFIER_SDK : "unknown";
  return `verifier ${VERSION} (commit ${commit}, Node ${process.versions.node}, AWS SDK ${sdk})`;
}
