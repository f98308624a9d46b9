import execa from "execa";

export interface Ended {
  /** -1 if a signal ended the process. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Signals that the process gets, and when. */
  readonly signals?: readonly NodeJS.Signals[];
  readonly when?: Promise<void>;
}

/** Runs a command until it ends. */
export async function run(
  [program = "", ...args]: readonly string[],
  { env, cwd, signals = [], when }: RunOptions,
): Promise<Ended> {
  const child = execa(program, args, {
    env,
    extendEnv: false,
    ...(cwd ? { cwd } : {}),
    stdin: "ignore",
    reject: false,
    stripFinalNewline: false,
  });
  void when?.then(() => signals.forEach((signal) => void child.kill(signal)));
  const ended = await child;
  // A program that does not start has neither.
  if (ended.exitCode === undefined && ended.signal === undefined) throw ended;
  return { code: ended.exitCode ?? -1, stdout: ended.stdout, stderr: ended.stderr };
}
