import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { samplePod, startSampleAws } from "../../local/sample";
import { Aws } from "../../verifier/aws/calls";
import { cli } from "../../verifier/cli";
import type { PodView } from "../../verifier/pod/view";
import { INJECTED, pod, TOKEN_FILE } from "./pod";
import type { Ended } from "./process";

// An AWS that gives any answer, and the verifier's command line in this process, over real HTTP.

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** What happens to the answer on its way; "raw" sends the body as the whole answer. @default "whole" */
  readonly way?: "whole" | "cut" | "reset" | "hang" | "raw";
}

export type Operation = "assume" | "identity" | "list" | "head";

/** The answers of one run. */
export type Answers = Readonly<Record<Operation, Answer>>;

export class FakeAws {
  answers: Answers | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeAws> {
    const server = createServer();
    const fake = new FakeAws(server);
    server.on("request", (request, response) => void fake.answer(request, response));
    // A proxy that refuses every tunnel.
    server.on("connect", (_, socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
    server.on("connection", (socket) => {
      fake.sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => fake.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = operationOf(request.method, await bodyOf(request));
    const { status, headers, body, way = "whole" } = (this.answers as Answers)[operation];
    const socket = request.socket;
    if (way === "hang") return;
    if (way === "reset") return void socket.resetAndDestroy();
    if (way === "raw") return void socket.end(body);
    try {
      const length = { "content-length": String(way === "cut" ? body.length + 10 : body.length) };
      response.writeHead(status, { ...length, ...headers });
      response.end(body, () => way === "cut" && socket.destroy());
    } catch {
      // Node's server refuses to send some headers.
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 ${status} X\r\n${lines.join("")}\r\n`, "latin1"), body]));
    }
  }
}

function operationOf(method: string | undefined, body: string): Operation {
  if (method === "HEAD") return "head";
  if (method === "GET") return "list";
  return body.includes("Action=GetCallerIdentity") ? "identity" : "assume";
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}

/** Runs the command line in this process, with a simulated environment and files. */
export async function inProcess(where: PodView, args: readonly string[]): Promise<Ended> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const code = await cli({
    args,
    pod: where,
    stdout: { isTTY: false, write: (text) => void stdout.push(text) },
    stderr: { isTTY: false, write: (text) => void stderr.push(text) },
    stop: () => new AbortController().signal,
    connect: async (region, signal) => new Aws(region, signal, where.env),
  });
  return { code, stdout: stdout.join(""), stderr: stderr.join("") };
}

export interface Recording {
  /** The answers of a proven run. */
  readonly answers: Answers;
  /** STS's refusal by the trust policy. */
  readonly denied: Answer;
}

/** Records the answers of the embedded AWS to a run that is proven and to one that is denied. */
export async function record(): Promise<Recording> {
  const aws = await startSampleAws();
  const seen: Partial<Record<Operation, Answer>> = {};
  const recorder = createServer((request, response) => void pass(request, response, aws.endpoint, seen));
  await new Promise<void>((resolve) => recorder.listen(0, "127.0.0.1", resolve));
  try {
    const env = { ...INJECTED, AWS_ENDPOINT_URL: `http://127.0.0.1:${(recorder.address() as AddressInfo).port}` };
    const run = async (token: string, ...args: string[]) =>
      (await inProcess({ ...pod(env, { [TOKEN_FILE]: token }), now: Date.now }, args)).code;
    const proven = await run(await samplePod(aws).token());
    const { assume, identity, list } = seen;
    const denied = await run(
      await aws.token("sample", { namespace: "z1", serviceAccount: "other" }),
      "--expect",
      "denied",
      "--allow-endpoint",
    );
    if (proven !== 0 || denied !== 0 || !assume || !identity || !list || !seen.assume) {
      throw new Error(`the embedded AWS proves neither: exit codes ${proven} and ${denied}`);
    }
    // moto requires an action for HeadBucket that AWS does not have, so this answer follows AWS's documentation.
    const head: Answer = { status: 200, headers: { "x-amz-request-id": "r" }, body: Buffer.alloc(0) };
    return { answers: { assume, identity, list, head }, denied: seen.assume };
  } finally {
    recorder.closeAllConnections();
    recorder.close();
    await aws.stop();
  }
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  endpoint: string,
  seen: Partial<Record<Operation, Answer>>,
): Promise<void> {
  const sent = await bodyOf(request);
  const to = forward(new URL(request.url ?? "", endpoint), { method: request.method, headers: request.headers });
  to.on("response", async (answer) => {
    const body = Buffer.from(await bodyOf(answer), "latin1");
    const { "x-amzn-requestid": id = "", "content-type": type = "" } = answer.headers;
    const headers = { "content-type": type, "x-amzn-requestid": String(id) };
    const status = answer.statusCode ?? 0;
    seen[operationOf(request.method, sent)] = { status, headers, body };
    response.writeHead(status, headers).end(body);
  });
  to.end(sent);
}
