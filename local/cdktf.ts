import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { terraformEnvironment } from "./terraform-cli";

const ROOT = join(__dirname, "..");

export interface CdktfRun {
  /** What an administrator of the embedded AWS has in its environment. */
  readonly aws: Readonly<Record<string, string>>;
  /** The run's own folder: synthesized stacks, Terraform's CLI configuration, the log. */
  readonly folder: string;
  /** Path of irsa.yaml. */
  readonly config: string;
  readonly signal?: AbortSignal;
}

/** A command that failed; the message is its output. */
export class CommandFailed extends Error {}

/**
 * Runs the real `cdktf` against the embedded AWS, kept apart from the user's own AWS account and Terraform settings.
 * @returns what it printed, without colours
 * @throws CommandFailed
 */
export async function cdktf(args: readonly string[], run: CdktfRun): Promise<string> {
  const program = join(ROOT, "node_modules", ".bin", "cdktf");
  const child = spawn(program, [...args, "--output", join(run.folder, "cdktf.out")], {
    cwd: ROOT,
    env: isolated(run),
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that a signal ends Terraform and its provider with it.
    detached: true,
  });
  const stop = () => child.pid && process.kill(-child.pid, "SIGINT");
  run.signal?.addEventListener("abort", stop, { once: true });
  let output = "";
  const keep = (text: Buffer) => {
    output += text.toString();
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  run.signal?.removeEventListener("abort", stop);
  output = stripColours(output);
  appendFileSync(join(run.folder, "cdktf.log"), `$ cdktf ${args.join(" ")}\n${output}\n`);
  if (code !== 0) throw new CommandFailed(output);
  return output;
}

/** The user's environment without anything that could lead to a real account or change what Terraform does. */
function isolated(run: CdktfRun): NodeJS.ProcessEnv {
  const user = Object.entries(process.env).filter(([name]) => !/^(AWS|TF|CDKTF|TERRAFORM)_/.test(name));
  return {
    ...Object.fromEntries(user),
    ...terraformEnvironment(run.folder),
    ...run.aws,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    CDKTF_LOG_LEVEL: "error",
    IRSA_CONFIG: run.config,
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
