import { setTimeout } from "node:timers/promises";
import { type Command, type OptionDefinitions, parseArguments } from "./arguments";
import { messageOf, Stopped, UsageError } from "./errors";
import { STOPPED, stopSignal } from "./stop-signal";
import { help, usage } from "./usage";

/** What the process that runs a command provides. Tests provide a different one. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Returns the command, with the types of its options. */
export function command<const O extends OptionDefinitions>(definition: Command<O>): Command<O> {
  return definition;
}

/**
 * Runs a command and returns its exit code: 0 success, 1 failure, 2 wrong use, 130 stopped. An error becomes one message
 * on standard error, never a stack trace.
 */
export async function execute<O extends OptionDefinitions>(
  { run, ...definition }: Command<O>,
  args: readonly string[],
  { out, error: print, signal }: Terminal,
): Promise<number> {
  const { name } = definition;
  const own = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  if (own.includes("--help") || own.includes("-h")) {
    out(help(definition));
    return 0;
  }
  try {
    const { values, positionals } = parseArguments(definition.options, definition.arguments, args);
    return await run({ values, positionals, signal });
  } catch (error) {
    if (error instanceof UsageError) {
      print(`${name}: ${error.message}\n${usage(definition)}\nFor help, run: npm run ${name} -- --help\n`);
      return 2;
    }
    // A program that ran synchronously received the same Ctrl-C before this process could handle it.
    await setTimeout(50);
    if (!signal.aborted) print(`${name}: ${messageOf(error)}\n`);
    else print(`${name}: stopped${error instanceof Stopped ? `; ${error.message}` : ""}\n`);
    return signal.aborted ? STOPPED : 1;
  }
}

/** Runs a command as this process. */
export function main<O extends OptionDefinitions>(definition: Command<O>): void {
  const { signal, ignore } = stopSignal(definition.stoppable ? ["SIGINT", "SIGTERM", "SIGHUP"] : []);
  // A reader that closes the pipe early, such as `head`, is not an error.
  process.stdout.on("error", () => {});
  const terminal = {
    out: (text: string) => void process.stdout.write(text),
    error: (text: string) => void process.stderr.write(text),
    signal,
  };
  void execute(definition, process.argv.slice(2), terminal).then((code) => {
    process.exitCode = code;
    // The work is done: a process that something keeps alive ends at the next signal.
    ignore();
  });
}
