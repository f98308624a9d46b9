import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { HttpRequest } from "@smithy/core/protocols";
import { HttpHandler } from "../../verifier/aws/http";

// A signal ends a request in every state of the request.

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(listener: RequestListener = () => {}): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  server.on("connection", (socket: Socket) => sockets.push(socket));
  // A proxy that does not answer CONNECT.
  server.on("connect", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const request = (url: string) => {
  const { protocol, hostname, port } = new URL(url);
  return new HttpRequest({ protocol, hostname, port: Number(port), method: "GET", path: "/" });
};

async function ends(url: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const handler = new HttpHandler(env, signal);
  await expect(handler.handle(request(url))).rejects.toMatchObject({ code: "ABORT_ERR" });
  handler.destroy();
}

test("before the request begins", async () => ends(`http://127.0.0.1:${await listen()}`, {}, AbortSignal.abort()));

test("while there is no answer", async () => ends(`http://127.0.0.1:${await listen()}`, {}, AbortSignal.timeout(100)));

test("within the answer", async () => {
  const port = await listen((_, response) => void response.writeHead(200, { "content-length": "10" }).write("x"));
  await ends(`http://127.0.0.1:${port}`, {}, AbortSignal.timeout(100));
});

test("while a proxy opens no tunnel", async () => {
  const proxy = `http://127.0.0.1:${await listen()}`;
  await ends("https://sts.eu-west-3.amazonaws.com:443", { https_proxy: proxy }, AbortSignal.timeout(100));
});

test("although AWS_CA_BUNDLE names a file that does not exist", async () => {
  const env = { AWS_CA_BUNDLE: "/none/there.pem" };
  await ends(`https://127.0.0.1:${await listen()}`, env, AbortSignal.abort());
});
