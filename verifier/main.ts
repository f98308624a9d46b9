import { cli } from "./cli";
import { thisPod } from "./pod";
import { standardStream } from "./standard-stream";

// A copy: the SDK's settings are changed in process.env before it is loaded.
const pod = { ...thisPod, env: { ...process.env } };

cli({
  args: process.argv.slice(2),
  pod,
  stdout: standardStream(1),
  stderr: standardStream(2),
  stop: stopSignal,
  connect: async (region, signal) => {
    const { Aws } = await import("./aws");
    return new Aws(region, signal, pod.env);
  },
}).then((code) => process.exit(code));

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
  return stop.signal;
}
