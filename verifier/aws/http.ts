import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import {
  createSecureContext,
  getCACertificates,
  type PeerCertificate,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { buildQueryString, type HttpRequest, HttpResponse } from "@smithy/core/protocols";
import { VERSION } from "../pod/version";
import { readBundle } from "./ca-bundle";
import { proxyEnv, proxyOf } from "./proxy";

/** What happened on the wire, for reports about the network. */
export interface Wire {
  /** The host of the last call. */
  host?: string;
  /** AWS's clock minus the clock of the node, in seconds, by the `Date` header of the last response. */
  clockSkew?: number;
  /** The certificate of the host, if AWS_CA_BUNDLE is set. */
  certificate?: PeerCertificate;
}

/** The longest time to connect, in milliseconds. A network that takes longer drops packets. */
const CONNECTION_TIMEOUT = 5000;

/** The longest time to resolve a name, in milliseconds: two tries of the resolver, of five seconds each, and a margin. */
const LOOKUP_TIMEOUT = 11_000;

/** The longest response, in bytes: ten times a page of 1,000 buckets. */
const LONGEST_ANSWER = 2 * 1024 * 1024;

/** CloudTrail shows the user agent. */
const USER_AGENT = `qovery-irsa-verifier/${VERSION}`;

/** The error of a request on a kept connection that the server closed. */
interface ReusedSocketError extends NodeJS.ErrnoException {
  reusedSocket?: boolean;
}

type Scheme = typeof import("node:http") | typeof import("node:https");

/**
 * Sends the requests to one service on one connection. Unlike the handler of the SDK, it reads the variables of proxies as
 * the AWS CLI and curl do, limits the length of a response, and records what happened on the wire.
 */
export class HttpHandler {
  readonly metadata = { handlerProtocol: "http/1.1" };
  readonly wire: Wire = {};
  private readonly agents = new Map<string, Agent>();
  private sent: (() => void) | undefined;

  /** @param signal ends every request */
  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly signal: AbortSignal,
  ) {}

  /** Calls back after the next request was sent, while the process waits for the response. */
  onceSent(callback: () => void): void {
    this.sent = callback;
  }

  async handle(request: HttpRequest): Promise<{ response: HttpResponse }> {
    this.wire.host = request.hostname;
    // TLS is a third of the start of a run, so plain HTTP does not load it.
    const scheme: Scheme = request.protocol === "http:" ? await import("node:http") : await import("node:https");
    const send = () => this.send(scheme, request);
    try {
      return { response: await send() };
    } catch (error) {
      // The server can close a kept connection at the moment at which a request reuses it.
      if (!(error as ReusedSocketError).reusedSocket) throw error;
      return { response: await send() };
    }
  }

  private send(scheme: Scheme, request: HttpRequest): Promise<HttpResponse> {
    const query = buildQueryString(request.query);
    const sent = scheme.request({
      protocol: request.protocol,
      // A URL has brackets around an IPv6 address, a connection does not.
      host: request.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: request.port,
      method: request.method,
      path: query ? `${request.path}?${query}` : request.path,
      headers: { ...request.headers, "user-agent": USER_AGENT },
      agent: this.agent(request.protocol, scheme),
    });
    return this.answer(sent, request.body);
  }

  destroy(): void {
    for (const agent of this.agents.values()) agent.destroy();
  }

  private agent(protocol: string, scheme: Scheme): Agent {
    const known = this.agents.get(protocol);
    if (known) return known;
    const secureContext = protocol === "http:" ? undefined : trustedContext(this.env);
    // Explicit, since NODE_TLS_REJECT_UNAUTHORIZED=0 would accept any certificate.
    const options = { keepAlive: true, proxyEnv: proxyEnv(this.env), rejectUnauthorized: true };
    const agent = new scheme.Agent({ ...options, ...(secureContext ? { secureContext } : {}) });
    const create = agent.createConnection.bind(agent);
    // The socket to a proxy becomes known to a request only when the tunnel is ready, so it is watched from its creation.
    agent.createConnection = (options, ready) => {
      let done = () => {};
      const socket = create(options, (error, connected) => {
        done();
        ready?.(error, connected);
      });
      if (socket) done = this.watch(socket as Socket, options.host ?? "", protocol !== "http:");
      return socket;
    };
    this.agents.set(protocol, agent);
    return agent;
  }

  private answer(sent: ClientRequest, body: unknown): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        const late = Object.assign(new Error("the time of the try ended"), { code: "ABORT_ERR" });
        sent.destroy(late);
        // A request that waits for the tunnel of a proxy has no socket, and emits no error.
        reject(late);
      };
      if (this.signal.aborted) stop();
      this.signal.addEventListener("abort", stop, { once: true });
      sent.once("close", () => this.signal.removeEventListener("abort", stop));
      sent.on("error", (error: ReusedSocketError) => {
        if (sent.reusedSocket && /^(ECONNRESET|EPIPE)$/.test(error.code ?? "")) error.reusedSocket = true;
        reject(error);
      });
      // A switched protocol closes the request without a response and without an error.
      const ended = () => reject(new Error("the server closed the connection without a response"));
      sent.once("close", ended);
      sent.on("response", (incoming) => {
        sent.off("close", ended);
        this.noteClock(incoming);
        this.noteCertificate(incoming);
        read(incoming).then(resolve, reject);
      });
      const callback = this.sent;
      this.sent = undefined;
      if (callback) sent.once("finish", () => setImmediate(callback));
      sent.end(body);
    });
  }

  /**
   * Ends a connection whose host has no address in time, that is not established in time after that, or whose proxy
   * provides no tunnel in time. Returns a function that ends the watch over a tunnel.
   */
  private watch(socket: Socket, host: string, isEncryptedCall: boolean): () => void {
    const end = (code: string, limit: number) =>
      setTimeout(() => socket.destroy(Object.assign(new Error(`not within ${limit / 1000} s`), { code })), limit);
    const connecting = () => end("ETIMEDOUT", CONNECTION_TIMEOUT);
    const proxy = proxyOf(this.env, host)?.host;
    let late = isAddress(proxy ?? host) ? connecting() : end("EAI_AGAIN", LOOKUP_TIMEOUT);
    const stop = () => clearTimeout(late);
    socket.once("lookup", () => {
      stop();
      late = connecting();
    });
    socket.once("connect", () => {
      stop();
      if (proxy !== undefined && isEncryptedCall) late = connecting();
    });
    socket.once("close", stop);
    return stop;
  }

  private noteCertificate({ socket }: IncomingMessage): void {
    if (!this.env.AWS_CA_BUNDLE || !isEncrypted(socket)) return;
    const certificate = socket.getPeerCertificate(true);
    if (certificate.raw) this.wire.certificate ??= certificate;
  }

  private noteClock({ headers }: IncomingMessage): void {
    const date = Date.parse(headers.date ?? "");
    if (!Number.isNaN(date)) this.wire.clockSkew = (date - Date.now()) / 1000;
  }
}

