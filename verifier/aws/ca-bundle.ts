import type { PeerCertificate } from "node:tls";
import { thisPod } from "../pod/view";

/** The largest bundle, in bytes: ten times all public authorities. */
const LARGEST_BUNDLE = 4 * 1024 * 1024;

const CERTIFICATE = /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?-----END \1?CERTIFICATE-----/g;

/** Returns the content of the file that AWS_CA_BUNDLE names. @throws NodeJS.ErrnoException */
export function readBundle(path: string): string {
  return thisPod.read(path, LARGEST_BUNDLE).toString("utf8");
}

/** Returns why a file contains no certificate authority, or undefined if it contains one. */
export async function bundleFault(path: string): Promise<string | undefined> {
  try {
    return (await authorities(readBundle(path))).length > 0 ? undefined : "contains no certificate (PEM)";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EISDIR" ? "is a folder" : `cannot be read (${code})`;
  }
}

/**
 * Whether a client that trusts only the authorities in a file trusts a server, as the AWS CLI and boto3 do with
 * AWS_CA_BUNDLE.
 * @param presented the certificate of the server, with the chain of its issuers
 */
export async function bundleTrusts(path: string, presented: PeerCertificate): Promise<boolean> {
  const { X509Certificate } = await import("node:crypto");
  const trusted = await authorities(readBundle(path)).catch(() => []);
  for (const link of chainOf(presented)) {
    const certificate = new X509Certificate(link.raw);
    if (trusted.some((authority) => authority.fingerprint256 === certificate.fingerprint256)) return true;
    if (trusted.some((authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey))) {
      return true;
    }
  }
  return false;
}

async function authorities(text: string) {
  // Loaded here, since a run without AWS_CA_BUNDLE does not need the module.
  const { X509Certificate } = await import("node:crypto");
  return (text.match(CERTIFICATE) ?? []).flatMap((pem) => {
    try {
      return [new X509Certificate(pem)];
    } catch {
      // The content between the markers is not a certificate.
      return [];
    }
  });
}

function chainOf(presented: PeerCertificate): readonly PeerCertificate[] {
  const chain: PeerCertificate[] = [];
  let link: PeerCertificate | undefined = presented;
  while (link?.raw && !chain.includes(link)) {
    chain.push(link);
    link = (link as { issuerCertificate?: PeerCertificate }).issuerCertificate;
  }
  return chain;
}
