import type { Command, OptionDefinition } from "./arguments";

/** The widest first column of a list in the help. */
const WIDEST = 34;

type Described = Omit<Command, "run">;

/** Returns the line `Usage: npm run NAME -- …`. */
export function usage({ name, options, arguments: accepted }: Described): string {
  const required = Object.entries(options).flatMap(([option, definition]) =>
    definition.required ? [`--${option} ${valueName(definition)}`] : [],
  );
  const parts = [...required, "[options]", ...(accepted ? [accepted.value] : [])];
  return `Usage: npm run ${name} -- ${parts.join(" ")}`;
}

/** Returns the help of a command. */
export function help(command: Described): string {
  const { summary, options, arguments: accepted, environment = {}, examples } = command;
  const rows: [string, string][] = Object.entries(options).map(([name, definition]) => [
    flags(name, definition),
    described(definition),
  ]);
  const sections: [string, string][] = [
    ["Arguments", table(accepted ? [[accepted.value, accepted.description]] : [])],
    ["Options", table([...rows, ["-h, --help", "print this help"]])],
    ["Environment variables", table(Object.entries(environment))],
    ["Examples", examples.map((example) => `  ${example}\n`).join("")],
  ];
  const body = sections.filter(([, text]) => text !== "").map(([title, text]) => `\n${title}:\n${text}`);
  return `${summary}\n\n${usage(command)}\n${body.join("")}`;
}

function flags(name: string, definition: OptionDefinition): string {
  const short = definition.short ? `-${definition.short}, ` : "";
  return `${short}--${name}${definition.type === "string" ? ` ${valueName(definition)}` : ""}`;
}

function valueName({ value, choices }: OptionDefinition): string {
  return value ?? choices?.join("|") ?? "VALUE";
}

function described({ description, default: fallback, multiple }: OptionDefinition): string {
  return `${description}${multiple ? "; can be repeated" : ""}${fallback === undefined ? "" : ` (default: ${fallback})`}`;
}

function table(rows: readonly [string, string][]): string {
  const width = Math.min(WIDEST, Math.max(0, ...rows.map(([name]) => name.length)));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join("");
}
