import type { Fault } from "./fault";
import { AREAS } from "./faults";

// docs/faults.md: the corpus, and beside it what the AWS CLI says of the same.

/** What `aws s3 ls` said of each fault, by its situation, and when. */
export interface Measured {
  readonly date: string;
  /** `aws-cli/1.45.11` */
  readonly cli: string;
  readonly answers: ReadonlyMap<string, string>;
}

/** Seconds after which the AWS CLI is ended. */
export const PATIENCE = 20;

export function renderTable({ date, cli, answers }: Measured): string {
  const sections = [...AREAS].map(([area, faults]) => {
    const rows = faults.map((fault) => `| ${fault.situation} | ${verdict(fault)} | ${answers.get(fault.situation)} |`);
    return `## ${area}\n\n| situation | the verifier | \`aws s3 ls\` |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
  });
  return `# Faults, and what is said of them

Every situation of the corpus in [test/verifier/corpus](../test/verifier/corpus), in which the packaged verifier is run at each test: the code, the exit, what was seen and what to do are held word for word.
A long fix is cut here; [checks.md](checks.md) has a page for each code.

Beside it, what \`aws s3 ls\` says where it is run in the same place: same variables, files, endpoints and roles, no credential cache, its own settings for retries and timeouts, and ended after ${PATIENCE} s. Told are its exit code and the last line of its error; PORT, TIME and PATH stand for what differs from run to run.
A probe of a bucket is \`aws s3 ls s3://NAME\`. What only the verifier is told (\`--expect\`, \`--wait\`, \`--role-arn\` …) the AWS CLI is not, and what heals meanwhile does not.

Measured on ${date} with ${cli} by \`npm run faults\`.

${sections.join("\n")}`;
}

/** The table's columns that are measured, read back from it. @throws Error where it is not such a table */
export function readTable(text: string): Measured {
  const [, date, cli] = /^Measured on (\S+) with (\S+) by /m.exec(text) ?? [];
  if (date === undefined || cli === undefined) throw new Error("docs/faults.md does not say when it was measured");
  const rows = [...text.matchAll(/^\| (.*?) \| .* \| (.*) \|$/gm)];
  return { date, cli, answers: new Map(rows.map(([, situation = "", said = ""]) => [situation, said])) };
}

/** A text as a cell of a table. */
export function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replace(/[*_]/g, "\\$&").replace(/\s+/g, " ").trim();
}

/** Characters of a fix that are shown. */
const LONGEST_FIX = 220;

function verdict({ code, exit, says, fix = "", attempts, closedOutput }: Fault): string {
  if (closedOutput) return "exit 0";
  if (code === null) return `proven, exit 0${attempts === undefined ? "" : ", at a later try"}`;
  const shown = fix.length > LONGEST_FIX ? `${fix.slice(0, LONGEST_FIX).replace(/\s\S*$/, "")} …` : fix;
  const kind = exit === 0 ? "warning, exit 0" : `exit ${exit}`;
  return `[${code}](checks.md#${code}), ${kind}: ${cell(says ?? "")}<br>**Fix** ${cell(shown)}`;
}
