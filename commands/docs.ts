import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clusterJsonSchema, irsaJsonSchema } from "../config/json-schema";
import { configurationReference } from "../config/reference";
import { findingsTable } from "../discover/findings";
import { renderFaults } from "../local/faults/table";
import { renderChecks } from "../verifier/checks/pages";
import { command, main } from "./lib/command";

/** A page or a schema that is generated from the sources. */
export interface GeneratedPage {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly render: () => string;
}

const ADOPTING = "docs/adopting.md";

export const PAGES: readonly GeneratedPage[] = [
  { path: "config/cluster.schema.json", render: clusterJsonSchema },
  { path: "config/irsa.schema.json", render: irsaJsonSchema },
  { path: ADOPTING, render: () => withBlock(ADOPTING, "findings", findingsTable()) },
  { path: "docs/checks.md", render: renderChecks },
  { path: "docs/configuration.md", render: configurationReference },
  { path: "docs/faults.md", render: renderFaults },
];

/** Returns a page with a generated block between two comments. */
function withBlock(path: string, name: string, block: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const page = readFileSync(join(__dirname, "..", path), "utf8");
  return page.slice(0, page.indexOf(begin) + begin.length) + block + page.slice(page.indexOf(end));
}

export const docs = command({
  name: "docs",
  summary: "Writes the pages of docs/ and the JSON Schemas that are generated from the sources.",
  options: {},
  examples: ["npm run docs"],
  async run() {
    for (const { path, render } of PAGES) writeFileSync(join(__dirname, "..", path), render());
    return 0;
  },
});

if (require.main === module) main(docs);
