import { accessMatrix } from "../access/matrix";
import { renderMatrix } from "../access/render";
import { loadProject } from "../config/load";
import { formatProblem } from "../config/problems";
import { command, main } from "./lib/command";

export const check = command({
  name: "check",
  summary: "Reports every mistake in the configuration, and prints which service accounts can assume which role.",
  options: {
    output: { type: "string", short: "o", choices: ["text", "json"], default: "text", description: "output format" },
  },
  environment: { IRSA_CONFIG: "path of the configuration (default: irsa.yaml)" },
  examples: ["npm run check", "npm run --silent check -- -o json"],
  async run({ values }) {
    const { problems, project } = loadProject();
    const access = project ? accessMatrix(project) : [];
    const errors = problems.filter(({ severity }) => severity === "error").length;
    if (values.output === "json") process.stdout.write(`${JSON.stringify({ problems, access }, null, 2)}\n`);
    else {
      for (const problem of problems) process.stdout.write(`${formatProblem(problem)}\n`);
      if (problems.length > 0) process.stdout.write("\n");
      if (project) process.stdout.write(`${renderMatrix(access)}\n`);
      const roles = new Set(access.map(({ roleArn }) => roleArn)).size;
      const totals = [count(errors, "error"), count(problems.length - errors, "warning"), count(roles, "role")];
      process.stdout.write(`${totals.join(", ")}\n`);
    }
    return errors === 0 ? 0 : 1;
  },
});

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

if (require.main === module) main(check);
