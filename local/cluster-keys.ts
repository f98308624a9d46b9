import { randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

/** A public key of an issuer, as the issuer's `jwks_uri` serves it. */
export type Jwk = JWK;

/** A request for a token, with the fields of Kubernetes' TokenRequest API. */
export interface TokenRequest {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** @default ["sts.amazonaws.com"] */
  readonly audiences?: readonly string[];
  /** Seconds that the token is valid for. @default 86400, as the EKS webhook requests */
  readonly expirationSeconds?: number;
}

/** Plays a cluster's token signer: one RSA key that exists in memory only. */
export class ClusterKeys {
  private readonly keys = generateKeyPair("RS256", { extractable: true });
  readonly kid = randomUUID();

  constructor(
    /** The issuer's URL, which is the `iss` of the tokens. */
    readonly issuer: string,
  ) {}

  /** Returns the public keys. */
  async jwks(): Promise<Jwk[]> {
    const jwk = await exportJWK((await this.keys).publicKey);
    return [{ ...jwk, kid: this.kid, alg: "RS256", use: "sig" }];
  }

  /** Returns a signed token for a service account, with the claims of a Kubernetes 1.34 API server. */
  async token(request: TokenRequest): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return this.sign({
      aud: [...(request.audiences ?? ["sts.amazonaws.com"])],
      exp: now + (request.expirationSeconds ?? 86_400),
      iat: now,
      nbf: now,
      iss: this.issuer,
      jti: randomUUID(),
      sub: `system:serviceaccount:${request.namespace}:${request.serviceAccount}`,
      "kubernetes.io": {
        namespace: request.namespace,
        serviceaccount: { name: request.serviceAccount, uid: randomUUID() },
      },
    });
  }

  /** Returns a token with any claims, also with claims that no API server would sign. */
  async sign(claims: object, kid = this.kid): Promise<string> {
    return new SignJWT(claims as JWTPayload)
      .setProtectedHeader({ alg: "RS256", kid })
      .sign((await this.keys).privateKey);
  }
}
