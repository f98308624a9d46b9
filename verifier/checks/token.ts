import { STS_AUDIENCE } from "../../iam/trust-policy";
import type { Options } from "../pod/options";
import { oneLine, shownPath } from "../pod/printable";
import { type PodView, variable, WEBHOOK_TOKEN } from "../pod/view";
import { CATALOGUE, inOrder } from "./catalogue";
import { issuerKind } from "./issuer-kind";
import { decodeJwt, type Jwt } from "./jwt";
import type { CheckDefinition, Finding, Skip } from "./result";

/** STS's limit on WebIdentityToken, in characters. Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
const LONGEST_TOKEN = 20_000;

/** Accepted difference between the clocks of the node and of the API server, in seconds. */
const CLOCK_LEEWAY = 60;

/**
 * Characters of a claim in a report. A user pastes a subject into a trust policy, so the longest one must be complete: 338
 * characters, with 63 for the namespace and 253 for the name.
 */
const LONGEST_CLAIM = 400;

/** The token file, read again for each try. */
export type TokenFile =
  | { readonly text: string; readonly jwt: Jwt | undefined }
  | { readonly errorCode: string }
  | undefined;

const NO_FILE: Skip = { skip: "AWS_WEB_IDENTITY_TOKEN_FILE is not set" };

export interface TokenFacts {
  readonly pod: PodView;
  readonly options: Options;
  readonly path: string | undefined;
  readonly file: TokenFile;
}

export function readToken(pod: PodView, path: string | undefined): TokenFile {
  if (path === undefined) return undefined;
  try {
    // One byte more than the limit identifies a longer file without reading all of it.
    const text = pod.read(path, LONGEST_TOKEN + 1).toString("latin1");
    return { text, jwt: text.length > LONGEST_TOKEN ? undefined : decodeJwt(text) };
  } catch (error) {
    return { errorCode: (error as NodeJS.ErrnoException).code ?? "unknown" };
  }
}

/** The claims of the token that a report shows. A report never contains the token. */
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

/** Returns the service account in a subject, without its prefix. */
export function serviceAccountOf(subject: string | null): { readonly namespace: string; readonly account: string } {
  const [namespace = "", account = ""] = (subject ?? "").split(":").slice(2);
  return { namespace, account };
}

export function claimsOf(file: TokenFile): Jwt["claims"] | undefined {
  return file && "jwt" in file ? file.jwt?.claims : undefined;
}

