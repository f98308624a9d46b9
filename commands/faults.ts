import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AWS_CLI } from "../bench/aws-cli";
import type { Fault } from "../test/verifier/corpus/fault";
import { FAULTS } from "../test/verifier/corpus/faults";
import { normalised } from "../test/verifier/corpus/normalised";
import { type Ended, run, severalAtOnce } from "../test/verifier/corpus/run";
import { cell, PATIENCE, renderTable } from "../test/verifier/corpus/table";
import { inSituation, startWorld, type World } from "../test/verifier/corpus/world";

// npm run faults: runs `aws s3 ls` in every situation of the verifier's corpus, and writes docs/faults.md.

const TABLE = join(__dirname, "..", "docs", "faults.md");

/** Characters of the AWS CLI's last line that are shown. */
const LONGEST_LINE = 320;

async function main(): Promise<void> {
  const version = (await run([AWS_CLI, "--version"], { PATH: process.env.PATH ?? "" })).stdout.split(" ")[0] ?? "";
  const world = await startWorld();
  const answers = new Map<string, string>();
  try {
    await severalAtOnce(FAULTS, 2, async (fault) => {
      answers.set(fault.situation, await measure(world, fault));
      process.stderr.write(`${answers.size}/${FAULTS.length}\r`);
    });
  } finally {
    await world.stop();
  }
  writeFileSync(TABLE, renderTable({ date: new Date().toISOString().slice(0, 10), cli: version, answers }));
}

async function measure(world: World, fault: Fault): Promise<string> {
  return inSituation(world, fault, false, async ({ env, folder }) => {
    // A home of its own has neither a configuration nor a cache of credentials.
    const home = join(folder, "home");
    mkdirSync(home);
    const bucket = fault.flags?.join(" ").match(/s3:bucket:(\S+)/)?.[1];
    const command = ["timeout", "--signal=KILL", String(PATIENCE), AWS_CLI, "s3", "ls"];
    const ended = await run([...command, ...(bucket === undefined ? [] : [`s3://${bucket}`])], { ...env, HOME: home });
    return told(ended, bucket === undefined ? "bucket" : "object", world.folder);
  });
}

/** What `timeout` ends with where it had to kill: its own code, or the signal's. */
const KILLED = [124, 137, null];

function told({ exitCode, stdout, stderr }: Ended, listed: string, folder: string): string {
  if (KILLED.includes(exitCode)) return `no word within ${PATIENCE} s`;
  const lines = stdout.split("\n").filter((line) => line !== "");
  if (exitCode === 0)
    return `exit 0: lists ${["nothing", `1 ${listed}`][lines.length] ?? `${lines.length} ${listed}s`}`;
  const last = stderr.trim().split("\n").at(-1) ?? "";
  return last === "" ? `exit ${exitCode}, and no word` : `exit ${exitCode}: ${cell(cut(normalised(last, folder)))}`;
}

function cut(line: string): string {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)} …` : line;
}

main().catch((error: unknown) => {
  process.stderr.write(`faults: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
