import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FAULTS } from "./faults";
import { readTable, renderTable } from "./table";

const ROOT = join(__dirname, "../../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

// What the AWS CLI said is measured by `npm run faults` alone; all else of the table is made from the corpus.

test("docs/faults.md is the corpus, in its order", () => {
  const measured = readTable(read("docs/faults.md"));
  for (const { situation } of FAULTS) expect(measured.answers.get(situation)).toMatch(/^(exit \d+|no word within)/);
  expect(read("docs/faults.md")).toBe(renderTable(measured));
});

test("what the AWS CLI said is of version 1.45", () => {
  expect(readTable(read("docs/faults.md")).cli).toMatch(/^aws-cli\/1\.45\.\d+$/);
});

test.each(["README.md", "docs/checks.md"])("%s says how many faults there are", (path) => {
  expect(/(\d+) real faults/.exec(read(path))?.[1]).toBe(String(FAULTS.length));
});

test("a table that does not say when it was measured is refused", () => {
  expect(() => readTable("# Faults")).toThrow("does not say when it was measured");
});
