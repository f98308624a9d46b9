import { existsSync, lstatSync, readFileSync, statSync } from "node:fs";

/** Reads a file's bytes. @throws NodeJS.ErrnoException, or Unreadable */
export type ReadFile = (path: string) => Buffer;

/** Bytes; a configuration of 2,000 roles has a third of it. */
const LARGEST_FILE = 1_000_000;

/** Why a file is not read, and what to do about it. */
export class Unreadable extends Error {
  constructor(
    message: string,
    readonly fix: string,
  ) {
    super(message);
  }
}

/** Reads a file from disk. A pipe or a device is not opened: it may never end. */
export const readRegularFile: ReadFile = (path) => {
  if (lstatSync(path).isSymbolicLink() && !existsSync(path))
    throw new Unreadable("this is a link to what is not there", "mend the link, or remove it");
  const stat = statSync(path);
  if (!stat.isFile() && !stat.isDirectory()) throw new Unreadable("this is not a regular file", "name a file");
  checkSize(stat.size);
  return readFileSync(path);
};

/** @throws Unreadable */
export function checkSize(bytes: number): void {
  if (bytes <= LARGEST_FILE) return;
  throw new Unreadable(`the file has ${bytes} bytes`, `use at most ${LARGEST_FILE}; divide it into clusters`);
}

/** An error of reading as a message and its fix. */
export function explainUnreadable(error: unknown): [message: string, fix: string] {
  if (error instanceof Unreadable) return [error.message, error.fix];
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return ["there is no such file", "create it, or name another with IRSA_CONFIG"];
  if (code === "EISDIR") return ["this is a folder", "a YAML file is expected here"];
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return ["the file is not UTF-8 text", "save it as UTF-8"];
  return [`the file cannot be read (${code ?? "unknown"})`, "check its permissions"];
}
