import type { PodView } from "../../verifier/pod/view";

export const ROLE = "arn:aws:iam::123456789012:role/my-s3-role";
export const ISSUER = "https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";
export const SUBJECT = "system:serviceaccount:z1-prod:my-s3-role";
export const TOKEN_FILE = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token";

/** The clock of the simulated pods. */
export const NOW = Date.parse("2026-11-24T10:00:00Z");

/** A token with an invalid signature, which the offline checks do not verify. */
export function token(claims: object = {}, signature = "c2lnbmF0dXJl"): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const all = {
    iss: ISSUER,
    sub: SUBJECT,
    aud: ["sts.amazonaws.com"],
    exp: NOW / 1000 + 3600,
    nbf: NOW / 1000 - 60,
    ...claims,
  };
  return `${part({ alg: "RS256", kid: "k" })}.${part(all)}.${signature}`;
}

/** What the EKS webhook injects. */
export const INJECTED = {
  AWS_ROLE_ARN: ROLE,
  AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN_FILE,
  AWS_REGION: "eu-west-3",
  AWS_DEFAULT_REGION: "eu-west-3",
  AWS_STS_REGIONAL_ENDPOINTS: "regional",
};

type Content = string | { code: string };

/** A simulated pod: an environment, and files in memory. */
export function pod(
  env: Record<string, string | undefined> = INJECTED,
  files: Record<string, Content> = { [TOKEN_FILE]: token() },
): PodView {
  return {
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
    exists: (path) => path in files,
    read: (path, limit) => {
      const content = files[path] ?? { code: "ENOENT" };
      if (typeof content !== "string") throw Object.assign(new Error(content.code), content);
      return Buffer.from(content).subarray(0, limit);
    },
    now: () => NOW,
  };
}
