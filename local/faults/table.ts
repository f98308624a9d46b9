import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AREAS } from "./faults";

/** What `aws s3 ls` reports in each situation. */
export interface Measured {
  /** `2026-11-25` */
  readonly date: string;
  /** `aws-cli/1.45.11` */
  readonly cli: string;
  /** Situation → the exit code and the last line of the error. */
  readonly answers: Readonly<Record<string, string>>;
}

/** The measured answers of the AWS CLI, which `npm run faults` writes. */
export const MEASURED = join(__dirname, "aws-cli.json");

/** Seconds after which the AWS CLI is stopped. */
export const PATIENCE = 20;

/** Returns docs/faults.md: a table of the faults for each area. */
export function renderFaults(): string {
  const { date, cli, answers }: Measured = JSON.parse(readFileSync(MEASURED, "utf8"));
  const sections = [...AREAS].map(([area, faults]) => {
    const rows = faults.map(({ situation, code, exit }) => {
      const link = code === null ? "–" : `[${code}](checks.md#${code})`;
      return `| ${situation} | ${link} | ${exit} | ${cell(answers[situation] ?? "not measured")} |`;
    });
    return `## ${area}\n\n| situation | code | exit | \`aws s3 ls\` |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
  });
  return `# Faults

The tests stage each situation on the embedded AWS and run the packaged verifier in the situation. This page lists the code and the exit code of the verifier, and the output of \`aws s3 ls\` in the same situation. [checks.md](checks.md) explains the codes. Exit 0 with a code is a warning. "–" means that access or isolation is proven.

\`aws s3 ls\` has the same variables, files, endpoints and roles, an empty credential cache and default settings. The verifier's flags do not apply to the AWS CLI, and no fault is corrected while the CLI runs. The last column shows its exit code and the last line of its error. PORT, TIME and PATH replace values that differ between runs. The AWS CLI is stopped after ${PATIENCE} s.

Measured on ${date} with ${cli} by \`npm run faults\`.

${sections.join("\n")}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replace(/[*_]/g, "\\$&");
}
