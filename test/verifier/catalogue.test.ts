import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CATALOGUE, type CatalogueEntry, CODES, type Code, hint } from "../../verifier/checks/catalogue";
import { renderChecks } from "../../verifier/checks/pages";
import { found } from "../../verifier/checks/result";

const CHECKS = renderChecks();

function fixesOf(code: Code): string[] {
  const values = new Proxy({}, { get: (_, name) => String(name) }) as never;
  const { fixes }: CatalogueEntry = CATALOGUE[code];
  return Object.values(fixes).map((fix) => (typeof fix === "string" ? fix : fix(values)));
}

test("every code has one page, in the order of the codes", () => {
  expect([...CHECKS.matchAll(/^<a id="(QV\d+)"><\/a>$/gm)].map((match) => match[1])).toEqual([...CODES].sort());
});

test.each(CODES)("%s has a fix, and a page without missing values that its hint names", (code) => {
  const { title, failure, fixes }: CatalogueEntry = CATALOGUE[code];
  expect(title).not.toBe(failure);
  expect(Object.keys(fixes).length).toBeGreaterThan(0);
  const page = CHECKS.split(`<a id="${code}"></a>`)[1]?.split("<a id=")[0];
  expect(page).toContain(`### ${code}: ${failure}`);
  expect(page).not.toContain("undefined");
  expect(hint(code)).toMatch(new RegExp(`/docs/checks\\.md#${code}$`));
});

const OPTION = /`--(?:expect|role-arn|issuer|probe|wait|timeout|allow-endpoint)\b/;

test.each(
  CODES.flatMap((code) => fixesOf(code).map((fix) => [code, fix] as const)).filter(([, fix]) => OPTION.test(fix)),
)("%s shows where its option belongs: %s", (_, fix) =>
  expect(fix).toMatch(/arguments of the verifier's job|the job stopped the pod|as another service account/),
);

test.each(CODES)("%s explains <cluster> after fixes that name it, and only then", (code) => {
  for (const fix of fixesOf(code)) {
    expect(found(code, { detail: "", fix }).fix?.includes("without .yaml")).toBe(fix.includes("<cluster>"));
  }
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
