import { Aws } from "./aws/calls";
import { cli } from "./cli";
import { end, toldToEnd } from "./end";
import { thisPod } from "./pod/view";
import { standardStream } from "./report/standard-stream";

const told = toldToEnd(process.argv);
if (told !== undefined) process.exit(told);

// If Node ends before the verdict, the exit code must not be 0, which means "proven".
process.exitCode = 3;
const stderr = standardStream(2);
process.on("uncaughtException", (error) => {
  stderr.write(`verifier: internal error (${error?.name ?? "unknown"}); please report it\n`);
  process.exit(3);
});
// Node prints nothing of its own: with NODE_DEBUG, it would print credentials.
process.removeAllListeners("warning");
Object.defineProperty(process, "stderr", { value: { write: () => true } });
// The SDK prints nothing either.
for (const method of ["debug", "info", "log", "warn", "error", "trace"] as const) console[method] = () => {};

// A copy, because aws/calls.ts changes process.env.
const pod = { ...thisPod, env: { ...process.env } };

cli({
  args: process.argv.slice(2),
  pod,
  stdout: standardStream(1),
  stderr,
  stop: stopSignal,
  connect: async (region, signal) => new Aws(region, signal, pod.env),
}).then(end);

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
  return stop.signal;
}
