import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { closest, distance } from "fastest-levenshtein";
import { UsageError } from "./errors";

/** An option of a command. */
export interface OptionDefinition {
  readonly type: "string" | "boolean";
  readonly description: string;
  /** The value's name in the help, such as `NAME`. @default - the choices, or VALUE */
  readonly value?: string;
  readonly short?: string;
  readonly multiple?: true;
  readonly required?: true;
  readonly choices?: readonly string[];
  readonly default?: string;
}

/** The option `-o` of commands that print a report. */
export const OUTPUT_FORMAT = {
  type: "string",
  short: "o",
  choices: ["text", "json", "markdown"],
  default: "text",
  description: "output format",
} as const satisfies OptionDefinition;

export type OptionDefinitions = Readonly<Record<string, OptionDefinition>>;

/** The arguments of a command that are not options. */
export interface ArgumentsDefinition {
  /** The name in the usage, such as `[CLUSTER]`. */
  readonly value: string;
  readonly description: string;
  readonly choices?: readonly string[];
  /** @default 0 */
  readonly min?: number;
  /** @default - no limit */
  readonly max?: number;
}

type Value<D extends OptionDefinition> = D["type"] extends "boolean"
  ? boolean
  : D extends { choices: readonly (infer C)[] }
    ? C
    : string;

/** The values of a command's options. */
export type Values<O extends OptionDefinitions> = {
  readonly [K in keyof O]: O[K] extends { multiple: true }
    ? readonly Value<O[K]>[]
    : O[K] extends { required: true } | { default: string } | { type: "boolean" }
      ? Value<O[K]>
      : Value<O[K]> | undefined;
};

/** An npm script: its arguments, its help and its work. */
export interface Command<O extends OptionDefinitions = OptionDefinitions> {
  /** The npm script's name. */
  readonly name: string;
  /** One sentence in the third person: "Serves the embedded AWS until it is stopped." */
  readonly summary: string;
  readonly options: O;
  /** Arguments that are not options. @default - none are accepted */
  readonly arguments?: ArgumentsDefinition;
  /** Environment variables that the command reads, and what each one does. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Complete command lines. */
  readonly examples: readonly string[];
  /** The work ends when its signal is aborted. @default - Ctrl-C, SIGTERM and SIGHUP end the process immediately */
  readonly stoppable?: true;
  /**
   * Does the work.
   * @param signal aborted by Ctrl-C, SIGTERM and SIGHUP if the command is stoppable
   * @returns the exit code
   */
  run(input: { values: Values<O>; positionals: readonly string[]; signal: AbortSignal }): Promise<number>;
}

/**
 * Parses the arguments of a command.
 * @throws UsageError
 */
export function parseArguments<O extends OptionDefinitions>(
  options: O,
  accepted: ArgumentsDefinition | undefined,
  args: readonly string[],
): { values: Values<O>; positionals: readonly string[] } {
  const { values, positionals } = parsed(options, args);
  const missing = Object.keys(options).filter((name) => options[name]?.required && values[name] === undefined);
  if (missing.length > 0)
    throw new UsageError(`the option ${missing.map((name) => `--${name}`).join(" and ")} is missing`);
  for (const [name, { choices }] of Object.entries(options)) {
    for (const value of [values[name] ?? []].flat()) if (choices) checkChoice(`--${name} `, String(value), choices);
  }
  const { min = 0, max = Number.POSITIVE_INFINITY, value, choices } = accepted ?? { max: 0 };
  if (positionals.length > max) throw new UsageError(`${positionals[max]}: this argument is not expected`);
  if (positionals.length < min) {
    throw new UsageError(`the argument ${value} is missing${choices ? `; expected ${oneOf(choices)}` : ""}`);
  }
  if (choices) for (const positional of positionals) checkChoice("", positional, choices);
  return { values: values as Values<O>, positionals };
}

function parsed(options: OptionDefinitions, args: readonly string[]) {
  const config: ParseArgsOptionsConfig = {};
  for (const [name, { type, short, multiple, default: fallback }] of Object.entries(options)) {
    const initial = multiple ? [] : type === "boolean" ? false : fallback;
    config[name] = {
      type,
      ...(short ? { short } : {}),
      ...(multiple ? { multiple } : {}),
      ...(initial === undefined ? {} : { default: initial }),
    };
  }
  try {
    return parseArgs({ args: [...args], options: config, allowPositionals: true });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const unknown = code === "ERR_PARSE_ARGS_UNKNOWN_OPTION" ? /'(-[^']*)'/.exec(message)?.[1] : undefined;
    throw new UsageError(unknown ? unknownOption(unknown, Object.keys(options)) : message);
  }
}

function unknownOption(option: string, names: readonly string[]): string {
  const known = [...names, "help"].map((name) => `--${name}`);
  const near = closest(option, known);
  return `${option} is not an option; ${distance(option, near) < 4 ? `did you mean ${near}?` : `expected ${oneOf(known)}`}`;
}

function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value)) throw new UsageError(`${name}${value}: expected ${oneOf(choices)}`);
}

function oneOf(values: readonly string[]): string {
  return values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}
