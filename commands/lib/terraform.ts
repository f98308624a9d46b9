import { spawn } from "node:child_process";
import { constants } from "node:os";
import { stripVTControlCharacters } from "node:util";
import { terraformBinary } from "../../local/terraform-cli";
import type { SynthesizedStack } from "./stacks";

export interface TerraformOptions {
  readonly signal?: AbortSignal;
  /** `capture` returns the output; `show` also prints the output as it comes. @default "show" */
  readonly output?: "show" | "capture";
}

export interface TerraformResult {
  /** Terraform's own exit code; 128 and the number of the signal if a signal ended Terraform. */
  readonly code: number;
  /** The signal that ended Terraform. */
  readonly killedBy?: NodeJS.Signals;
  /** Empty with `output: "show"`: Terraform writes to this process's standard output. */
  readonly stdout: string;
  /** Without colours. */
  readonly stderr: string;
}

/**
 * Runs Terraform in a stack's folder.
 *
 * Terraform has a process group of its own: Ctrl-C reaches this process only, and is passed on once. A second interrupt
 * would end Terraform before it stores the state.
 */
export function runTerraform(
  { folder }: SynthesizedStack,
  args: readonly string[],
  { signal, output = "show" }: TerraformOptions = {},
): Promise<TerraformResult> {
  const shown = output === "show";
  return new Promise((resolve, reject) => {
    const child = spawn(terraformBinary(), [...args], {
      cwd: folder,
      env: { ...process.env, TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" },
      stdio: [shown ? "inherit" : "ignore", shown ? "inherit" : "pipe", "pipe"],
      detached: true,
    });
    const interrupt = () => child.kill("SIGINT");
    signal?.addEventListener("abort", interrupt, { once: true });
    if (signal?.aborted) interrupt();
    const texts = { stdout: "", stderr: "" };
    child.stdout?.on("data", (text: Buffer) => {
      texts.stdout += text.toString();
    });
    child.stderr?.on("data", (text: Buffer) => {
      texts.stderr += stripVTControlCharacters(text.toString());
      if (shown) process.stderr.write(text);
    });
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "ENOENT"
          ? new Error(
              `${terraformBinary()} is not on PATH; install Terraform or OpenTofu, or set TERRAFORM_BINARY_NAME`,
            )
          : error,
      ),
    );
    child.on("close", (code, killedBy) => {
      signal?.removeEventListener("abort", interrupt);
      if (killedBy !== null) endGroup(child.pid);
      const number = killedBy === null ? undefined : constants.signals[killedBy];
      resolve({ code: code ?? 128 + (number ?? 0), ...(killedBy === null ? {} : { killedBy }), ...texts });
    });
  });
}

/** Returns the arguments of `terraform init` in a run that nobody answers questions in. */
export const INIT = ["init", "-input=false", "-no-color"] as const;

/** Ends the provider processes that a killed Terraform leaves running. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // No process is left.
  }
}
