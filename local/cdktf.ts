import { appendFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { runProgram } from "./child-process";

const ROOT = join(__dirname, "..");

export interface CdktfRun {
  /** The environment of an administrator of the embedded AWS. */
  readonly aws: Readonly<Record<string, string>>;
  /** The environment of Terraform. */
  readonly terraform: Readonly<Record<string, string>>;
  /** The folder for the synthesized stacks and the log. */
  readonly folder: string;
  /** Path of irsa.yaml. */
  readonly config: string;
  readonly signal?: AbortSignal;
}

/** A command that failed. The message is its output. */
export class CommandFailed extends Error {}

/**
 * Runs the real `cdktf` against the embedded AWS, isolated from the user's AWS account and Terraform settings.
 * @returns the output, without colours
 * @throws CommandFailed
 */
export async function cdktf(args: readonly string[], run: CdktfRun): Promise<string> {
  const program = join(ROOT, "node_modules", ".bin", "cdktf");
  const command = [program, ...args, "--output", join(run.folder, "cdktf.out")];
  const { exitCode, output } = await runProgram(command, { cwd: ROOT, env: isolated(run), signal: run.signal });
  run.signal?.throwIfAborted();
  const text = stripColours(output);
  appendFileSync(join(run.folder, "cdktf.log"), `$ cdktf ${args.join(" ")}\n${text}\n`);
  if (exitCode !== 0) throw new CommandFailed(text);
  return text;
}

/** Returns the user's environment without the variables that lead to a real account or change what Terraform does. */
function isolated({ aws, terraform, config }: CdktfRun): NodeJS.ProcessEnv {
  const user = Object.entries(process.env).filter(([name]) => !/^(AWS|TF|CDKTF|TERRAFORM)_/.test(name));
  return {
    ...Object.fromEntries(user),
    ...terraform,
    ...aws,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    CDKTF_LOG_LEVEL: "error",
    IRSA_CONFIG: config,
    PATH: [join(ROOT, "node_modules", ".bin"), process.env.PATH].join(delimiter),
    CI: "true",
    NO_COLOR: "1",
    FORCE_COLOR: "0",
  };
}

function stripColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").replaceAll("\r", "");
}
