import { cli } from "./cli";
import { end, toldToEnd } from "./end";
import { thisPod } from "./pod/view";
import { standardStream } from "./report/standard-stream";

const told = toldToEnd(process.argv);
if (told !== undefined) process.exit(told);

// Undecided, should nothing be left to wait for before there is a verdict: Node would end with 0, which says "proven".
process.exitCode = 3;
const stderr = standardStream(2);
process.on("uncaughtException", (error) => {
  stderr.write(`verifier: internal error (${error?.name ?? "unknown"}); please report it\n`);
  process.exit(3);
});
// What Node itself prints is not the verifier's: with NODE_DEBUG it prints credentials.
process.removeAllListeners("warning");
Object.defineProperty(process, "stderr", { value: { write: () => true } });
// Nor is what the SDK has to say beside its errors; console would need more of a stream than that.
for (const method of ["debug", "info", "log", "warn", "error", "trace"] as const) console[method] = () => {};

// A copy: the SDK's settings are changed in process.env before it is loaded.
const pod = { ...thisPod, env: { ...process.env } };

cli({
  args: process.argv.slice(2),
  pod,
  stdout: standardStream(1),
  stderr,
  stop: stopSignal,
  connect: async (region, signal) => {
    const { Aws } = await import("./aws/calls");
    return new Aws(region, signal, pod.env);
  },
}).then(end);

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
  return stop.signal;
}
