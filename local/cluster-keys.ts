import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, randomUUID, sign } from "node:crypto";

/** A public key of an issuer, as its `jwks_uri` serves it. */
export type Jwk = JsonWebKey & { kid?: string };

/** What a token is asked for with, as Kubernetes' TokenRequest API has it. */
export interface TokenRequest {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** @default ["sts.amazonaws.com"] */
  readonly audiences?: readonly string[];
  /** Seconds that the token is valid for. @default 86400, the EKS webhook's */
  readonly expirationSeconds?: number;
}

/** Plays a cluster's token signer: one RSA key that lives in memory only, and tokens as the TokenRequest API makes them. */
export class ClusterKeys {
  private readonly privateKey: KeyObject;
  readonly kid = randomUUID();

  constructor(
    /** The issuer's URL, the tokens' `iss`. */
    readonly issuer: string,
  ) {
    this.privateKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  }

  jwks(): Jwk[] {
    const jwk = createPublicKey(this.privateKey).export({ format: "jwk" });
    return [{ ...jwk, kid: this.kid, alg: "RS256", use: "sig" }];
  }

  /** A signed token for a service account, with the claims of a Kubernetes 1.34 API server. */
  token(request: TokenRequest): string {
    const now = Math.floor(Date.now() / 1000);
    return this.sign({
      aud: request.audiences ?? ["sts.amazonaws.com"],
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

  /** Signs any claims, also ones that no API server would: the tests' hostile tokens. */
  sign(claims: object, header: object = { alg: "RS256", kid: this.kid }): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const input = `${part(header)}.${part(claims)}`;
    return `${input}.${sign("RSA-SHA256", Buffer.from(input), this.privateKey).toString("base64url")}`;
  }
}
