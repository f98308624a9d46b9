import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CATALOGUE, type CatalogueEntry, CODES, hint } from "../../verifier/checks/catalogue";

const PAGES = readFileSync(join(__dirname, "../../docs/checks.md"), "utf8");

test("every code has one page, in the order of the catalogue", () => {
  expect([...PAGES.matchAll(/^<a id="(QV\d+)"><\/a>$/gm)].map((match) => match[1])).toEqual(CODES);
  expect([...PAGES.matchAll(/^### (QV\d+): /gm)].map((match) => match[1])).toEqual(CODES);
});

test.each(CODES)("the page of %s is complete, and the table has its exit code", (code) => {
  const { title, exit, retryable } = CATALOGUE[code] as CatalogueEntry;
  const page = PAGES.slice(PAGES.indexOf(`### ${code}: ${title}\n`)).split("<a id=")[0] ?? "";
  for (const part of ["**Fails when** ", "**Seen by** ", "**Fix** ", "**Source** "]) expect(page).toContain(part);
  const shown = exit === 0 ? "warning" : code === "QV321" ? "1 or 3" : String(exit);
  expect(PAGES).toContain(`| [${code}](#${code}) | ${title}${retryable ? " (R)" : ""} | ${shown} |`);
  expect(hint(code)).toMatch(new RegExp(`/docs/checks\\.md#${code}$`));
});

test.each(["proven", "QV301"])("the README's sample of %s is an excerpt of the golden report", (name) => {
  const readme = readFileSync(join(__dirname, "../../README.md"), "utf8");
  const sample =
    new RegExp(`<!-- sample:${name} -->\n\`\`\`\n([\\s\\S]*?)\`\`\`\n<!-- /sample -->`).exec(readme)?.[1] ?? "";
  const shown = sample.split("…\n").filter((part) => part !== "");
  expect(shown.length).toBeGreaterThan(1);
  const run = readFileSync(join(__dirname, "golden", `${name}.txt`), "utf8");
  let from = 0;
  for (const part of shown) {
    expect(run.slice(from)).toContain(part);
    from = run.indexOf(part, from) + part.length;
  }
});
