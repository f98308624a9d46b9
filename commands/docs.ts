import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderFaults } from "../local/faults/table";
import { renderChecks } from "../verifier/checks/pages";

/** A page of docs/ that is generated from the sources. */
export interface GeneratedPage {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly render: () => string;
}

export const PAGES: readonly GeneratedPage[] = [
  { path: "docs/checks.md", render: renderChecks },
  { path: "docs/faults.md", render: renderFaults },
];

// npm run docs: writes every generated page.
if (require.main === module) {
  for (const { path, render } of PAGES) writeFileSync(join(__dirname, "..", path), render());
}
