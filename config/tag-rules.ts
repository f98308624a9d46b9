import { tagKeyProblem } from "../iam/names";
import { TAGS } from "../iam/quotas";
import type { Path, Source } from "./source";

type Tags = Readonly<Record<string, string | undefined>>;

/**
 * The tags of one level, and with them what a role or a provider will have of the levels above. What those are wrong by
 * themselves is told there. Keys are compared without regard to case, as IAM does.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
 */
export function checkTags(source: Source, path: Path, tags: Tags = {}, inherited: Tags = {}): void {
  const seen = new Map(Object.keys(inherited).map((key) => [key.toLowerCase(), key]));
  for (const key of Object.keys(tags)) {
    const report = (problem: string, fix: string) =>
      source.report([...path, key], `the key "${key}" ${problem}`, fix, { at: "key" });
    const flaw = tagKeyProblem(key);
    if (flaw) report(flaw.problem, flaw.fix);
    const twin = seen.get(key.toLowerCase());
    if (twin !== undefined && twin !== key) {
      const fix = twin in inherited ? `write it as "${twin}", which is inherited` : "keep one";
      report(`is "${twin}" to IAM, which ignores case`, fix);
    }
    seen.set(key.toLowerCase(), key);
  }
  const [above, count] = [inherited, { ...inherited, ...tags }].map((level) => Object.keys(level).length) as [
    number,
    number,
  ];
  if (above > TAGS || count <= TAGS) return;
  const message = above === 0 ? `${count} tags` : `${count} tags with those that are inherited`;
  source.report(path, message, `use at most ${TAGS}`, { at: "key" });
}
