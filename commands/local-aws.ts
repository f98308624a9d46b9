import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadProject } from "../config/load";
import { formatProblem } from "../config/problems";
import { LocalAws } from "../local/aws";
import type { Jwk } from "../local/cluster-keys";
import { terraformEnvironment } from "../local/terraform-cli";
import { DEFAULT_PORT } from "../local/token-request";
import { stopSignal } from "./stop-signal";

// npm run local-aws -- [--port N] [--jwks ISSUER=FILE]...: serves the embedded AWS until it is stopped.

const FOLDER = join(__dirname, "..", ".local", "aws");

const USAGE = `usage: npm run local-aws -- [--port N] [--jwks ISSUER=FILE]...
  --port N            port of 127.0.0.1 to listen on (default ${DEFAULT_PORT})
  --jwks ISSUER=FILE  public keys (a JWKS file) of an issuer whose tokens are signed elsewhere, such as a local Kubernetes`;

class UsageError extends Error {}

function options(): { port: number; jwks: Map<string, Jwk[]> } {
  let values: { port?: string; jwks?: string[] };
  try {
    values = parseArgs({ options: { port: { type: "string" }, jwks: { type: "string", multiple: true } } }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const port = Number(values.port ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(`--port ${values.port}: expected a port number, 0 to 65535 (0 takes a free one)`);
  }
  return { port, jwks: new Map((values.jwks ?? []).map(readJwks)) };
}

function readJwks(option: string): [string, Jwk[]] {
  const at = option.indexOf("=");
  const [issuer, file] = [option.slice(0, at), option.slice(at + 1)];
  if (at < 0 || !issuer.startsWith("https://")) {
    throw new UsageError(`--jwks ${option}: expected ISSUER=FILE, such as https://issuer.example=keys.json`);
  }
  try {
    const { keys } = JSON.parse(readFileSync(file, "utf8"));
    if (Array.isArray(keys)) return [issuer, keys];
  } catch (error) {
    throw new UsageError(`--jwks: ${file} cannot be read as JSON: ${error instanceof Error ? error.message : error}`);
  }
  throw new UsageError(
    `--jwks: ${file} is not a JWKS; expected {"keys": [...]}, as kubectl get --raw /openid/v1/jwks prints it`,
  );
}

/** A value as a shell reads it. */
function quoted(value: string): string {
  return /^[\w./:@+-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

async function main(): Promise<void> {
  const { port, jwks } = options();
  const { problems, project } = loadProject();
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
  if (!project) throw new Error("the configuration has errors; mend them first");
  const signal = stopSignal();
  const aws = await LocalAws.start({ project, port, jwks });
  // For cdktf deploy against it: how Terraform finds the providers, also on a machine that reaches no registry.
  const environment = { ...aws.environment, ...terraformEnvironment(FOLDER) };
  for (const [name, value] of Object.entries(environment)) process.stdout.write(`export ${name}=${quoted(value)}\n`);
  process.stderr.write("The embedded AWS is ready: use the lines above in another shell. Ctrl-C stops it.\n");
  if (!signal.aborted) await once(signal, "abort");
  await aws.stop();
}

main().catch((error: unknown) => {
  const busy = (error as { code?: string }).code === "EADDRINUSE";
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `local-aws: ${busy ? `${message}; choose another with --port N (0 takes a free one)` : message}\n`,
  );
  if (error instanceof UsageError) process.stderr.write(`${USAGE}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
