import { parseArgs } from "node:util";
import { accessMatrix } from "../access/matrix";
import { renderMatrix } from "../access/render";
import { loadProject } from "../config/load";
import { formatProblem } from "../config/problems";

// npm run check -- [-o text|json]: what is wrong with the configuration, and who may assume what.

const USAGE = "usage: npm run check -- [-o text|json]";

function output(): "text" | "json" | undefined {
  try {
    const { values } = parseArgs({ options: { output: { type: "string", short: "o", default: "text" } } });
    return values.output === "text" || values.output === "json" ? values.output : undefined;
  } catch {
    return undefined;
  }
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;

function check(format: "text" | "json"): number {
  const { problems, project } = loadProject();
  const access = project ? accessMatrix(project) : [];
  const errors = problems.filter(({ severity }) => severity === "error").length;
  if (format === "json") process.stdout.write(`${JSON.stringify({ problems, access }, null, 2)}\n`);
  else {
    for (const problem of problems) process.stdout.write(`${formatProblem(problem)}\n`);
    if (problems.length > 0) process.stdout.write("\n");
    if (project) process.stdout.write(`${renderMatrix(access)}\n`);
    process.stdout.write(
      `${count(errors, "error")}, ${count(problems.length - errors, "warning")}, ${count(new Set(access.map(({ roleArn }) => roleArn)).size, "role")}\n`,
    );
  }
  return errors === 0 ? 0 : 1;
}

// A reader that closes the pipe early (head) ends nothing and needs no trace.
process.stdout.on("error", () => {});
const format = output();
if (format) process.exitCode = check(format);
else {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
}
