import { stripVTControlCharacters } from "node:util";
import { type Ended, runProgram } from "../../local/child-process";
import { terraformBinary } from "../../local/terraform-cli";
import type { SynthesizedStack } from "./stacks";

export interface TerraformOptions {
  readonly signal?: AbortSignal;
  /** `capture` returns the output; `show` prints the output as it comes, and returns the standard error. @default "show" */
  readonly output?: "show" | "capture";
}

/**
 * Runs Terraform in a stack's folder. The standard error that it returns has no colours.
 *
 * An interrupt is passed on once: a second interrupt would end Terraform before it stores the state.
 */
export async function runTerraform(
  { folder }: SynthesizedStack,
  args: readonly string[],
  { signal, output = "show" }: TerraformOptions = {},
): Promise<Ended> {
  const terraform = terraformBinary();
  try {
    const ended = await runProgram([terraform, ...args], {
      cwd: folder,
      env: { ...process.env, TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" },
      signal,
      stop: "interrupt",
      shown: output === "show",
    });
    return { ...ended, stderr: stripVTControlCharacters(ended.stderr) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Error(`${terraform} is not on PATH; install Terraform or OpenTofu, or set TERRAFORM_BINARY_NAME`);
  }
}

/** Returns the arguments of `terraform init` in a run that nobody answers questions in. */
export const INIT = ["init", "-input=false", "-no-color"] as const;
