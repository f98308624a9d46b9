import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Spread } from "./measure";

const RESULTS = join(__dirname, "results.json");

/** Writes the result of a benchmark to bench/results.json, beside the results of the others. */
export function writeResult(name: string, result: object): void {
  const all = { ...JSON.parse(readFileSync(RESULTS, "utf8")) };
  const date = new Date().toISOString().slice(0, 10);
  all[name] = { date, command: `npm run bench -- ${name}`, ...result };
  writeFileSync(RESULTS, `${JSON.stringify(all, null, 2)}\n`);
}

export function markdownTable(lines: readonly (readonly string[])[]): string {
  const [header = [], ...rows] = lines;
  return [header, header.map(() => "---"), ...rows].map((line) => `| ${line.join(" | ")} |\n`).join("");
}

/** Returns the median, and the smallest and the largest value. */
export function formatSpread({ median, min, max }: Spread, digits = 3): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
