import { type ChildProcess, spawn } from "node:child_process";
import { Aws } from "../../verifier/aws/calls";
import { proxyOf } from "../../verifier/aws/proxy";

// A proxy whose host drops the packets of new connections, as behind a firewall.

/** Fills the queue of a port that accepts no connection, and prints the port. */
const FULL_QUEUE = `
import socket, time
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(0)
port = server.getsockname()[1]
waiting = []
for _ in range(4):
    client = socket.socket()
    client.setblocking(False)
    client.connect_ex(("127.0.0.1", port))
    waiting.append(client)
time.sleep(0.2)
print(port, flush=True)
time.sleep(60)
`;

let program: ChildProcess;
let port: string;
beforeAll(async () => {
  program = spawn("python3", ["-c", FULL_QUEUE], { stdio: ["ignore", "pipe", "inherit"] });
  port = await new Promise((resolve) => program.stdout?.once("data", (line) => resolve(String(line).trim())));
});
afterAll(() => program.kill());

test("a dead proxy ends the connection, and is not reported as a name that does not resolve", async () => {
  const proxy = `http://127.0.0.1:${port}`;
  const both = [{ HTTPS_PROXY: proxy }, { AWS_ENDPOINT_URL: "http://sts.none.invalid", HTTP_PROXY: proxy }];
  const calls = both.map(async (env) => {
    const aws = new Aws("eu-west-3", AbortSignal.timeout(20_000), env);
    const call = aws.assumeRole("arn:aws:iam::123456789012:role/r", "t");
    await expect(call).rejects.toMatchObject({ code: "ETIMEDOUT" });
    expect(proxyOf(env, aws.wire("STS").host ?? "")?.shown).toContain(port);
    aws.destroy();
  });
  await Promise.all(calls);
}, 30_000);
