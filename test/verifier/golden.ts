import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const GOLDEN = join(__dirname, "golden");

/** Holds a text to a file in golden/; `GOLDEN=write npx jest test/verifier` writes the files anew. */
export function expectGolden(name: string, text: string): void {
  const file = join(GOLDEN, name);
  if (process.env.GOLDEN === "write") writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, "utf8"));
}
