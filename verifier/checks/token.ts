import { STS_AUDIENCE } from "../../iam/trust-policy";
import type { Options } from "../pod/options";
import { oneLine } from "../pod/printable";
import { type PodView, variable } from "../pod/view";
import type { CheckDefinition, Finding } from "./check";
import { decodeJwt, type Jwt } from "./jwt";

/** STS's limit on WebIdentityToken, in characters. Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
const LONGEST_TOKEN = 20_000;

/** Clocks of a node and of the API server may be this far apart before `nbf` counts. Seconds. */
const CLOCK_LEEWAY = 60;

/**
 * Characters of a claim that are shown: a service account's subject has 338 at the most, by a namespace's 63 and a
 * name's 253, and what is to be pasted into a trust policy must be whole.
 */
const LONGEST_CLAIM = 400;

/** The token file, read anew for every try. */
export type TokenFile =
  | { readonly text: string; readonly jwt: Jwt | undefined }
  | { readonly errorCode: string }
  | undefined;

export interface TokenFacts {
  readonly pod: PodView;
  readonly options: Options;
  readonly path: string | undefined;
  readonly file: TokenFile;
}

export function readToken(pod: PodView, path: string | undefined): TokenFile {
  if (path === undefined) return undefined;
  try {
    // One byte more than a token can have tells a longer file without reading it.
    const text = pod.read(path, LONGEST_TOKEN + 1).toString("latin1");
    return { text, jwt: text.length > LONGEST_TOKEN ? undefined : decodeJwt(text) };
  } catch (error) {
    return { errorCode: (error as NodeJS.ErrnoException).code ?? "unknown" };
  }
}

/** What a report says of the token: its claims, never itself. */
export interface TokenSummary {
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly audience: readonly string[] | null;
  /** ISO 8601, to the second. */
  readonly expiresAt: string | null;
}

export function summarize(file: TokenFile): TokenSummary {
  const claims = claimsOf(file);
  const text = (value: unknown) => (typeof value === "string" ? oneLine(value, LONGEST_CLAIM) : null);
  return {
    issuer: text(claims?.iss),
    subject: text(claims?.sub),
    audience: claims?.aud === undefined ? null : audiences(claims).map((audience) => oneLine(audience)),
    expiresAt: claims && time(claims.exp) !== undefined ? iso(time(claims.exp) as number) : null,
  };
}

export function claimsOf(file: TokenFile): Jwt["claims"] | undefined {
  return file && "jwt" in file ? file.jwt?.claims : undefined;
}

const RECREATE = "redeploy the service: a new pod gets a new token";
const TOKEN_PATH =
  "do not set AWS_WEB_IDENTITY_TOKEN_FILE yourself, and redeploy the service so that the EKS webhook mounts the token";
/** What Qovery leaves to choose: it sets neither runAsUser nor fsGroup. */
const TOKEN_USER =
  "run the container as its image's own USER: since Kubernetes 1.19 the kubelet makes the token that the EKS webhook mounts readable for it (Qovery sets no fsGroup, and none is needed); a copy of your own must be made readable in the image; then redeploy the service";