/** QV2xx: the content of the token. STS verifies the signature. */
export const tokenChecks: readonly CheckDefinition<TokenFacts>[] = [
  {
    code: "QV201",
    find: ({ file, path }) => {
      if (!file) return NO_FILE;
      if (!failedWith(file, ["ENOENT", "ENOTDIR"])) return undefined;
      const { path: own, skip } = CATALOGUE.QV201.fixes;
      return { detail: `${shownPath(path ?? "")} does not exist.`, fix: inOrder(own, skip) };
    },
  },
  {
    code: "QV202",
    find: ({ file, path }) => {
      if (!file) return NO_FILE;
      if (failedWith(file, ["ENOENT", "ENOTDIR"])) return { skip: "see QV201" };
      if (!("errorCode" in file)) return undefined;
      const { user, path: own } = CATALOGUE.QV202.fixes;
      const what = { EISDIR: "is a folder", ENOTREG: "is not a regular file" }[file.errorCode];
      if (what !== undefined) return { detail: `${shownPath(path ?? "")} ${what}.`, fix: own };
      return {
        detail: `User ${process.getuid?.() ?? "?"} cannot read ${shownPath(path ?? "")} (${file.errorCode}).`,
        fix: failedWith(file, ["EACCES", "EPERM"]) ? user : own,
      };
    },
  },
  {
    code: "QV203",
    find: withText((text, { path }) => {
      if (text.length > 0 && text.length <= LONGEST_TOKEN) return undefined;
      const seen = text.length === 0 ? "is empty" : `has more than ${LONGEST_TOKEN} characters, the limit of STS`;
      const { path: own, redeploy } = CATALOGUE.QV203.fixes;
      return { detail: `${shownPath(path ?? "")} ${seen}.`, fix: inOrder(own, redeploy) };
    }),
  },
  {
    code: "QV204",
    find: withText((text, { path, file }) => {
      if (text.length === 0 || text.length > LONGEST_TOKEN) return { skip: "see QV203" };
      const claims = claimsOf(file);
      if (claims && (isLegacy(claims) || (typeof claims.iss === "string" && time(claims.exp) !== undefined))) {
        return undefined;
      }
      const space = /\s$/.test(text) ? ", and ends with white space" : "";
      const seen = claims ? "is a JWT without iss or exp" : `is not three base64url parts of JSON${space}`;
      const { redeploy, path: own } = CATALOGUE.QV204.fixes;
      const fix = path === WEBHOOK_TOKEN ? inOrder(redeploy, own) : inOrder(own, redeploy);
      return { detail: `The content of ${shownPath(path ?? "")} ${seen}.`, fix };
    }),
  },
  {
    code: "QV205",
    find: withClaims((claims, { pod }) => {
      const exp = time(claims.exp);
      if (exp === undefined) return { skip: isLegacy(claims) ? "see QV210" : "see QV204" };
      if (exp > pod.now() / 1000) return undefined;
      const { copy, redeploy, clock } = CATALOGUE.QV205.fixes;
      return {
        detail: `The token expired at ${iso(exp)}. The clock of the node shows ${iso(pod.now() / 1000)}.`,
        fix: inOrder(copy, redeploy, clock),
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
        detail: `The token is valid from ${iso(nbf)}. The clock of the node shows ${iso(pod.now() / 1000)}.`,
        fix: CATALOGUE.QV206.fixes.clock,
      };
    }),
  },
  {
    code: "QV207",
    find: withClaims((claims) => {
      if (isLegacy(claims)) return { skip: "see QV210" };
      if (audiences(claims).includes(STS_AUDIENCE)) return undefined;
      const { path, annotation } = CATALOGUE.QV207.fixes;
      return {
        detail: `The audience (aud) is ${shown(claims.aud)}. Expected: ${STS_AUDIENCE}.`,
        fix: inOrder(path, annotation),
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
      if (options.issuer === undefined) return { skip: "no `--issuer`" };
      if (isLegacy(claims)) return { skip: "see QV210" };
      if (withoutSlash(claims.iss) === options.issuer) return undefined;
      const issuer = shown(claims.iss);
      return {
        detail: `The issuer (iss) is ${issuer}. Expected: ${options.issuer}.`,
        fix:
          issuerKind(issuer) === "unreachable"
            ? CATALOGUE.QV304.fixes.unreachable({ issuer })
            : inOrder(
                CATALOGUE.QV208.fixes.issuer({ issuer: issuer.replace(/\/+$/, "") }),
                CATALOGUE.QV208.fixes.expected,
              ),
      };
    }),
    pass: ({ file }) => shown(claimsOf(file)?.iss),
  },
  {
    code: "QV209",
    find: withClaims((claims, { pod }) => {
      const { path, namespace: own } = CATALOGUE.QV209.fixes;
      const namespace = /^system:serviceaccount:([^:]+):[^:]+$/.exec(shown(claims.sub))?.[1];
      if (namespace === undefined) {
        return { detail: `The subject (sub) is ${shown(claims.sub)}, which is not a service account.`, fix: path };
      }
      const expected = variable(pod, "QOVERY_KUBERNETES_NAMESPACE_NAME");
      if (expected === undefined || expected === namespace) return undefined;
      return {
        detail: `The namespace of the token is ${oneLine(namespace)}. Expected: ${oneLine(expected)} (QOVERY_KUBERNETES_NAMESPACE_NAME).`,
        fix: inOrder(path, own),
      };
    }),
    pass: ({ file }) => shown(claimsOf(file)?.sub),
  },
  {
    code: "QV210",
    find: withClaims((claims, { path: file }) => {
      if (!isLegacy(claims)) return undefined;
      const { path, mount } = CATALOGUE.QV210.fixes;
      return {
        detail: `The token in ${shownPath(file ?? "")} has no expiry (exp) and no audience (aud). Its issuer (iss) is ${shown(claims.iss)}, which STS does not accept.`,
        fix: inOrder(path, mount),
      };
    }),
  },
];

/** Whether the claims are those of a token from a Secret, which never expires. */
function isLegacy(claims: Jwt["claims"]): boolean {
  return claims.exp === undefined && claims.aud === undefined && claims.iss === "kubernetes/serviceaccount";
}

function withoutSlash(issuer: unknown): unknown {
  return typeof issuer === "string" ? issuer.replace(/\/+$/, "") : issuer;
}

function failedWith(file: NonNullable<TokenFile>, codes: readonly string[]): boolean {
  return "errorCode" in file && codes.includes(file.errorCode);
}

function withText(find: (text: string, facts: TokenFacts) => Finding | Skip | undefined) {
  return (facts: TokenFacts) => (facts.file && "text" in facts.file ? find(facts.file.text, facts) : unread(facts));
}

function withClaims(find: (claims: Jwt["claims"], facts: TokenFacts) => Finding | Skip | undefined) {
  return (facts: TokenFacts) => {
    const claims = claimsOf(facts.file);
    return claims ? find(claims, facts) : unread(facts);
  };
}

function unread({ file }: TokenFacts): Skip {
  return file ? { skip: "no readable token" } : NO_FILE;
}

function audiences(claims: Jwt["claims"]): string[] {
  return ([] as unknown[]).concat(claims.aud ?? []).filter((audience) => typeof audience === "string") as string[];
}

/** Returns a claim as text, and a claim that is not a string as JSON. */
function shown(claim: unknown): string {
  return oneLine(typeof claim === "string" ? claim : (JSON.stringify(claim) ?? "absent"));
}

/** Returns a NumericDate that Date can represent, or undefined for any other value. */
function time(value: unknown): number | undefined {
  return typeof value === "number" && Math.abs(value) < 8.64e12 ? value : undefined;
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}
