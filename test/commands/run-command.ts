import { join } from "node:path";
import { type Ended, runProgram } from "../../local/child-process";

export const ROOT = join(__dirname, "../..");

/** Returns the arguments with which Node runs a command of commands/, such as `deploy`, in the project's folder. */
export function commandArguments(command: string, args: readonly string[]): string[] {
  return ["--import", "tsx", `commands/${command}.ts`, ...args];
}

/** Runs a command of commands/ until it ends. */
export function runCommand(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return runProgram([process.execPath, ...commandArguments(command, args)], { cwd: ROOT, env });
}
