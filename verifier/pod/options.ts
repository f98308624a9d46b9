import { parseArgs } from "node:util";
import { parseRoleArn } from "../../iam/arn";
import { isBucketName } from "../../iam/bucket";
import { parseIssuer } from "../../iam/issuer";
import { oneLine } from "./printable";

export type Probe =
  | { readonly name: "s3:list-buckets" | "none" }
  | { readonly name: "s3:bucket"; readonly bucket: string };

export interface Options {
  /** @default "allowed" */
  readonly expect: "allowed" | "denied";
  /** The role that the pod must have or, with `--expect denied`, must not get. @default - AWS_ROLE_ARN */
  readonly roleArn?: string;
  /** The expected issuer of the token. @default - any issuer */
  readonly issuer?: string;
  /** @default s3:list-buckets */
  readonly probe: Probe;
  /** How long to try again after a retryable failure, in milliseconds. @default 0 */
  readonly waitMs: number;
  /**
   * The longest time of the run or, with a longer `--wait`, of each try, in milliseconds. With `--expect denied` and
   * `--wait`, the run takes at most `waitMs` plus `timeoutMs`.
   * @default 30000
   */
  readonly timeoutMs: number;
  /** @default "text" */
  readonly output: "text" | "json";
  /** Whether a warning fails. @default false */
  readonly strict: boolean;
  /** Whether a redirected endpoint is intended, such as a VPC endpoint or an emulator. @default false */
  readonly allowEndpoint: boolean;
}

/** Invalid arguments or IRSA_VERIFIER_* variables. The message is one line for the user. */
export class UsageError extends Error {}

export const USAGE = `usage: verifier [--expect allowed|denied] [--role-arn ARN] [--issuer URL] [--probe s3:list-buckets|s3:bucket:NAME|none]
                [--wait 60s] [--timeout 30s] [-o text|json] [--[no-]strict] [--[no-]allow-endpoint] [--version] [--help]
--timeout is the longest time of the run or, with a longer --wait, of each try. With --expect denied and --wait, the
last try begins at the end of --wait, and the run takes at most --wait plus --timeout.
Each flag has a variable: IRSA_VERIFIER_EXPECT, _ROLE_ARN, _ISSUER, _PROBE, _WAIT, _TIMEOUT, _OUTPUT, _STRICT, _ALLOW_ENDPOINT.
A flag overrides its variable.
Exit codes: 0 proven, 1 not proven, 2 wrong usage, 3 undecided (network, throttling, deadline; a retry can help).`;

const FLAGS = {
  expect: { type: "string" },
  "role-arn": { type: "string" },
  issuer: { type: "string" },
  probe: { type: "string" },
  wait: { type: "string" },
  timeout: { type: "string" },
  output: { type: "string", short: "o" },
  strict: { type: "boolean" },
  "allow-endpoint": { type: "boolean" },
  version: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

type Command = Options | "version" | "help";

/** @throws UsageError */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): Command {
  const flags = parseFlags(args);
  if (flags.help) return "help";
  if (flags.version) return "version";
  const value = (
    name: Exclude<keyof typeof FLAGS, "strict" | "allow-endpoint" | "version" | "help">,
  ): Setting | undefined => {
    const flag = flags[name];
    if (flag !== undefined) return { name: `--${name}`, text: flag };
    const variable = `IRSA_VERIFIER_${name.replace("-", "_").toUpperCase()}`;
    const text = env[variable];
    return text === undefined || text === "" ? undefined : { name: variable, text };
  };
  const roleArn = value("role-arn");
  if (roleArn && !parseRoleArn(roleArn.text)) {
    throw described(roleArn, "is not the ARN of an IAM role, such as arn:aws:iam::123456789012:role/my-s3-role");
  }
  const issuer = issuerOf(value("issuer"));
  return {
    expect: oneOf(value("expect"), ["allowed", "denied"]),
    ...(roleArn ? { roleArn: roleArn.text } : {}),
    ...(issuer === undefined ? {} : { issuer }),
    probe: probe(value("probe")),
    waitMs: duration(value("wait"), 0, 3_600_000) ?? 0,
    timeoutMs: duration(value("timeout"), 100, 3_600_000) ?? 30_000,
    output: oneOf(value("output"), ["text", "json"]),
    strict: flags.strict ?? boolean("IRSA_VERIFIER_STRICT", env),
    allowEndpoint: flags["allow-endpoint"] ?? boolean("IRSA_VERIFIER_ALLOW_ENDPOINT", env),
  };
}

interface Setting {
  readonly name: string;
  readonly text: string;
}

function wrong(setting: Setting, expected: string): UsageError {
  return new UsageError(`${shown(setting)}: ${expected}`);
}

function described(setting: Setting, problem: string): UsageError {
  return new UsageError(`${shown(setting)} ${problem}`);
}

/** Repeats the value of a flag only: a variable can hold a secret by mistake. */
function shown({ name, text }: Setting): string {
  return `${name} ${name.startsWith("--") ? JSON.stringify(oneLine(text, 200)) : `(${text.length} characters)`}`;
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: false, allowNegative: true }).values;
  } catch (error) {
    // The first sentence of parseArgs names the problem; the others are about values that begin with a dash.
    throw new UsageError(oneLine((error as Error).message.split(/\.\s/)[0] ?? "wrong arguments"));
  }
}

function oneOf<T extends string>(setting: Setting | undefined, allowed: readonly [T, ...T[]]): T {
  if (!setting) return allowed[0];
  const match = allowed.find((candidate) => candidate === setting.text);
  if (!match) throw wrong(setting, `expected ${allowed.join(" or ")}`);
  return match;
}

/** Returns the URL of an issuer without a slash at its end. */
function issuerOf(setting: Setting | undefined): string | undefined {
  if (!setting) return undefined;
  const url = setting.text.replace(/\/+$/, "");
  const parsed = parseIssuer(url);
  if ("problem" in parsed) throw described(setting, `${parsed.problem}; ${parsed.fix}`);
  return url;
}

function boolean(name: string, env: NodeJS.ProcessEnv): boolean {
  const text = env[name];
  return oneOf(text ? { name, text } : undefined, ["false", "true"]) === "true";
}

function probe(setting: Setting | undefined): Probe {
  if (!setting || setting.text === "s3:list-buckets") return { name: "s3:list-buckets" };
  if (setting.text === "none") return { name: "none" };
  const bucket = /^s3:bucket:(.+)$/.exec(setting.text)?.[1];
  if (bucket !== undefined && isBucketName(bucket)) return { name: "s3:bucket", bucket };
  throw wrong(setting, "expected s3:list-buckets, none, or s3:bucket:NAME with the name of a general purpose bucket");
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

function duration(setting: Setting | undefined, least: number, most: number): number | undefined {
  if (!setting) return undefined;
  const [, number, unit = ""] = /^(\d{1,9})(ms|s|m)$/.exec(setting.text) ?? [];
  const milliseconds = Number(number) * (UNITS[unit] ?? Number.NaN);
  if (!(milliseconds >= least && milliseconds <= most)) {
    throw wrong(setting, `expected a duration such as 500ms, 30s or 2m, from ${least} ms to ${most / 60_000} minutes`);
  }
  return milliseconds;
}
