import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Compares a text with a file in golden/. `GOLDEN=write npx jest test/verifier/corpus` writes the files. */
export function expectGolden(name: string, text: string): void {
  const file = join(__dirname, "golden", name);
  if (process.env.GOLDEN === "write") writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, "utf8"));
}
