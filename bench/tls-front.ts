import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { createServer, rootCertificates, type TLSSocket } from "node:tls";

/** A TLS server that passes connections on to the embedded AWS. */
export interface TlsFront {
  readonly endpoint: string;
  /** The file of the front's certificate. */
  readonly certificate: string;
  /** The file of the public certificate authorities and the front's certificate. */
  readonly bundle: string;
  stop(): void;
}

/**
 * Starts the front.
 * @param folder the folder to write the key and the certificate to
 */
export async function startTlsFront(awsEndpoint: string, folder: string): Promise<TlsFront> {
  const [key, certificate, bundle] = [join(folder, "key.pem"), join(folder, "front.pem"), join(folder, "bundle.pem")];
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"];
  const files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate];
  execFileSync("openssl", [...request, ...files], { stdio: "ignore" });
  const cert = readFileSync(certificate);
  writeFileSync(bundle, [...rootCertificates, cert].join("\n"));
  const { hostname, port } = new URL(awsEndpoint);
  // Without `noDelay`, each program waits 40 ms for acknowledgements, which AWS does not make it do.
  const passOn = (client: TLSSocket) => {
    const aws = connect({ host: hostname, port: Number(port), noDelay: true });
    client.pipe(aws).pipe(client);
    for (const [socket, other] of [
      [client, aws],
      [aws, client],
    ] as const)
      socket.on("error", () => other.destroy());
  };
  const server = createServer({ key: readFileSync(key), cert, noDelay: true }, passOn);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { endpoint, certificate, bundle, stop: () => void server.close() };
}
