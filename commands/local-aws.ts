import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LocalAws } from "../local/aws";
import type { Jwk } from "../local/cluster-keys";
import { terraformCli } from "../local/terraform-cli";
import { DEFAULT_PORT } from "../local/token-request";
import { command, main } from "./lib/command";
import { loadedProject } from "./lib/configuration";
import { UsageError } from "./lib/errors";

const FOLDER = join(__dirname, "..", ".local", "aws");

export const localAws = command({
  name: "local-aws",
  summary: "Serves an embedded AWS with the resources that the configuration expects, until you press Ctrl-C.",
  options: {
    port: {
      type: "string",
      value: "N",
      default: String(DEFAULT_PORT),
      description: "port of 127.0.0.1 to listen on; 0 selects a free port",
    },
    jwks: {
      type: "string",
      value: "ISSUER=FILE",
      multiple: true,
      description: "public keys (a JWKS file) of an issuer that signs its tokens elsewhere, such as a local Kubernetes",
    },
  },
  environment: { IRSA_CONFIG: "path of the configuration (default: irsa.yaml)" },
  examples: ["npm run local-aws", "npm run local-aws -- --port 0"],
  stoppable: true,
  async run({ values, signal }) {
    const port = portNumber(values.port);
    const jwks = new Map(values.jwks.map(readJwks));
    const project = loadedProject();
    // `cdktf deploy` against the embedded AWS also has to find the Terraform providers.
    const terraform = await terraformCli(FOLDER);
    const aws = await LocalAws.start({ project, port, jwks }).catch(portInUse);
    try {
      for (const [name, value] of Object.entries({ ...aws.environment, ...terraform.environment })) {
        process.stdout.write(`export ${name}=${quoted(value)}\n`);
      }
      for (const [accountId, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }] of [...aws.environments].slice(1)) {
        const key = `AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID} AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY}`;
        process.stdout.write(`# for account ${accountId}: export ${key}\n`);
      }
      process.stderr.write("The embedded AWS is ready. Use the lines above in another shell. Ctrl-C stops it.\n");
      if (!signal.aborted) await once(signal, "abort");
      return 0;
    } finally {
      await aws.stop();
    }
  },
});

function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port ${text}: expected a port number from 0 to 65535`);
}

function portInUse(error: unknown): never {
  if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
  const { port } = error as NodeJS.ErrnoException & { port?: number };
  throw new Error(
    `port ${port} of 127.0.0.1 is in use; choose a different one with --port N, or a free one with --port 0`,
  );
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

/** Returns a value as a POSIX shell reads it. */
function quoted(value: string): string {
  return /^[\w./:@+-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

if (require.main === module) main(localAws);
