import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { PackagingError } from "./packaging-error";

// Variables that end Node before a line of the verifier runs, with an exit code that is no verdict: OpenSSL's
// configuration, where it cannot be read, and an option that executables of this kind refuse.

const ENDING = ["OPENSSL_CONF", "NODE_REPL_EXTERNAL_MODULE"];

/**
 * Makes an executable blind to those variables: their names in it are written in lower case, which nobody sets.
 * @throws PackagingError where it does not hold them
 */
export function ignoreEndingVariables(executable: string): void {
  const bytes = readFileSync(executable);
  const file = openSync(executable, "r+");
  try {
    for (const name of ENDING) {
      // As a string of C, between zeros: Node's own JavaScript, which may hold it too, stays as it was compiled.
      const text = Buffer.from(`\0${name}\0`, "latin1");
      let at = bytes.indexOf(text);
      if (at < 0) throw new PackagingError(`Node's executable does not hold the name of ${name}`);
      for (; at >= 0; at = bytes.indexOf(text, at + 1)) writeSync(file, name.toLowerCase(), at + 1);
    }
  } finally {
    closeSync(file);
  }
}
