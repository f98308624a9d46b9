import { printable } from "../config/problems";

/** Returns a table of Markdown. The cells are Markdown. */
export function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("");
}

/** Returns a text that Markdown shows as it is, also if the text contains backticks or a vertical bar. */
export function markdownCode(text: string): string {
  const [ticks, space] = ["`".repeat(longestTicks(text) + 1), text.includes("`") ? " " : ""];
  return `${ticks}${space}${inCell(printable(text))}${space}${ticks}`;
}

/** Escapes vertical bars, which would end the cell, also in code. */
export function inCell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** Returns the length of the longest run of backticks. */
export function longestTicks(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
}
