import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import execa, { type ExecaChildProcess } from "execa";

const ROOT = join(__dirname, "..");
const PYTHON = join(ROOT, ".local", "python", "bin", "python3");

/** The header with which `moto-server.py` enforces IAM: the call needs a valid signature and a policy that allows it. */
export const ENFORCE_IAM = { "x-enforce-iam": "on" } as const;

/** The header with the account of a caller. moto would otherwise take every caller for one of its default account. */
export const inAccount = (accountId: string) => ({ "x-moto-account-id": accountId });

/** The role and the OIDC provider of a web identity in IAM. An object that does not exist is left out. */
export interface WebIdentity {
  /** The trust policy as JSON, and the longest session in seconds. */
  readonly role?: { readonly trustPolicy: string; readonly maxSessionDuration: number };
  /** The audiences of the OIDC provider. */
  readonly clientIds?: readonly string[];
}

/** moto's server: IAM, STS, S3 and EKS of any number of accounts, in memory. moto checks no web identity token; `front.ts` does. */
export class Moto {
  private constructor(
    /** `http://127.0.0.1:PORT` */
    readonly endpoint: string,
    private readonly child: ExecaChildProcess,
  ) {}

  /**
   * Starts moto on a free port of loopback.
   * @throws Error if moto is not installed or does not start
   */
  static async start(): Promise<Moto> {
    if (!existsSync(PYTHON)) {
      throw new Error("the embedded AWS is not installed; run: node commands/setup.mjs python");
    }
    const child = execa(PYTHON, [join(__dirname, "moto-server.py")], {
      extendEnv: false,
      buffer: false,
      cleanup: false,
      reject: false,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        MOTO_IAM_LOAD_MANAGED_POLICIES: "true",
      },
    });
    let log = "";
    child.stderr?.on("data", (text: Buffer) => {
      log = (log + text.toString()).slice(-4000);
    });
    const port = await Promise.race([firstLine(child), child.then(() => undefined)]);
    if (port === undefined) throw new Error(`the embedded AWS did not start: ${log.trim().split("\n").at(-1) ?? ""}`);
    // The line reader leaves the stream paused, and a full pipe would block moto.
    child.stdout?.resume();
    return new Moto(`http://127.0.0.1:${port}`, child);
  }

  /** Returns what STS looks up in IAM. */
  async webIdentity(roleArn: string, providerArn: string): Promise<WebIdentity> {
    const query = new URLSearchParams({ role: roleArn, provider: providerArn });
    const answer = await fetch(`${this.endpoint}/_local/web-identity?${query}`);
    return (await answer.json()) as WebIdentity;
  }

  /** Returns a role in IAM, or undefined if the role does not exist. */
  async role(roleArn: string): Promise<WebIdentity["role"]> {
    return (await this.webIdentity(roleArn, "none")).role;
  }

  async stop(): Promise<void> {
    this.child.stdin?.end();
    const late = setTimeout(() => this.child.kill("SIGKILL"), 3000);
    await this.child;
    clearTimeout(late);
  }
}

async function firstLine(child: ExecaChildProcess): Promise<string | undefined> {
  if (!child.stdout) return undefined;
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) return line;
  return undefined;
}
