import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";

/** Reads files and lists folders; a parameter for tests. */
export interface Files {
  /** Returns the bytes of a file. @throws NodeJS.ErrnoException, or Unreadable */
  readonly read: (path: string) => Buffer;
  /** Returns the names in a folder. @throws NodeJS.ErrnoException */
  readonly list: (folder: string) => readonly string[];
  /** Returns the path behind all symbolic links. @throws NodeJS.ErrnoException */
  readonly realPath: (path: string) => string;
}

export const DISK: Files = {
  read: readRegularFile,
  list: (folder) => readdirSync(folder),
  realPath: (path) => realpathSync(path),
};

/** Bytes; a configuration of 2,000 roles has a third of it. */
export const LARGEST_FILE = 1_000_000;

/** Why a file is not read, and what to do about it. */
export class Unreadable extends Error {
  constructor(
    message: string,
    readonly fix: string,
  ) {
    super(message);
  }
}

/** Reads a file from disk. Does not open a pipe or a device, which may never end. */
function readRegularFile(path: string): Buffer {
  if (lstatSync(path).isSymbolicLink() && !existsSync(path))
    throw new Unreadable("the symbolic link points to a file that does not exist", "correct or remove the link");
  const stat = statSync(path);
  if (!stat.isFile() && !stat.isDirectory())
    throw new Unreadable("this is not a regular file", "use a regular file at this path");
  checkSize(stat.size);
  return readFileSync(path);
}

/** @throws Unreadable */
export function checkSize(bytes: number): void {
  if (bytes <= LARGEST_FILE) return;
  throw new Unreadable(`the file has ${bytes} bytes`, `keep a file to ${LARGEST_FILE} bytes or fewer`);
}

/** Whether a path is inside a folder after every symbolic link is followed. A path that does not exist has no links. */
export function isInside({ realPath }: Files, folder: string, path: string): boolean {
  return isBelow(folder, path) && isBelow(followed(realPath, folder), followed(realPath, path));
}

function isBelow(folder: string, path: string): boolean {
  const steps = relative(folder, path);
  return steps !== "" && steps !== ".." && !steps.startsWith(`..${sep}`) && !isAbsolute(steps);
}

function followed(realPath: Files["realPath"], path: string): string {
  try {
    return realPath(path);
  } catch {
    return path;
  }
}

/** Returns the message and the fix for an error of reading a file. */
export function explainUnreadable(error: unknown): [message: string, fix: string] {
  if (error instanceof Unreadable) return [error.message, error.fix];
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return ["the file does not exist", "create the file, or set IRSA_CONFIG to another irsa.yaml"];
  if (code === "EISDIR") return ["this is a folder", "use a file at this path"];
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return ["the file is not UTF-8 text", "save the file as UTF-8"];
  return [`the file cannot be read (${code ?? "unknown error"})`, "check the permissions of the file"];
}
