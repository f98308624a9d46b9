import { thisPod } from "../pod/view";

/** Bytes of the longest file of certificate authorities; every public one together is a tenth of it. */
const LARGEST_BUNDLE = 4 * 1024 * 1024;

/** The text of the file that AWS_CA_BUNDLE names. @throws NodeJS.ErrnoException */
export function readBundle(path: string): string {
  return thisPod.read(path, LARGEST_BUNDLE).toString("utf8");
}

/** Why a file gives no certificate authority, or undefined where it does. */
export async function bundleFault(path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = readBundle(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EISDIR" ? "is a folder" : `cannot be read (${code})`;
  }
  // Loaded here, since a run that succeeds needs none of it.
  const { X509Certificate } = await import("node:crypto");
  const [pem] = /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?-----END \1?CERTIFICATE-----/.exec(text) ?? [];
  try {
    if (pem !== undefined && new X509Certificate(pem)) return undefined;
  } catch {
    // A certificate's frame around something else.
  }
  return "holds no certificate (PEM)";
}
