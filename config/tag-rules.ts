import { tagKeyProblem } from "../iam/names";
import { TAGS } from "../iam/quotas";
import { error, type Finding, type Path } from "./problems";
import { quote } from "./quote";

type Tags = Readonly<Record<string, string | undefined>>;

/**
 * Checks the tags of one level, and the tags of a resource with those that it inherits. Problems of inherited tags belong
 * to their own level. IAM compares keys without regard to case.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
 */
export function tagProblems(path: Path, tags: Tags = {}, inherited: Tags = {}): Finding[] {
  const findings: Finding[] = [];
  const seen = new Map(Object.keys(inherited).map((key) => [key.toLowerCase(), key]));
  for (const key of Object.keys(tags)) {
    const report = (message: string, fix: string) =>
      findings.push(error([...path, key], `the key ${quote(key)} ${message}`, fix, "key"));
    const found = tagKeyProblem(key);
    if (found) report(found.problem, found.fix);
    const twin = seen.get(key.toLowerCase());
    if (twin !== undefined && twin !== key) {
      const fix = twin in inherited ? `write the key as "${twin}", which is inherited` : "remove one of the two keys";
      report(`differs from "${twin}" only in case, which IAM ignores`, fix);
    }
    seen.set(key.toLowerCase(), key);
  }
  const above = Object.keys(inherited).length;
  const count = Object.keys({ ...inherited, ...tags }).length;
  if (above > TAGS || count <= TAGS) return findings;
  const message = `there are ${count} tags${above === 0 ? "" : ", including the inherited tags"}`;
  return [...findings, error(path, message, `use at most ${TAGS}`, "key")];
}
