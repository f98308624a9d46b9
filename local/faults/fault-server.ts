import { createServer, type IncomingMessage, type Server, type ServerResponse, request as send } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";

/** The calls of a proof. */
export type Call = "assume" | "identity" | "probe";

/** A request, and how to answer it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Forwards the request to the embedded AWS. */
  readonly pass: (headers?: Readonly<Record<string, string>>) => void;
}

export type Answer = (exchange: Exchange) => void;

/** The answer to each call, or several answers in turn, of which the last repeats. @default - AWS's answer */
export type Script = Partial<Record<Call, Answer | readonly Answer[]>> & {
  /** Answers CONNECT as a proxy. @default - closes the connection */
  readonly connect?: (socket: Socket) => void;
};

export interface FaultServerOptions {
  readonly script: Script;
  /** The embedded AWS. */
  readonly target: string;
  readonly tls: { readonly key: Buffer; readonly cert: Buffer } | undefined;
  readonly onRequest: () => void;
  /** Runs when the first answer with a status of 400 or more is sent. */
  readonly onRefusal: () => Promise<void>;
}

/** Stands between the pod and the embedded AWS, and answers some calls itself. */
export class FaultServer {
  private readonly counts: Record<Call, number> = { assume: 0, identity: 0, probe: 0 };
  private refused: Promise<void> | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly options: FaultServerOptions,
    private readonly server: Server,
  ) {}

  static async start(options: FaultServerOptions): Promise<FaultServer> {
    const server = options.tls ? createTlsServer(options.tls) : createServer();
    const self = new FaultServer(options, server);
    server.on("request", (request, response) => void self.answer(request, response));
    server.on("connect", (_, socket: Socket) => (options.script.connect ?? (() => socket.destroy()))(socket));
    server.on("connection", (socket: Socket) => self.sockets.add(socket));
    // A client that does not trust the certificate ends the handshake.
    server.on("tlsClientError", () => {});
    // Most servers answer a TLS handshake on a plain HTTP port this way.
    server.on("clientError", (_, socket) => socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return self;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
    await this.refused;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.options.onRequest();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    // The next try must find the change that `onRefusal` makes.
    await this.refused;
    const call = callOf(body.toString("latin1"));
    const scripted = [this.options.script[call] ?? aws].flat();
    const answer = scripted[Math.min(this.counts[call]++, scripted.length - 1)] as Answer;
    response.on("finish", () => {
      if (response.statusCode >= 400) this.refused ??= this.options.onRefusal();
    });
    answer({ request, response, pass: (headers = {}) => this.pass(request, body, response, headers) });
  }

  private pass(
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
    more: Readonly<Record<string, string>>,
  ): void {
    const { connection: _, "transfer-encoding": __, expect: ___, ...headers } = request.headers;
    const forwarded = send(
      new URL(request.url ?? "/", this.options.target),
      { method: request.method, headers: { ...headers, "content-length": body.length } },
      (answer) => {
        const { connection: _, "transfer-encoding": __, ...answered } = answer.headers;
        response.writeHead(answer.statusCode ?? 502, { ...answered, ...more });
        answer.pipe(response);
      },
    );
    forwarded.on("error", () => response.destroy());
    forwarded.end(body);
  }
}

function callOf(body: string): Call {
  if (/Action=AssumeRoleWithWebIdentity/.test(body)) return "assume";
  return /Action=GetCallerIdentity/.test(body) ? "identity" : "probe";
}

/** AWS's answer. */
export const aws: Answer = ({ pass }) => pass();
