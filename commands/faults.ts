import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AWS_CLI } from "../bench/aws-cli";
import { runProgram } from "../local/child-process";
import type { Fault } from "../local/faults/fault";
import { FAULTS } from "../local/faults/faults";
import { MEASURED, type Measured, PATIENCE } from "../local/faults/table";
import { inSituations, type Situation, startWorld } from "../local/faults/world";
import { command, main } from "./lib/command";

/** Characters of the AWS CLI's error that are kept. */
const LONGEST = 100;

export const faults = command({
  name: "faults",
  summary: "Runs `aws s3 ls` in every fault of the corpus, and records the output for docs/faults.md.",
  options: {},
  examples: ["npm run faults"],
  stoppable: true,
  async run({ signal }) {
    await measureAll(signal);
    return 0;
  },
});

async function measureAll(signal: AbortSignal): Promise<void> {
  const { stdout } = await run(["--version"], { PATH: process.env.PATH ?? "" });
  const world = await startWorld();
  let done = 0;
  try {
    const answers = await inSituations(world, FAULTS, { atOnce: 2, recovers: false }, async (situation, fault) => {
      signal.throwIfAborted();
      const answer = await measure(situation, fault, world.folder);
      process.stderr.write(`${++done}/${FAULTS.length}\r`);
      return answer;
    });
    const failed = [...answers.values()].find((answer) => answer instanceof Error);
    if (failed instanceof Error) throw failed;
    const measured: Measured = {
      date: new Date().toISOString().slice(0, 10),
      cli: stdout.split(" ")[0] ?? "",
      answers: Object.fromEntries(FAULTS.map(({ situation }) => [situation, String(answers.get(situation))])),
    };
    writeFileSync(MEASURED, `${JSON.stringify(measured, null, 2)}\n`);
  } finally {
    await world.stop();
  }
}

async function measure({ env, folder }: Situation, fault: Fault, root: string): Promise<string> {
  // An empty home has neither a configuration nor a credential cache.
  const home = join(folder, "home");
  mkdirSync(home, { recursive: true });
  const bucket = fault.flags?.join(" ").match(/s3:bucket:(\S+)/)?.[1];
  const { code, stdout, stderr } = await run(["s3", "ls", ...(bucket === undefined ? [] : [`s3://${bucket}`])], {
    ...env,
    HOME: home,
  });
  if (code === undefined) return `no answer within ${PATIENCE} s`;
  const lines = stdout.split("\n").filter((line) => line !== "");
  const listed = bucket === undefined ? "bucket" : "object";
  if (code === 0) return `exit 0: ${lines.length === 1 ? `1 ${listed}` : `${lines.length} ${listed}s`}`;
  const last = stderr.trim().split("\n").at(-1) ?? "";
  return last === "" ? `exit ${code}, no message` : `exit ${code}: ${shortened(last, root)}`;
}

/** The decisive part of an error, without values that differ between runs. */
function shortened(error: string, root: string): string {
  const text = error
    .replace(/^An error occurred \((\w+)\) when calling the \w+ operation(?: \(reached max retries: \d\))?: /, "$1: ")
    .replaceAll(new RegExp(`${root}/(fault-\\w+|certificates)`, "g"), "PATH")
    .replace(/127\.0\.0\.1:(?!1\b)\d+/g, "127.0.0.1:PORT")
    .replace(/port=(?!1\b)\d+/g, "port=PORT")
    .replace(/0x[\da-f]{6,}/g, "0x…")
    .replace(/\b\d{10}\b/g, "TIME")
    .replace(/eyJ[\w.-]+/g, "TOKEN")
    .replace(/\s+/g, " ");
  return text.length > LONGEST ? `${text.slice(0, LONGEST).replace(/\s+\S*$/, "")} …` : text;
}

/** Runs the AWS CLI. `code` is undefined if it does not end in time. */
async function run(args: readonly string[], env: Record<string, string>) {
  const signal = AbortSignal.timeout(PATIENCE * 1000);
  const { exitCode, stdout, stderr } = await runProgram([AWS_CLI, ...args], { env, signal });
  return { code: signal.aborted ? undefined : exitCode, stdout, stderr };
}

if (require.main === module) main(faults);
