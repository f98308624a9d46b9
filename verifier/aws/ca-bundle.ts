import { thisPod } from "../pod/view";

/** The largest bundle, in bytes: ten times all public authorities. */
const LARGEST_BUNDLE = 4 * 1024 * 1024;

/** Returns the content of the file that AWS_CA_BUNDLE names. @throws NodeJS.ErrnoException */
export function readBundle(path: string): string {
  return thisPod.read(path, LARGEST_BUNDLE).toString("utf8");
}

/** Returns why a file contains no certificate authority, or undefined if it contains one. */
export async function bundleFault(path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = readBundle(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EISDIR" ? "is a folder" : `cannot be read (${code})`;
  }
  // Loaded here, since a run that succeeds does not need the module.
  const { X509Certificate } = await import("node:crypto");
  const [pem] = /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?-----END \1?CERTIFICATE-----/.exec(text) ?? [];
  try {
    if (pem !== undefined && new X509Certificate(pem)) return undefined;
  } catch {
    // The content between the markers is not a certificate.
  }
  return "contains no certificate (PEM)";
}
