import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Certificate = "trusted" | "wrong-host" | "expired" | "self-signed";

export interface Certificates {
  /** The file of the authority's certificate. */
  readonly authority: string;
  /** The file of an authority that issued none of the other certificates. */
  readonly otherAuthority: string;
  readonly of: (certificate: Certificate) => { readonly key: Buffer; readonly cert: Buffer };
}

const CONFIGURATION = `
[ca]
default_ca = a
[a]
database = index
serial = serial
new_certs_dir = .
policy = p
default_md = sha256
unique_subject = no
copy_extensions = copy
[p]
commonName = supplied
`;

/** Creates a certificate authority and the certificates of servers. Only `openssl ca` can set dates in the past. */
export function createCertificates(folder: string): Certificates {
  mkdirSync(folder);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  for (const [name, text] of Object.entries({ "ca.cnf": CONFIGURATION, index: "", serial: "1000\n" })) {
    writeFileSync(join(folder, name), text);
  }
  const request = (name: string, host: string, ...more: string[]) =>
    openssl(
      ...["req", "-newkey", "rsa:2048", "-nodes", "-keyout", `${name}.key`, "-subj", `/CN=${host}`],
      ...["-addext", `subjectAltName=${/^[\d.]+$/.test(host) ? "IP" : "DNS"}:${host}`, ...more],
    );
  request("authority", "authority.example", "-x509", "-days", "2", "-out", "authority.crt");
  request("self-signed", "127.0.0.1", "-x509", "-days", "2", "-out", "self-signed.crt");
  const issue = (name: string, host: string, ...dates: string[]) => {
    request(name, host, "-out", `${name}.csr`);
    const authority = ["-config", "ca.cnf", "-cert", "authority.crt", "-keyfile", "authority.key"];
    openssl("ca", "-batch", "-notext", ...authority, "-in", `${name}.csr`, "-out", `${name}.crt`, ...dates);
  };
  issue("trusted", "127.0.0.1", "-days", "1");
  issue("wrong-host", "proxy.example", "-days", "1");
  issue("expired", "127.0.0.1", "-startdate", "20200101000000Z", "-enddate", "20200201000000Z");
  return {
    authority: join(folder, "authority.crt"),
    otherAuthority: join(folder, "self-signed.crt"),
    of: (name) => ({ key: readFileSync(join(folder, `${name}.key`)), cert: readFileSync(join(folder, `${name}.crt`)) }),
  };
}
