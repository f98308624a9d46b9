/** The header and claims of a token, not verified. STS verifies the token. */
export interface Jwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Returns the parts of a JWT in its compact form, or undefined for any other text. Source: RFC 7515, section 3.1 */
export function decodeJwt(text: string): Jwt | undefined {
  const match = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(text);
  if (!match) return undefined;
  const [header, claims] = [object(match[1] ?? ""), object(match[2] ?? "")];
  return header && claims ? { header, claims } : undefined;
}

function object(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
