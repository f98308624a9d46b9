import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { Refusal } from "./refusal";

/**
 * Verifies a presigned GET request of STS, such as the one in an EKS token.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @param secretOf returns the secret key of an access key ID
 * @returns the value of the header `Authorization` with which the same caller signs
 * @throws Refusal if the signature does not match, or has expired
 */
export function verifyPresigned(
  { pathname, searchParams }: URL,
  headers: IncomingHttpHeaders,
  secretOf: (keyId: string) => string | undefined,
): string {
  const value = (name: string) => searchParams.get(`X-Amz-${name}`) ?? "";
  const [keyId = "", ...scope] = value("Credential").split("/");
  const secret = secretOf(keyId);
  if (secret === undefined)
    throw new Refusal(403, "InvalidClientTokenId", "The security token included in the request is invalid.");
  const signed = value("SignedHeaders").split(";");
  const canonical = [
    "GET",
    pathname,
    canonicalQuery(searchParams),
    ...signed.map((name) => `${name}:${String(headers[name] ?? "").trim()}`),
    "",
    signed.join(";"),
    sha256(""),
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", value("Date"), scope.join("/"), sha256(canonical)].join("\n");
  const key = scope.reduce<string | Buffer>((previous, part) => hmac(previous, part), `AWS4${secret}`);
  const [expected, given] = [hmac(key, text), Buffer.from(value("Signature"), "hex")];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    const message = "The request signature we calculated does not match the signature you provided.";
    throw new Refusal(403, "SignatureDoesNotMatch", message);
  }
  const end = time(value("Date")) + Number(value("Expires")) * 1000;
  if (!(Date.now() < end)) throw new Refusal(403, "SignatureDoesNotMatch", "Signature expired");
  return `AWS4-HMAC-SHA256 Credential=${value("Credential")}, SignedHeaders=${value("SignedHeaders")}, Signature=${value("Signature")}`;
}

function canonicalQuery(query: URLSearchParams): string {
  const pairs = [...query].filter(([name]) => name !== "X-Amz-Signature").map((pair) => pair.map(encoded).join("="));
  return pairs.sort().join("&");
}

/** Percent-encodes every character except those that RFC 3986 calls unreserved. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Returns the milliseconds of a time such as 20261125T190000Z. */
function time(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
