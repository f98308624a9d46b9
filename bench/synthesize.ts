import { join } from "node:path";
import { runProgram } from "../local/child-process";

const ROOT = join(__dirname, "..");

/**
 * Synthesizes the stacks of a configuration.
 * @param config path of irsa.yaml
 * @param outdir the folder for the stacks
 * @throws Error with the output if the configuration has errors
 */
export async function synthesize(config: string, outdir: string): Promise<void> {
  const env = { ...process.env, IRSA_CONFIG: config, CDKTF_OUTDIR: outdir };
  const { exitCode, output } = await runProgram([process.execPath, "--import", "tsx", "main.ts"], { cwd: ROOT, env });
  if (exitCode !== 0) throw new Error(output);
}
