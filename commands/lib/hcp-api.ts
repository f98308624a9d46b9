import { DEFAULT_HCP_HOST } from "../../config/bootstrap-schema";
import type { CloudState } from "../../config/project";

/** An object of HCP Terraform's API. */
export interface HcpObject {
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** How an HTTP request is sent; a parameter for tests. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;

/** Returns the variable from which Terraform reads the token of a host. Source: https://developer.hashicorp.com/terraform/cli/config/config-file#environment-variable-credentials */
export function tokenVariable(hostname: string): string {
  return `TF_TOKEN_${hostname.replaceAll("-", "__").replaceAll(".", "_")}`;
}

function missingToken(hostname: string): Error {
  return new Error(
    `${tokenVariable(hostname)} is not set; set it to a token of ${hostname} that can plan the workspaces`,
  );
}

function wrongToken(hostname: string): Error {
  return new Error(
    `${hostname} does not accept the token in ${tokenVariable(hostname)}; create a new token of a team or a user`,
  );
}

/** Returns the error of a token that Terraform reported, or undefined if Terraform failed for another reason. */
export function tokenError({ hostname = DEFAULT_HCP_HOST }: CloudState, output: string): Error | undefined {
  if (output.includes("Required token could not be found")) return missingToken(hostname);
  return /^unauthorized$/m.test(output) ? wrongToken(hostname) : undefined;
}

/** Calls the API of HCP Terraform. Source: https://developer.hashicorp.com/terraform/cloud-docs/api-docs */
export class HcpApi {
  private constructor(
    readonly hostname: string,
    private readonly base: string,
    private readonly token: string,
    private readonly send: Send,
    readonly signal: AbortSignal,
  ) {}

  /** @throws Error if the token is missing, or the host does not have the API */
  static async connect({ hostname = DEFAULT_HCP_HOST }: CloudState, signal: AbortSignal, send: Send = fetch) {
    const token = process.env[tokenVariable(hostname)];
    if (!token) throw missingToken(hostname);
    const discovered = await request(send, `https://${hostname}/.well-known/terraform.json`, { signal });
    const services = discovered.ok ? await json(discovered) : {};
    const path = (services as Record<string, unknown>)["tfe.v2"];
    const base = typeof path === "string" ? new URL(path, `https://${hostname}`) : undefined;
    // The token must not reach another host.
    if (base?.protocol !== "https:" || base.host !== hostname) {
      throw new Error(`${hostname} has no API of Terraform Enterprise; correct state.hostname in irsa.yaml`);
    }
    return new HcpApi(hostname, base.href.replace(/\/*$/, "/"), token, send, signal);
  }

  async get(path: string): Promise<HcpObject> {
    return this.call("GET", path);
  }

  async create(path: string, data: object): Promise<HcpObject> {
    return this.call("POST", path, data);
  }

  /** Sends the archive of a configuration to the address that the API gave for it. */
  async upload(url: string, archive: Buffer): Promise<void> {
    const headers = { "content-type": "application/octet-stream" };
    const response = await this.outside(url, { method: "PUT", headers, body: new Uint8Array(archive) });
    if (!response.ok) throw new Error(`${this.hostname} did not accept the configuration (HTTP ${response.status})`);
  }

  /** Returns the text at an address that the API gave, such as the log of a plan. */
  async text(url: string): Promise<string> {
    const response = await this.outside(url, {});
    if (!response.ok) throw new Error(`${this.hostname} did not return the log (HTTP ${response.status})`);
    return response.text();
  }

  /** The address is a secret that stands for the token. */
  private outside(url: string, init: RequestInit): Promise<Response> {
    if (!url.startsWith("https://")) throw new Error(`${this.hostname} gave an address that is not https`);
    return request(this.send, url, { ...init, signal: this.signal });
  }

  private async call(method: string, path: string, data?: object): Promise<HcpObject> {
    const response = await request(this.send, `${this.base}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/vnd.api+json" },
      redirect: "error",
      signal: this.signal,
      ...(data ? { body: JSON.stringify({ data }) } : {}),
    });
    if (response.status === 401) throw wrongToken(this.hostname);
    if (response.status === 404) {
      throw new Error(`${this.hostname} has no ${path}, or the token cannot read it; create it, or use another token`);
    }
    if (!response.ok) throw new Error(`${this.hostname} answers ${method} ${path} with HTTP ${response.status}`);
    const body = (await json(response)) as { data?: Partial<HcpObject> };
    const { id, attributes = {} } = body.data ?? {};
    if (typeof id !== "string")
      throw new Error(`${this.hostname} answers ${method} ${path} with an object without an ID`);
    return { id, attributes };
  }
}

/** Reports the host and the cause only: an address can contain a secret. */
async function request(send: Send, url: string, init: RequestInit): Promise<Response> {
  try {
    return await send(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    const { cause, message } = error as Error;
    const { code } = (cause ?? {}) as NodeJS.ErrnoException;
    throw new Error(
      `${new URL(url).host} cannot be reached (${code ?? message}); check the network and state.hostname`,
    );
  }
}

async function json(response: Response): Promise<object> {
  try {
    return Object(await response.json());
  } catch {
    throw new Error(
      `${new URL(response.url || "https://server").host} does not answer with JSON; check state.hostname`,
    );
  }
}
