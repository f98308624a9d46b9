import { isRegion, type Partition, partitionOfRegion } from "./arn";

/** An OIDC issuer. Tokens contain its URL as `iss`; IAM's providers and condition keys contain the URL without scheme. */
export interface Issuer {
  readonly url: string;
  /** The URL without `https://`. */
  readonly hostPath: string;
  /** Known for EKS's issuers only. */
  readonly region?: string;
  /** Known for EKS's issuers only. */
  readonly partition?: Partition;
}

export interface IssuerProblem {
  readonly problem: string;
  readonly fix: string;
}

/** Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html (Url) */
export const LONGEST_ISSUER = 255;

/** Hosts of EKS issuers. Source: https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html */
const EKS_HOSTS: readonly { readonly pattern: RegExp; readonly partition: (region: string) => boolean }[] = [
  { pattern: /^oidc\.eks\.([a-z0-9-]+)\.amazonaws\.com$/, partition: (region) => !region.startsWith("cn-") },
  { pattern: /^oidc\.eks\.([a-z0-9-]+)\.amazonaws\.com\.cn$/, partition: (region) => region.startsWith("cn-") },
  { pattern: /^oidc-eks\.([a-z0-9-]+)\.api\.aws$/, partition: (region) => !region.startsWith("cn-") },
  {
    pattern: /^oidc-eks\.([a-z0-9-]+)\.api\.amazonwebservices\.com\.cn$/,
    partition: (region) => region.startsWith("cn-"),
  },
];

/** Returns the URL without `https://`: the prefix of the issuer's condition keys in IAM. */
export function issuerHostPath(url: string): string {
  return url.replace(/^https:\/\//, "");
}

/** Returns the parts of an issuer's URL, or the problem with the URL. */
export function parseIssuer(text: string): Issuer | IssuerProblem {
  if (/^http:\/\//i.test(text)) return { problem: "is not https", fix: `use ${text.replace(/^http:/i, "https:")}` };
  if (!/^https:\/\//i.test(text)) {
    return { problem: "does not begin with https://", fix: `use the whole URL, such as https://${text}` };
  }
  if (/[^!-~]|["'\\]/.test(text) || !URL.canParse(text)) {
    return {
      problem: "is not a URL",
      fix: "copy the OpenID Connect provider URL from the cluster's overview in the EKS console",
    };
  }
  const url = new URL(text);
  if (url.username || url.password)
    return { problem: "has a user name in it", fix: `use https://${url.host}${url.pathname}` };
  if (url.search || url.hash || /[?#]/.test(text)) {
    return { problem: "has a query or a fragment", fix: `use https://${url.host}${url.pathname}` };
  }
  // CreateOpenIDConnectProvider: "The URL should not contain a port number".
  if (/^https:\/\/[^/]*:/i.test(text)) {
    const without = text.replace(/(?<=^https:\/\/[^/]*):\d*/i, "");
    return { problem: "has a port number, which IAM does not accept", fix: `use ${without}` };
  }
  if (text.length > LONGEST_ISSUER) {
    return { problem: `has ${text.length} characters`, fix: `use at most ${LONGEST_ISSUER} characters` };
  }
  const [, host, path] = /^https:\/\/([^/]*)(.*)$/i.exec(text) as unknown as [string, string, string];
  const plain = `https://${host.toLowerCase()}${path}`;
  if (text !== plain) return { problem: "has upper-case letters in its scheme or host", fix: `use ${plain}` };
  if (path.endsWith("/"))
    return { problem: "ends with a slash, but the issuer in tokens does not", fix: `use ${plain.replace(/\/+$/, "")}` };
  return eksIssuer(text, host, path);
}

function eksIssuer(url: string, host: string, path: string): Issuer | IssuerProblem {
  const swapped = /^oidc\.([a-z0-9-]+)\.eks\.(amazonaws\.com(?:\.cn)?)$/.exec(host);
  if (swapped) {
    return {
      problem: "has its region and eks in the wrong order",
      fix: `use https://oidc.eks.${swapped[1]}.${swapped[2]}${path}`,
    };
  }
  const endpoint = /^eks\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)$/.exec(host);
  if (endpoint) {
    return {
      problem: "is on the host of the EKS API, which issues no tokens",
      fix: `use https://oidc.eks.${endpoint[1]}.${endpoint[2]}${path}`,
    };
  }
  for (const { pattern, partition } of EKS_HOSTS) {
    const region = pattern.exec(host)?.[1];
    if (region === undefined) continue;
    if (!isRegion(region))
      return { problem: `has "${region}" in place of a region`, fix: "copy the URL from the EKS console" };
    if (!partition(region))
      return { problem: `has a host that does not go with region ${region}`, fix: "copy the URL from the EKS console" };
    const problem = eksPathProblem(path, host);
    if (problem) return problem;
    return { url, hostPath: host + path, region, partition: partitionOfRegion(region) };
  }
  return { url, hostPath: host + path };
}

/** EKS issuers end with `/id/` and 32 upper-case hexadecimal characters. Examples also use other letters. */
function eksPathProblem(path: string, host: string): IssuerProblem | undefined {
  const id = /^\/id\/([^/]*)$/.exec(path)?.[1];
  if (id === undefined)
    return {
      problem: "does not end with /id/ and an EKS cluster's ID",
      fix: `use https://${host}/id/ and the cluster's ID`,
    };
  if (/^[0-9A-Z]{32}$/.test(id)) return undefined;
  if (/^[0-9A-Za-z]{32}$/.test(id))
    return { problem: "has lower-case letters in its id", fix: `use https://${host}/id/${id.toUpperCase()}` };
  return {
    problem: `has an id of ${id.length} characters`,
    fix: "copy the URL from the EKS console: an ID has 32 upper-case letters and digits",
  };
}
