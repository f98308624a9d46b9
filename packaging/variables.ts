import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { PackagingError } from "./packaging-error";

// Variables that end Node before a line of the verifier runs, with what is no verdict: OpenSSL's configuration where it
// cannot be read, an option that executables of this kind refuse, and a locale whose first part is longer than ICU takes
// (a segmentation fault; the verifier itself reads these in JavaScript, and ICU's default locale is of no use to it).
const ENDING = ["OPENSSL_CONF", "NODE_REPL_EXTERNAL_MODULE", "LC_ALL", "LC_MESSAGES", "LANG"];

/**
 * Makes a copy of Node blind to those variables: it looks for them in lower case, which nobody sets.
 * @throws PackagingError where it does not hold their names
 */
export function ignoreEndingVariables(node: string): void {
  const bytes = readFileSync(node);
  const file = openSync(node, "r+");
  try {
    for (const name of ENDING) writeSync(file, name.toLowerCase(), placeOf(name, bytes));
  } finally {
    closeSync(file);
  }
}

/** Among the constants of C: V8's own, which its snapshot holds, have their length before them. */
function placeOf(name: string, bytes: Buffer): number {
  const text = Buffer.from(`\0${name}\0`, "latin1");
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    if (bytes.readInt32LE(at + 1 - 4) !== name.length) return at + 1;
  }
  throw new PackagingError(`Node's executable does not hold the name of ${name}`);
}
