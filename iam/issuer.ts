import type { ValueProblem } from "./names";
import { dnsSuffix, dualStackDnsSuffix, isRegion, PARTITIONS, type Partition, partitionOfRegion } from "./partition";

/** An OIDC issuer. Tokens contain its URL as `iss`; IAM's providers and condition keys contain the URL without scheme. */
export interface Issuer {
  readonly url: string;
  /** The URL without `https://`. */
  readonly hostPath: string;
  /** Known only for issuers of EKS. */
  readonly region?: string;
  /** Known only for issuers of EKS. */
  readonly partition?: Partition;
}

/** Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html (Url) */
export const LONGEST_ISSUER = 255;

const WHERE = "copy the OpenID Connect provider URL from the cluster's overview in the EKS console";

/** Returns the URL without `https://`: the prefix of the issuer's condition keys in IAM. */
export function issuerHostPath(url: string): string {
  return url.replace(/^https:\/\//, "");
}

/** Returns the URL of the issuer of an EKS cluster. */
function eksIssuerUrl(region: string, path: string): string {
  return `https://oidc.eks.${region}.${dnsSuffix(partitionOfRegion(region))}${path}`;
}

/**
 * Returns the parts of an issuer's URL, or the problem with the URL. A URL that the fix proposes has no problem itself.
 *
 * An EKS issuer is `https://oidc.eks.<region>.<DNS suffix>/id/<ID>`. Tokens contain this URL on dual-stack clusters too.
 * Any other host outside AWS, and any host of Amazon S3, is the issuer of a self-managed cluster.
 */
export function parseIssuer(text: string): Issuer | ValueProblem {
  const parsed = parseStrictly(text);
  if (!("problem" in parsed) || text.length > 4 * LONGEST_ISSUER) return parsed;
  const proposed = repair(text);
  return "problem" in parseStrictly(proposed) ? parsed : { problem: parsed.problem, fix: `use ${proposed}` };
}

const FORMS: readonly { readonly wrong: RegExp; readonly problem: string; readonly fix?: string }[] = [
  { wrong: /^[\s"'\u200b\u2060]|[\s"'\u200b\u2060]$/, problem: "begins or ends with white space or quotes" },
  { wrong: /^arn:/, problem: "is the ARN of an IAM provider, not the issuer's URL" },
  { wrong: /^http:/i, problem: "is not https" },
  { wrong: /^(?!https:\/\/)/i, problem: "does not begin with https://" },
  { wrong: /:(?:sub|aud)$/, problem: "is the name of a condition key, not the issuer's URL" },
  { wrong: /\/\.well-known\/|\/id\/[^/]*\/keys$/, problem: "is the URL of a document that the issuer publishes" },
  { wrong: /^https:\/\/[^/]*@/i, problem: "contains a user name" },
  { wrong: /[?#]/, problem: "contains a query or a fragment" },
  { wrong: /^https:\/\/[^/]*:/i, problem: "contains a port number, which IAM does not accept" },
  { wrong: /[^:/]\/+$/, problem: "ends with a slash, but the issuer in tokens does not" },
];

function parseStrictly(text: string): Issuer | ValueProblem {
  if (text.length > LONGEST_ISSUER) {
    return { problem: `has ${text.length} characters`, fix: `use at most ${LONGEST_ISSUER} characters` };
  }
  const form = FORMS.find(({ wrong }) => wrong.test(text));
  if (form) return { problem: form.problem, fix: WHERE };
  const [, host = "", path = ""] = /^https:\/\/([^/]*)(.*)$/i.exec(text) ?? [];
  const foreign = hostProblem(host.toLowerCase());
  if (foreign) return foreign;
  if (!text.startsWith(`https://${host.toLowerCase()}`)) {
    return { problem: "has upper-case letters in its scheme or host", fix: WHERE };
  }
  if (!/^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)*$/.test(path)) return { problem: "is not the URL of an issuer", fix: WHERE };
  const region = /^oidc\.eks\.([a-z0-9-]+)\./.exec(host)?.[1];
  if (region === undefined) return { url: text, hostPath: host + path };
  const problem = eksIdProblem(path);
  return problem ?? { url: text, hostPath: host + path, region, partition: partitionOfRegion(region) };
}

/** A host name in lower case with at least two labels; the last label is not a number, as in an IP address. */
const HOST = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Names that only a private network resolves. */
const PRIVATE = /(?:^|\.)(?:svc|local|localhost|internal)$/;
/** Self-managed clusters can publish their keys in a bucket. */
const S3 = /(?:^|\.)s3(?:-[a-z0-9-]+)?(?:\.dualstack)?(?:\.[a-z0-9-]+)?$/;

/** Parts of the names of AWS, which belong to AWS only at the end of a host name. */
const LOOKALIKE = /^oidc[.-]eks\.|(?:^|\.)amazonaws\./;

function hostProblem(host: string): ValueProblem | undefined {
  if (!HOST.test(host)) return { problem: "is not the URL of an issuer", fix: WHERE };
  if (PRIVATE.test(host)) {
    return {
      problem: `is on host ${host}, which AWS cannot reach`,
      fix: "set the cluster's issuer to a public URL first",
    };
  }
  const suffix = awsSuffix(host);
  const region = /^oidc\.eks\.([a-z0-9-]+)\./.exec(host)?.[1];
  if (suffix === undefined) {
    if (!LOOKALIKE.test(host)) return undefined;
    return { problem: `is on host ${host}, which does not belong to AWS`, fix: WHERE };
  }
  if (region !== undefined && !isRegion(region))
    return { problem: `contains "${region}", which is not a region`, fix: WHERE };
  if (region !== undefined && eksIssuerUrl(region, "") === `https://${host}`) return undefined;
  if (region !== undefined) return { problem: `has a host that does not match the region ${region}`, fix: WHERE };
  if (S3.test(host.slice(0, -suffix.length - 1))) return undefined;
  return { problem: awsHostProblem(host), fix: WHERE };
}

function awsSuffix(host: string): string | undefined {
  return PARTITIONS.flatMap((partition) => [dnsSuffix(partition), dualStackDnsSuffix(partition)]).find((suffix) =>
    host.endsWith(`.${suffix}`),
  );
}

function awsHostProblem(host: string): string {
  if (host.startsWith("oidc-eks.")) return "is the dual-stack URL of the issuer, which tokens never contain";
  if (/^[0-9a-f]{32}\.|^eks-cluster\./.test(host)) return "is the URL of the cluster's API server, not of the issuer";
  if (/^eks\./.test(host)) return "is on the host of the EKS API, which does not issue tokens";
  return `is on the AWS host ${host}, which does not issue tokens for clusters`;
}

/** EKS issuers end with `/id/` and 32 upper-case hexadecimal characters. Examples also use other letters. */
function eksIdProblem(path: string): ValueProblem | undefined {
  const id = /^\/id\/([^/]*)$/.exec(path)?.[1];
  if (id === undefined) return { problem: "does not end with /id/ and a cluster's ID", fix: WHERE };
  if (/^[0-9A-Z]{32}$/.test(id)) return undefined;
  const problem =
    id.length === 32 ? "has an ID that is not upper-case" : `has an ID of ${id.length} characters, not 32`;
  return { problem, fix: WHERE };
}

/** Returns the most likely meaning of a text that is not the URL of an issuer. The caller checks the result. */
function repair(text: string): string {
  const bare = text
    .replace(/^[\s"'\u200b\u2060]+|[\s"'\u200b\u2060]+$/g, "")
    .replace(/^arn:[a-z-]+:iam::\d{12}:oidc-provider\//, "https://")
    .replace(/^(?:https?:\/\/)?/i, "https://")
    .replace(/:(?:sub|aud)$/, "")
    .replace(/[?#].*$/, "")
    .replace(/\/(?:\.well-known\/[^/]*|keys)?\/*$/, "")
    .replace(/\/+$/, "")
    .replace(/(?<=^https:\/\/[^/]*):\d*(?=\/|$)/, "")
    .replace(/^https:\/\/[^/]*/, (origin) => origin.toLowerCase().replace(/\.$/, ""));
  const [, host = "", path = ""] = /^https:\/\/([^/]*)(\/id\/.*)$/.exec(bare) ?? [];
  const [, first, second] = /^(?:oidc[.-])?eks\.([a-z0-9-]+)\.|^oidc\.([a-z0-9-]+)\.eks\./.exec(host) ?? [];
  const region = first ?? second;
  if (region === undefined || !isRegion(region) || awsSuffix(host) === undefined) return bare;
  return eksIssuerUrl(
    region,
    path.replace(/[^/]*$/, (id) => id.toUpperCase()),
  );
}
