import { setTimeout as wait } from "node:timers/promises";
import { parseOptions, USAGE, UsageError } from "./options";
import { QOVERY_OUTPUT, TERMINATION_LOG, writeQoveryOutput, writeTerminationLog } from "./outputs";
import { thisPod } from "./pod";
import { renderText } from "./report-text";
import { runVerifier } from "./run";
import { VERSION, versionText } from "./version";

/** Writes to standard output; one that is closed or broken must not change how the process ends. */
function write(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.on("error", () => resolve());
    process.stdout.write(text, () => resolve());
  });
}

function style(env: NodeJS.ProcessEnv) {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return {
    unicode: /utf-?8/i.test(locale) && !env.NO_UNICODE,
    colour: process.stdout.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb",
  };
}

async function main(): Promise<number> {
  // A copy: the SDK's settings are changed in process.env before it is loaded.
  const pod = { ...thisPod, env: { ...process.env } };
  const options = parseOptions(process.argv.slice(2), pod.env);
  if (options === "help" || options === "version") {
    await write(`${options === "help" ? USAGE : versionText()}\n`);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
  const report = await runVerifier({
    pod,
    options,
    version: VERSION,
    stop: stop.signal,
    connect: async (region, signal) => {
      const { Aws } = await import("./aws");
      return new Aws(region, signal, pod.env);
    },
    sleep: async (milliseconds, signal) => {
      await wait(milliseconds, undefined, { signal }).catch(() => undefined);
    },
    random: Math.random,
  });
  writeTerminationLog(report, TERMINATION_LOG);
  writeQoveryOutput(report, QOVERY_OUTPUT);
  await write(options.output === "json" ? `${JSON.stringify(report)}\n` : renderText(report, style(pod.env)));
  return report.exitCode;
}

main()
  .catch((error: unknown) => {
    if (error instanceof UsageError) {
      process.stderr.write(`verifier: ${error.message}\n${USAGE}\n`);
      return 2;
    }
    // A fault of the verifier's own proves nothing and disproves nothing.
    process.stderr.write(
      `verifier: internal error: ${error instanceof Error ? error.name : "unknown"}; please report it\n`,
    );
    return 3;
  })
  .then((code) => process.exit(code));
