import { renderDiffMarkdown, renderDiffText } from "../access/diff-markdown";
import { type Breach, type IsolationProof, proveIsolation } from "../access/isolation";
import { type AccessRow, accessMatrix } from "../access/matrix";
import { renderMatrix, renderMatrixAsMarkdown } from "../access/render";
import { loadProject } from "../config/load";
import { formatProblem, type Problem } from "../config/problems";
import { counted } from "../config/quote";
import { OUTPUT_FORMAT } from "./lib/arguments";
import { command, main } from "./lib/command";
import { UsageError } from "./lib/errors";
import { printExplanation } from "./lib/explain";
import { differenceFrom } from "./lib/revision";

export const check = command({
  name: "check",
  summary:
    "Reports every mistake in the configuration, prints which service accounts can assume which role, and proves that no other service account can. With explain, reports why one service account can or cannot assume one role.",
  options: {
    output: OUTPUT_FORMAT,
    against: {
      type: "string",
      value: "REVISION",
      description: "also print the difference in access from a Git revision, such as origin/main",
    },
    cluster: {
      type: "string",
      value: "CLUSTER",
      description: "with explain, the cluster that issues the token (default: the cluster of the role)",
    },
    committed: {
      type: "boolean",
      description: "also fail if the stacks in synthesized/stacks are not current",
    },
  },
  arguments: {
    value: "[explain SUBJECT ROLE]",
    description:
      "SUBJECT: [system:serviceaccount:]NAMESPACE:NAME or NAMESPACE/NAME. ROLE: NAME, CLUSTER/NAME or an ARN. Exit codes: 0 allow, 1 deny, 2 wrong usage, 3 the configuration has errors",
    max: 3,
  },
  environment: { IRSA_CONFIG: "path of the configuration (default: irsa.yaml)" },
  examples: [
    "npm run check",
    "npm run --silent check -- -o json",
    "npm run check -- --against origin/main",
    "npm run check -- --committed",
    "npm run check -- explain z7f3a2b1c-production/my-s3-role my-s3-role",
  ],
  async run({ values, positionals }) {
    if (positionals.length > 0) return printExplanation(values, positionals);
    if (values.cluster !== undefined) throw new UsageError("--cluster is only valid with explain");
    const { problems, project } = loadProject();
    const access = project ? accessMatrix(project) : [];
    const isolation: IsolationProof = project ? proveIsolation(project) : { tokens: 0, breaches: [] };
    const difference = project && values.against !== undefined ? differenceFrom(values.against, project) : undefined;
    const stale = project && values.committed ? (await import("./lib/committed-stacks")).staleStacks(project) : [];
    const result = { problems, access, isolation, ...difference, ...(values.committed ? { stale } : {}) };
    if (values.output === "json") process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    else process.stdout.write(report(values.output, problems, access, isolation));
    if (difference && values.output !== "json") {
      const [render, note] = [values.output === "text" ? renderDiffText : renderDiffMarkdown, difference.note];
      process.stdout.write(`\n${note === undefined ? "" : `${note}\n\n`}${render(difference.changes)}`);
    }
    if (stale.length > 0) {
      const list = stale.map(({ stack, problem }) => `  ${stack} ${problem}\n`).join("");
      process.stderr.write(
        `\ncheck: the committed stacks are not current; run npm run synth -- --committed, and commit the folder synthesized:\n${list}`,
      );
    }
    const failed = problems.some(({ severity }) => severity === "error") || isolation.breaches.length > 0;
    return failed || stale.length > 0 ? 1 : 0;
  },
});

function report(
  format: "text" | "markdown",
  problems: readonly Problem[],
  access: readonly AccessRow[],
  isolation: IsolationProof,
): string {
  const lines = [...problems.map(formatProblem), ...isolation.breaches.map(formatBreach)];
  const list = lines.map((line) => (format === "markdown" ? `- ${escapeMarkdown(line)}\n` : `${line}\n`)).join("");
  const render = format === "markdown" ? renderMatrixAsMarkdown : renderMatrix;
  const matrix = access.length === 0 ? "" : render(access);
  return [list, matrix, `${totals(problems, access, isolation)}\n`].filter((part) => part !== "").join("\n");
}

function totals(
  problems: readonly Problem[],
  access: readonly AccessRow[],
  { tokens, breaches }: IsolationProof,
): string {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const patterns = access.flatMap(({ subjects }) => subjects).filter(({ match }) => match === "pattern").length;
  const counts = [
    counted(errors, "error"),
    counted(problems.length - errors, "warning"),
    counted(new Set(access.map(({ roleArn }) => roleArn)).size, "role"),
    counted(patterns, "pattern"),
  ].join(", ");
  if (errors > 0) return counts;
  if (access.length === 0) return `${counts}; no role is declared, so there is nothing to prove`;
  const verdict = breaches.length === 0 ? "isolation is proven" : "isolation is not proven";
  return `${counts}; ${verdict} with ${counted(tokens, "token")}`;
}

function formatBreach({ roleArn, cluster, subject, audience, outcome }: Breach): string {
  const can =
    outcome === "admitted" ? "can assume the role and is not declared" : "is declared and cannot assume the role";
  return `${roleArn}: ${subject} of cluster ${cluster} with audience ${audience} ${can}; report this as a defect of qovery-irsa`;
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_<>|[\]]/g, "\\$&");
}

if (require.main === module) main(check);