function isEncrypted(socket: Socket): socket is TLSSocket {
  return "encrypted" in socket;
}

/** Whether a host is an IP address, which is not looked up. */
function isAddress(host: string): boolean {
  return /^[\d.]+$|:/.test(host);
}

/** Returns the content of a stream. @throws Error if the stream is truncated or too long */
export function collect(stream: Readable): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    stream.on("data", (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= LONGEST_ANSWER) return;
      stream.destroy(
        Object.assign(new Error(`a response of more than ${LONGEST_ANSWER} bytes`), { code: "HPE_TOO_LONG" }),
      );
    });
    stream.on("error", reject);
    stream.on("close", () => reject(new Error("the response is truncated")));
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

/** The context for each AWS_CA_BUNDLE. Both services share it, because Node parses all authorities for each context. */
const contexts = new Map<string, SecureContext>();

/** Trusts the public authorities and those of AWS_CA_BUNDLE. Node itself reads NODE_EXTRA_CA_CERTS. */
function trustedContext({ AWS_CA_BUNDLE: path }: NodeJS.ProcessEnv): SecureContext | undefined {
  if (!path) return undefined;
  try {
    const known = contexts.get(path);
    const context = known ?? createSecureContext({ ca: [...getCACertificates("default"), readBundle(path)] });
    contexts.set(path, context);
    return context;
  } catch {
    // The connection is tried without the file. If it fails, the report names the file.
    return undefined;
  }
}
