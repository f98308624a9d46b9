import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderFaults } from "../local/faults/table";

/** A page of docs/ that is generated from the sources. */
export interface GeneratedPage {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly render: () => string;
}

export const PAGES: readonly GeneratedPage[] = [{ path: "docs/faults.md", render: renderFaults }];

// npm run docs: writes every generated page.
if (require.main === module) {
  for (const { path, render } of PAGES) writeFileSync(join(__dirname, "..", path), render());
}
