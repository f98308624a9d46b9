import { CATALOGUE, type CatalogueEntry, type Category, CLUSTER_NOTE, CODES, type Code, whomToAsk } from "./catalogue";

// docs/checks.md, from the catalogue. The executable does not contain this file.

const HEADINGS: Readonly<Record<Category, string>> = {
  environment: "Environment",
  token: "Token",
  sts: "STS: AssumeRoleWithWebIdentity",
  identity: "Identity and probe",
  network: "Network",
};

const INTRODUCTION = `# The verifier's checks

Every check has a code that never changes its meaning. The exit code of the verifier is the exit code of the first failure: 1 for not proven, 3 for undecided. A warning fails only with \`--strict\`.
(R): the failure can disappear within a minute or two, and \`--wait\` tries again.
[faults.md](faults.md) lists situations with the code that the verifier reports, and what \`aws s3 ls\` reports in the same situation.

A report shows those fixes of a code that fit the situation, the most likely one first. Names in angle brackets stand for observed values. ${CLUSTER_NOTE.replace(/<cluster>/, "`$&`")}`;

/** Stands for the observed values in a fix: every value is its name in angle brackets. */
const PLACEHOLDERS = new Proxy({}, { get: (_, name) => `<${String(name)}>` }) as never;

/** Returns docs/checks.md. */
export function renderChecks(): string {
  const rows = CODES.map((code) => {
    const { title, retryable }: CatalogueEntry = CATALOGUE[code];
    return `| [${code}](#${code}) | ${title}${retryable ? " (R)" : ""} | ${exitShown(code)} |`;
  });
  const sections = Object.entries(HEADINGS).map(([category, heading]) => {
    const codes = CODES.filter((code) => CATALOGUE[code].category === category);
    return [`## ${heading}`, ...codes.map(page)].join("\n\n");
  });
  const table = ["| code | statement that is true if the check passes | exit |", "| --- | --- | --- |", ...rows].join(
    "\n",
  );
  return `${[INTRODUCTION, table, ...sections].join("\n\n")}\n`;
}

function exitShown(code: Code): string {
  const { exit } = CATALOGUE[code];
  return exit === 0 ? "warning" : code === "QV321" ? "1 or 3" : String(exit);
}

function page(code: Code): string {
  const { failure, meaning, fixes, source }: CatalogueEntry = CATALOGUE[code];
  const list = Object.values(fixes).map((fix) => `- ${escaped(typeof fix === "string" ? fix : fix(PLACEHOLDERS))}`);
  const contact = whomToAsk(code);
  return [
    `<a id="${code}"></a>\n\n### ${code}: ${failure}`,
    meaning,
    `**Fix**\n\n${list.join("\n")}`,
    ...(contact === undefined ? [] : [contact]),
    `**Source** ${source}`,
  ].join("\n\n");
}

/** Returns a text of a report as Markdown: angle brackets and asterisks outside code are characters. */
function escaped(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[<>*]/g, "\\$&")))
    .join("");
}
