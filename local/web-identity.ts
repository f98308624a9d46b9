import { compactVerify, decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload } from "jose";
import { oidcProviderArn, parseRoleArn, type RoleArn } from "../iam/arn";
import { evaluateTrustPolicy, webIdentityContext } from "../iam/evaluate";
import type { Jwk } from "./cluster-keys";
import type { Moto } from "./moto";
import { Refusal } from "./refusal";

/** The public keys of each issuer, by the issuer's URL. AWS reads them from the issuer's `jwks_uri`. */
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
 * Checks what STS checks before it issues credentials for a web identity: the parameters, the token, the account's OIDC
 * provider and the role's trust policy. Error codes and messages are those of AWS. AWS does not document the order of
 * its checks.
 * Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 * @returns the role that STS issues credentials of
 * @throws Refusal if STS would refuse
 */
export async function checkWebIdentity(request: URLSearchParams, moto: Moto, jwks: Jwks): Promise<RoleArn> {
  const roleArn = request.get("RoleArn") ?? "";
  const role = parseRoleArn(roleArn);
  if (!role) throw new Refusal(400, "ValidationError", "Request ARN is invalid");
  const sessionName = request.get("RoleSessionName") ?? "";
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) throw constraint("roleSessionName");
  const token = request.get("WebIdentityToken") ?? "";
  if (token.length < 4 || token.length > LONGEST_TOKEN) throw constraint("webIdentityToken");

  const { kid, claims } = decode(token);
  const providerArn = oidcProviderArn(role.partition as "aws", role.accountId, claims.iss);
  const { clientIds, role: held } = await moto.webIdentity(roleArn, providerArn);
  if (!clientIds) throw invalidToken(`No OpenIDConnect provider found in your account for ${claims.iss}`);
  if (!(await isSignedBy(jwks.get(claims.iss) ?? [], kid, token))) {
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
  return role;
}

/** Returns the key id and the claims of a token, before anything of the token is verified. */
function decode(token: string): { kid: string | undefined; claims: Claims } {
  try {
    const { kid } = decodeProtectedHeader(token);
    const claims: JWTPayload = decodeJwt(token);
    if (typeof claims.iss === "string" && !token.endsWith(".")) return { kid, claims: { ...claims, iss: claims.iss } };
  } catch {
    // Not three parts of base64url, or not JSON.
  }
  throw invalidToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");
}

async function isSignedBy(keys: readonly Jwk[], kid: string | undefined, token: string): Promise<boolean> {
  const key = keys.find((candidate) => candidate.kid === kid);
  if (!key) return false;
  try {
    await compactVerify(token, await importJWK(key, "RS256"), { algorithms: ["RS256"] });
    return true;
  } catch {
    return false;
  }
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
