import { setTimeout as wait } from "node:timers/promises";
import { parseOptions, USAGE, UsageError } from "./pod/options";
import { VERSION, versionText } from "./pod/version";
import type { PodView } from "./pod/view";
import { QOVERY_OUTPUT, TERMINATION_LOG, writeQoveryOutput, writeTerminationLog } from "./report/outputs";
import type { StandardStream } from "./report/standard-stream";
import { renderText } from "./report/text";
import { type RunOptions, runVerifier } from "./run";

/** The process of the command line. */
export interface Cli {
  readonly args: readonly string[];
  readonly pod: PodView;
  readonly stdout: StandardStream;
  readonly stderr: StandardStream;
  /** Returns a signal that is aborted when the process is stopped. */
  readonly stop: () => AbortSignal;
  readonly connect: RunOptions["connect"];
}

/** Runs the command line and returns the exit code. Never throws. */
export async function cli(command: Cli): Promise<number> {
  try {
    return await run(command);
  } catch (error) {
    if (error instanceof UsageError) {
      command.stderr.write(`verifier: ${error.message}\n${USAGE}\n`);
      return 2;
    }
    // An internal error proves nothing.
    command.stderr.write(
      `verifier: internal error (${error instanceof Error ? error.name : "unknown"}); please report it\n`,
    );
    return 3;
  }
}

async function run({ args, pod, stdout, stop, connect }: Cli): Promise<number> {
  const options = parseOptions(args, pod.env);
  if (options === "help" || options === "version") {
    stdout.write(`${options === "help" ? USAGE : versionText()}\n`);
    return 0;
  }
  const sleep: RunOptions["sleep"] = (milliseconds, signal) =>
    wait(milliseconds, undefined, { signal }).catch(() => {});
  const report = await runVerifier({
    pod,
    options,
    version: VERSION,
    stop: stop(),
    connect,
    uptime: () => performance.now(),
    sleep,
    random: Math.random,
  });
  // Written first: a reader can block standard output.
  writeTerminationLog(report, TERMINATION_LOG);
  writeQoveryOutput(report, QOVERY_OUTPUT);
  const text = options.output === "json" ? `${JSON.stringify(report)}\n` : renderText(report, style(pod.env, stdout));
  stdout.write(text);
  return report.exitCode;
}

function style(env: NodeJS.ProcessEnv, stdout: StandardStream) {
  // POSIX: the first variable that is set is the locale.
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return {
    unicode: /utf-?8/i.test(locale) && !env.NO_UNICODE,
    colour: !env.NO_COLOR && env.TERM !== "dumb" && stdout.isTTY,
  };
}
