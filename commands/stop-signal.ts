/** Aborted by Ctrl-C and by whatever else asks this process to end, which then ends by itself after it has cleaned up. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => controller.abort());
  return controller.signal;
}

/** The exit code of a command that was stopped, as shells have it for SIGINT. */
export const STOPPED = 130;
