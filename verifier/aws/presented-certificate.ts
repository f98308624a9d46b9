/** The names of the subject and the issuer of a certificate. */
export interface Presented {
  readonly subject: string;
  readonly issuer: string;
}

/** Time for the handshake, in milliseconds. */
const PATIENCE = 1000;

/**
 * Returns the certificate that a host presents, for the report about a handshake that failed. The connection sends no
 * data, so it does not verify the certificate.
 */
export async function presentedCertificate(
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Presented | undefined> {
  // Loaded here, since a run that succeeds does not need the module.
  const { connect } = await import("node:tls");
  return new Promise((resolve) => {
    const socket = connect({ host, port, servername: /[a-z]/i.test(host) ? host : "", rejectUnauthorized: false });
    const end = (presented?: Presented) => {
      clearTimeout(late);
      signal.removeEventListener("abort", stop);
      socket.destroy();
      resolve(presented);
    };
    const stop = () => end();
    const late = setTimeout(stop, PATIENCE);
    signal.addEventListener("abort", stop, { once: true });
    socket.once("error", stop);
    socket.once("secureConnect", () => {
      const { subject, issuer } = socket.getPeerCertificate();
      end(subject && issuer ? { subject: named(subject), issuer: named(issuer) } : undefined);
    });
  });
}

function named(name: { readonly CN?: string | string[]; readonly O?: string | string[] }): string {
  return [name.CN ?? name.O ?? "an unnamed authority"].flat().join(", ");
}