/** QV2xx: the token, by what it says of itself. */
export const tokenChecks: readonly CheckDefinition<TokenFacts>[] = [
  {
    code: "QV201",
    find: ({ file, path }) => {
      if (!file) return "skip";
      if (!failedWith(file, ["ENOENT", "ENOTDIR"])) return undefined;
      return {
        detail: `${oneLine(path ?? "")} is not there`,
        fix: `${TOKEN_PATH}; a pod annotation eks.amazonaws.com/skip-containers keeps the token from its containers`,
      };
    },
  },
  {
    code: "QV202",
    find: ({ file, path }) => {
      if (!file || failedWith(file, ["ENOENT", "ENOTDIR"])) return "skip";
      if (!("errorCode" in file)) return undefined;
      const what = { EISDIR: "is a folder", ENOTREG: "is no regular file" }[file.errorCode];
      if (what !== undefined) return { detail: `${oneLine(path ?? "")} ${what}`, fix: TOKEN_PATH };
      return {
        detail: `${oneLine(path ?? "")} cannot be read by user ${process.getuid?.() ?? "?"} (${file.errorCode})`,
        fix: failedWith(file, ["EACCES", "EPERM"]) ? TOKEN_USER : TOKEN_PATH,
      };
    },
  },
  {
    code: "QV203",
    find: withText((text, { path }) => {
      if (text.length > 0 && text.length <= LONGEST_TOKEN) return undefined;
      const seen =
        text.length === 0 ? "is empty" : `has more than ${LONGEST_TOKEN} characters, the most that STS takes`;
      return { detail: `${oneLine(path ?? "")} ${seen}`, fix: TOKEN_PATH };
    }),
  },
  {
    code: "QV204",
    find: withText((text, { path, file }) => {
      if (text.length === 0 || text.length > LONGEST_TOKEN) return "skip";
      const claims = claimsOf(file);
      if (claims && typeof claims.iss === "string" && time(claims.exp) !== undefined) return undefined;
      const seen = claims
        ? "is a JWT without iss or exp"
        : `is not three base64url parts of JSON${/\s$/.test(text) ? ", and ends with white space" : ""}`;
      return { detail: `the text of ${oneLine(path ?? "")} ${seen}`, fix: RECREATE };
    }),
  },
  {
    code: "QV205",
    find: withClaims((claims, { pod }) => {
      const exp = time(claims.exp);
      if (exp === undefined || exp > pod.now() / 1000) return undefined;
      return {
        detail: `it expired at ${iso(exp)}; this clock says ${iso(pod.now() / 1000)}`,
        fix: `the kubelet renews a mounted token: read the file at each use and keep no copy; if the node's clock is wrong, mend it; else ${RECREATE}`,
      };
    }),
    pass: ({ file, pod }) => {
      const exp = time(claimsOf(file)?.exp);
      return exp === undefined ? undefined : `${Math.round((exp - pod.now() / 1000) / 60)} minutes left`;
    },
  },
  {
    code: "QV206",
    find: withClaims((claims, { pod }) => {
      const nbf = time(claims.nbf);
      if (nbf === undefined || nbf <= pod.now() / 1000 + CLOCK_LEEWAY) return undefined;
      return {
        detail: `it is valid from ${iso(nbf)}; this clock says ${iso(pod.now() / 1000)}`,
        fix: "the node's clock is behind: mend its time synchronization (chrony on EKS nodes), or replace the node",
      };
    }),
  },
  {
    code: "QV207",
    find: withClaims((claims) => {
      if (audiences(claims).includes(STS_AUDIENCE)) return undefined;
      return {
        detail: `aud is ${shown(claims.aud)}, expected ${STS_AUDIENCE}`,
        fix: "AWS_WEB_IDENTITY_TOKEN_FILE must name the token that the EKS webhook mounts, not the one for the Kubernetes API; remove an annotation eks.amazonaws.com/audience from the service account",
      };
    }),
    pass: ({ file }) =>
      audiences(claimsOf(file) ?? {})
        .map((audience) => oneLine(audience))
        .join(", "),
  },
  {
    code: "QV208",
    find: withClaims((claims, { options }) => {
      if (options.issuer === undefined) return "skip";
      if (claims.iss === options.issuer) return undefined;
      return {
        detail: `iss is ${shown(claims.iss)}, expected ${options.issuer}`,
        fix: "this is another cluster, or it was made anew: set oidc.issuer in clusters/*.yaml to the token's issuer and run cdktf deploy '<cluster>-iam'",
      };
    }),
    pass: ({ file }) => shown(claimsOf(file)?.iss),
  },
  {
    code: "QV209",
    find: withClaims((claims, { pod }) => {
      const namespace = /^system:serviceaccount:([^:]+):[^:]+$/.exec(shown(claims.sub))?.[1];
      if (namespace === undefined) {
        return { detail: `sub is ${shown(claims.sub)}, which is no service account's`, fix: TOKEN_PATH };
      }
      const expected = variable(pod, "QOVERY_KUBERNETES_NAMESPACE_NAME");
      if (expected === undefined || expected === namespace) return undefined;
      return {
        detail: `the token is of namespace ${oneLine(namespace)}, this Qovery environment's is ${oneLine(expected)}`,
        fix: "do not set QOVERY_KUBERNETES_NAMESPACE_NAME or AWS_WEB_IDENTITY_TOKEN_FILE yourself; redeploy the service in its own environment",
      };
    }),
    pass: ({ file }) => shown(claimsOf(file)?.sub),
  },
];

function failedWith(file: NonNullable<TokenFile>, codes: readonly string[]): boolean {
  return "errorCode" in file && codes.includes(file.errorCode);
}

function withText(find: (text: string, facts: TokenFacts) => Finding | "skip" | undefined) {
  return (facts: TokenFacts) => (facts.file && "text" in facts.file ? find(facts.file.text, facts) : "skip");
}

function withClaims(find: (claims: Jwt["claims"], facts: TokenFacts) => Finding | "skip" | undefined) {
  return (facts: TokenFacts) => {
    const claims = claimsOf(facts.file);
    return claims ? find(claims, facts) : "skip";
  };
}

function audiences(claims: Jwt["claims"]): string[] {
  return ([] as unknown[]).concat(claims.aud ?? []).filter((audience) => typeof audience === "string") as string[];
}

/** A claim as text; one that is no string as JSON, since a claim may be anything. */
function shown(claim: unknown): string {
  return oneLine(typeof claim === "string" ? claim : (JSON.stringify(claim) ?? "absent"));
}

/** A NumericDate that a calendar can show; undefined for anything else. */
function time(value: unknown): number | undefined {
  return typeof value === "number" && Math.abs(value) < 8.64e12 ? value : undefined;
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}
