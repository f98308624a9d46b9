import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { oidcProviderArn, parseRoleArn } from "../iam/arn";
import { evaluateTrustPolicy, webIdentityContext } from "../iam/evaluate";
import type { Jwk } from "./cluster-keys";
import type { Moto } from "./moto";
import { Refusal } from "./refusal";

/** Issuer's URL → its public keys; STS reads them from the issuer's `jwks_uri`. */
export type Jwks = ReadonlyMap<string, readonly Jwk[]>;

interface Claims {
  readonly iss: string;
  readonly sub?: unknown;
  readonly aud?: unknown;
  readonly exp?: unknown;
  readonly nbf?: unknown;
}

/** STS's limit on WebIdentityToken, in characters. */
const LONGEST_TOKEN = 20_000;

/**
 * What STS does before it hands out credentials for a web identity: the request's form, the token, the account's OIDC
 * provider, the role's trust policy. Codes and messages are AWS's; the order of its checks is not documented.
 * Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 * @throws Refusal where STS would refuse
 */
export async function checkWebIdentity(request: URLSearchParams, moto: Moto, jwks: Jwks): Promise<void> {
  const roleArn = request.get("RoleArn") ?? "";
  const role = parseRoleArn(roleArn);
  if (!role) throw new Refusal(400, "ValidationError", "Request ARN is invalid");
  const sessionName = request.get("RoleSessionName") ?? "";
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) throw constraint("roleSessionName");
  const token = request.get("WebIdentityToken") ?? "";
  if (token.length < 4 || token.length > LONGEST_TOKEN) throw constraint("webIdentityToken");

  const { header, claims, signed, signature } = decode(token);
  const providerArn = oidcProviderArn(role.partition as "aws", role.accountId, claims.iss);
  const { clientIds, role: held } = await moto.webIdentity(roleArn, providerArn);
  if (!clientIds) throw invalidToken(`No OpenIDConnect provider found in your account for ${claims.iss}`);
  if (!signedBy(jwks.get(claims.iss) ?? [], header, signed, signature)) {
    throw invalidToken(
      "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    );
  }
  checkTimes(claims);
  const audiences = ([] as unknown[]).concat(claims.aud);
  if (!audiences.some((audience) => clientIds.includes(String(audience))))
    throw invalidToken("Incorrect token audience");

  const context = webIdentityContext(claims.iss, { ...claims }, sessionName);
  if (!held || evaluateTrustPolicy(JSON.parse(held.trustPolicy), { providerArn, context }).outcome !== "allow") {
    throw notAuthorized();
  }
  if (Number(request.get("DurationSeconds") ?? 3600) > held.maxSessionDuration) {
    throw new Refusal(
      400,
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
}

function decode(token: string): {
  header: { alg?: string; kid?: string };
  claims: Claims;
  signed: string;
  signature: Buffer;
} {
  const [head, body, signature, ...rest] = token.split(".");
  try {
    const part = (text: string | undefined) => JSON.parse(Buffer.from(text ?? "", "base64url").toString("utf8"));
    const [header, claims] = [part(head), part(body)];
    if (rest.length === 0 && signature && typeof claims?.iss === "string" && typeof header === "object") {
      return { header, claims, signed: `${head}.${body}`, signature: Buffer.from(signature, "base64url") };
    }
  } catch {
    // Not base64url of JSON: refused below, as any other text that is not a JWT.
  }
  throw invalidToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");
}

function signedBy(
  keys: readonly Jwk[],
  header: { alg?: string; kid?: string },
  signed: string,
  signature: Buffer,
): boolean {
  const key = keys.find((candidate) => candidate.kid === header.kid);
  if (!key || header.alg !== "RS256") return false;
  const publicKey = createPublicKey({ key: key as JsonWebKey, format: "jwk" });
  return verify("RSA-SHA256", Buffer.from(signed), publicKey, signature);
}

function checkTimes(claims: Claims): void {
  const now = Math.floor(Date.now() / 1000);
  const exp = Number(claims.exp);
  if (!(exp > now)) {
    const text = `Token expired: current date/time ${now} must be before the expiration date/time ${exp}`;
    throw new Refusal(400, "ExpiredTokenException", text);
  }
  if (claims.nbf !== undefined && !(Number(claims.nbf) <= now)) {
    throw invalidToken(`Token is not valid yet: current date/time ${now} must be after ${Number(claims.nbf)}`);
  }
}

const invalidToken = (message: string) => new Refusal(400, "InvalidIdentityToken", message);
const notAuthorized = () => new Refusal(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
const constraint = (field: string) =>
  new Refusal(400, "ValidationError", `1 validation error detected: Value at '${field}' failed to satisfy constraint`);
