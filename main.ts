import { loadProject } from "./config/load";
import { formatProblem } from "./config/problems";
import { createApp } from "./stacks/app";

// What `cdktf synth`, `npx tsx main.ts` and CI run: configuration in, cdktf.out (or CDKTF_OUTDIR) out.
const { problems, project } = loadProject();
for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
if (project) createApp(project).synth();
else process.exitCode = 1;
