import { mkdirSync } from "node:fs";
import { loadProject } from "./config/load";
import { formatProblem } from "./config/problems";
import type { Project } from "./config/project";
import { createApp } from "./stacks/app";

// Synthesizes the configuration into cdktf.out, or the folder in CDKTF_OUTDIR. `cdktf synth` and CI run it.

function synth(project: Project): void {
  const outdir = process.env.CDKTF_OUTDIR || "cdktf.out";
  try {
    // cdktf does not create parent folders.
    mkdirSync(outdir, { recursive: true });
    createApp(project, { outdir }).synth();
  } catch (error) {
    process.stderr.write(`synth: ${outdir}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

const { problems, project } = loadProject();
for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
if (project) synth(project);
else process.exitCode = 1;
