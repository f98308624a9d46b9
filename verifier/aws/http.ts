import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { getCACertificates } from "node:tls";
import { buildQueryString, type HttpRequest, HttpResponse } from "@smithy/core/protocols";
import { VERSION } from "../pod/version";
import { readBundle } from "./ca-bundle";
import { proxyEnv } from "./proxy";

/** What happened on the wire, for reports on the network. */
export interface Wire {
  /** The host that was called. */
  host?: string;
  /** AWS's clock less this one, in seconds, from the last answer's `Date`. */
  clockSkew?: number;
}

/** Milliseconds to a connection; beyond it, a pod's network drops packets rather than being slow. */
const CONNECTION_TIMEOUT = 5000;

/** Bytes of the longest answer: a page of 1,000 buckets has a tenth of it. Whoever sends more is not AWS. */
const LONGEST_ANSWER = 2 * 1024 * 1024;

/** CloudTrail shows it. */
const USER_AGENT = `qovery-irsa-verifier/${VERSION}`;

type Scheme = typeof import("node:http") | typeof import("node:https");

/**
 * Makes the SDK's requests to one service, on one connection. It goes through proxies as the AWS CLI and curl do, which
 * the SDK's own handler does not, reads no more than AWS would send, and notes what happened.
 */
export class HttpHandler {
  readonly metadata = { handlerProtocol: "http/1.1" };
  readonly wire: Wire = {};
  private readonly agents = new Map<string, Agent>();
  private sent: (() => void) | undefined;

  /** @param signal ends every request when it is aborted */
  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly signal: AbortSignal,
  ) {}

  /** Calls back when the next request is on its way, at a moment when there is nothing to do but to wait for its answer. */
  onceSent(callback: () => void): void {
    this.sent = callback;
  }

  async handle(request: HttpRequest): Promise<{ response: HttpResponse }> {
    this.wire.host = request.hostname;
    // Only what is called is loaded: TLS is a third of the start of a run.
    const scheme: Scheme = request.protocol === "http:" ? await import("node:http") : await import("node:https");
    const query = buildQueryString(request.query);
    const sent = scheme.request({
      protocol: request.protocol,
      // In a URL an IPv6 address is in brackets, for a connection it is not.
      host: request.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: request.port,
      method: request.method,
      path: query ? `${request.path}?${query}` : request.path,
      headers: { ...request.headers, "user-agent": USER_AGENT },
      agent: this.agent(request.protocol, scheme),
    });
    return { response: await this.answer(sent, request.body) };
  }

  destroy(): void {
    for (const agent of this.agents.values()) agent.destroy();
  }

  private agent(protocol: string, scheme: Scheme): Agent {
    const known = this.agents.get(protocol);
    if (known) return known;
    const ca = protocol === "http:" ? undefined : certificates(this.env);
    // Said here, since NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise take a stranger's word for AWS's.
    const options = { keepAlive: true, proxyEnv: proxyEnv(this.env), rejectUnauthorized: true, ...(ca ? { ca } : {}) };
    const agent = new scheme.Agent(options);
    this.agents.set(protocol, agent);
    return agent;
  }

  private answer(sent: ClientRequest, body: unknown): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        const late = Object.assign(new Error("the time is up"), { code: "ABORT_ERR" });
        sent.destroy(late);
        // A request that waits for its proxy's tunnel has no socket yet, and tells nobody of its end.
        reject(late);
      };
      if (this.signal.aborted) stop();
      this.signal.addEventListener("abort", stop, { once: true });
      sent.once("close", () => this.signal.removeEventListener("abort", stop));
      sent.on("error", reject);
      sent.on("socket", (socket) => this.watch(socket, sent));
      // A protocol that is switched to closes it without an answer and without an error.
      const ended = () => reject(new Error("it ends the connection without an answer"));
      sent.once("close", ended);
      sent.on("response", (incoming) => {
        sent.off("close", ended);
        this.noteClock(incoming);
        read(incoming).then(resolve, reject);
      });
      const callback = this.sent;
      this.sent = undefined;
      if (callback) sent.once("finish", () => setImmediate(callback));
      sent.end(body);
    });
  }

  /** Ends a request that gets no connection. */
  private watch(socket: Socket, sent: ClientRequest): void {
    if (!socket.connecting) return;
    const late = setTimeout(() => {
      sent.destroy(
        Object.assign(new Error(`no connection within ${CONNECTION_TIMEOUT / 1000} s`), { code: "ETIMEDOUT" }),
      );
    }, CONNECTION_TIMEOUT);
    socket.once("connect", () => clearTimeout(late));
    socket.once("close", () => clearTimeout(late));
  }

  private noteClock({ headers }: IncomingMessage): void {
    const date = Date.parse(headers.date ?? "");
    if (!Number.isNaN(date)) this.wire.clockSkew = (date - Date.now()) / 1000;
  }
}

/** All that a stream holds. @throws Error where it breaks off, or is more than AWS would send */
export function collect(stream: Readable): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    stream.on("data", (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= LONGEST_ANSWER) return;
      stream.destroy(
        Object.assign(new Error(`an answer of more than ${LONGEST_ANSWER} bytes`), { code: "HPE_TOO_LONG" }),
      );
    });
    stream.on("error", reject);
    stream.on("close", () => reject(new Error("it breaks off")));
    stream.on("end", () => resolve(new Uint8Array(Buffer.concat(chunks))));
  });
}

async function read(incoming: IncomingMessage): Promise<HttpResponse> {
  const body = await collect(incoming);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value);
  return new HttpResponse({
    statusCode: incoming.statusCode ?? 0,
    reason: incoming.statusMessage ?? "",
    headers,
    body,
  });
}

/** Extra certificate authorities as the AWS CLI and boto3 take them; NODE_EXTRA_CA_CERTS is Node's own. */
function certificates(env: NodeJS.ProcessEnv): string[] | undefined {
  if (!env.AWS_CA_BUNDLE) return undefined;
  try {
    return [...getCACertificates("default"), readBundle(env.AWS_CA_BUNDLE)];
  } catch {
    // Not there: the connection is tried without, and its failure says that a certificate is not trusted.
    return undefined;
  }
}
