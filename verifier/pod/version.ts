import { version } from "../../package.json";

/** The packager replaces both. A run from the sources has neither. */
declare const VERIFIER_COMMIT: string | undefined;
declare const VERIFIER_SDK: string | undefined;

export const VERSION = version;

/** Returns the output of `--version`: the release, and what it was built from. */
export function versionText(): string {
  const commit = typeof VERIFIER_COMMIT === "string" ? VERIFIER_COMMIT : "unknown";
  const sdk = typeof VERIFIER_SDK === "string" ? VERIFIER_SDK : "unknown";
  return `verifier ${VERSION} (commit ${commit}, Node ${process.versions.node}, AWS SDK ${sdk})`;
}
