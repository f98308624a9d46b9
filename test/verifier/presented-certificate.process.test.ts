import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { presentedCertificate } from "../../verifier/aws/presented-certificate";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "presented-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Serves a self-signed certificate with this name, and returns what the verifier sees of the certificate. */
async function presented(subject: string, signal = new AbortController().signal) {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const names = ["-subj", subject, "-keyout", key, "-out", cert];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", ...names], {
    stdio: "ignore",
  });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => socket.end());
  server.on("tlsClientError", () => {}).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await presentedCertificate("127.0.0.1", (server.address() as AddressInfo).port, signal);
  } finally {
    server.close();
  }
}

test.each([
  ["/O=Acme/CN=proxy.acme.example", "proxy.acme.example"],
  ["/CN=a.acme.example/CN=b.acme.example", "a.acme.example, b.acme.example"],
  ["/O=Acme", "Acme"],
  ["/C=FR", "an unnamed authority"],
])("a certificate of %s is named by its most precise name", async (subject, name) => {
  expect(await presented(subject)).toEqual({ subject: name, issuer: name });
});

test("a stopped run does not wait for the certificate", async () => {
  const stop = new AbortController();
  const found = presented("/CN=proxy.acme.example", stop.signal);
  stop.abort();
  await found;
});

test("a host that refuses connections presents no certificate", async () => {
  expect(await presentedCertificate("127.0.0.1", 1, new AbortController().signal)).toBeUndefined();
});
