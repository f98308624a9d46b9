/** A wrong use of a command: the exit code is 2, and the usage follows the message. */
export class UsageError extends Error {}

/** A command that was stopped and has something to report about what is left. */
export class Stopped extends Error {}

/** What to do about an error of the file system or the network, by its code. */
const FIXES: Readonly<Record<string, (path: string) => string>> = {
  EACCES: (path) => `${path} is not accessible for this user; give this user read and write access to it`,
  EPERM: (path) => `the operating system does not permit access to ${path}; give this user read and write access to it`,
  EROFS: (path) => `${path} is on a read-only file system; use a checkout on a writable one`,
  ENOSPC: (path) => `no space is left on the disk of ${path}; free some space and run the command again`,
  EDQUOT: (path) => `the disk quota for ${path} is used up; free some space and run the command again`,
  ENOTDIR: (path) => `a folder was expected and a file was found at or above ${path}; move the file away`,
  EEXIST: (path) => `${path} exists and is not a folder; move it away`,
  EISDIR: (path) => `${path} is a folder and a file was expected; move the folder away`,
};

/** Returns the one message of an error: what is wrong, and how to fix it. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  return FIXES[code ?? ""]?.(path ?? dest ?? "the checkout") ?? error.message;
}
