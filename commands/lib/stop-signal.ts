/** The exit code of a command that was stopped, which shells use for SIGINT. */
export const STOPPED = 130;

/**
 * Returns a signal that the named POSIX signals abort, so that a command can clean up before the process ends. After
 * `ignore()` those signals end the process again.
 */
export function stopSignal(names: readonly NodeJS.Signals[]): { signal: AbortSignal; ignore: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  for (const name of names) process.on(name, abort);
  return { signal: controller.signal, ignore: () => names.forEach((name) => void process.off(name, abort)) };
}
