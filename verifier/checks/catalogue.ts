/** The check's area, in the order in which checks run. */
export type Category = "environment" | "token" | "sts" | "identity" | "network";

export interface CatalogueEntry {
  readonly category: Category;
  /** What holds where the check passes. */
  readonly title: string;
  /** What is the matter where it fails. */
  readonly failure: string;
  /** How the process ends when this is the first failure. 0: a warning, which fails with `--strict` alone. */
  readonly exit: 0 | 1 | 3;
  /** Whether it may heal by itself within a minute or two, so that `--wait` tries again. */
  readonly retryable?: true;
}

/**
 * Every code, in the order of the checks. A public interface: a code never changes its meaning; new ones may be added.
 * docs/checks.md has a page for each.
 */
export const CATALOGUE = {
  QV101: {
    category: "environment",
    title: "the EKS webhook has injected a role and a token",
    failure: "no role and no token are injected",
    exit: 1,
  },
  QV102: {
    category: "environment",
    title: "AWS_ROLE_ARN is not set by hand",
    failure: "AWS_ROLE_ARN is set by hand",
    exit: 1,
  },
  QV103: {
    category: "environment",
    title: "AWS_WEB_IDENTITY_TOKEN_FILE is not set by hand",
    failure: "AWS_WEB_IDENTITY_TOKEN_FILE is set by hand",
    exit: 1,
  },
  QV104: {
    category: "environment",
    title: "AWS_ROLE_ARN is the ARN of an IAM role",
    failure: "AWS_ROLE_ARN is not the ARN of an IAM role",
    exit: 1,
  },
  QV105: {
    category: "environment",
    title: "the role is the expected one",
    failure: "the role is not the expected one",
    exit: 1,
  },
  QV106: { category: "environment", title: "AWS_REGION is set", failure: "AWS_REGION is not set", exit: 1 },
  QV107: {
    category: "environment",
    title: "role and region are in one partition",
    failure: "role and region are in different partitions",
    exit: 1,
  },
  QV108: {
    category: "environment",
    title: "EKS Pod Identity does not stand in for IRSA",
    failure: "EKS Pod Identity stands in for IRSA",
    exit: 1,
  },
  QV120: {
    category: "environment",
    title: "no static keys shadow the role",
    failure: "static keys shadow the role",
    exit: 0,
  },
  QV121: {
    category: "environment",
    title: "no AWS profile shadows the role",
    failure: "an AWS profile shadows the role",
    exit: 0,
  },
  QV122: {
    category: "environment",
    title: "AWS calls are not redirected",
    failure: "AWS calls are redirected",
    exit: 0,
  },
  QV123: {
    category: "environment",
    title: "every SDK takes the regional STS endpoint",
    failure: "SDKs disagree on the STS endpoint",
    exit: 0,
  },
  QV201: { category: "token", title: "the token file is there", failure: "the token file is not there", exit: 1 },
  QV202: { category: "token", title: "the token file can be read", failure: "the token file cannot be read", exit: 1 },
  QV203: {
    category: "token",
    title: "the token has a token's size",
    failure: "the token is empty or too large",
    exit: 1,
  },
  QV204: { category: "token", title: "the token is a JWT", failure: "the token is not a JWT", exit: 1 },
  QV205: { category: "token", title: "the token is not expired", failure: "the token is expired", exit: 1 },
  QV206: { category: "token", title: "the token is valid already", failure: "the token is not valid yet", exit: 1 },
  QV207: {
    category: "token",
    title: "the token is made for sts.amazonaws.com",
    failure: "the token is not made for sts.amazonaws.com",
    exit: 1,
  },
  QV208: {
    category: "token",
    title: "the token is the expected cluster's",
    failure: "the token is another cluster's",
    exit: 1,
  },
  QV209: {
    category: "token",
    title: "the token is a service account's of this environment",
    failure: "the token is not a service account's of this environment",
    exit: 1,
  },
  QV221: { category: "token", title: "this clock and AWS's agree", failure: "this clock and AWS's differ", exit: 0 },
  QV301: {
    category: "sts",
    title: "STS gives the role's credentials for the token",
    failure: "STS denies the role to this token",
    exit: 1,
    retryable: true,
  },
  QV302: {
    category: "sts",
    title: "the role's account has an OIDC provider for the issuer",
    failure: "the role's account has no OIDC provider for the issuer",
    exit: 1,
    retryable: true,
  },
  QV303: {
    category: "sts",
    title: "the OIDC provider accepts the token's audience",
    failure: "the OIDC provider does not accept the token's audience",
    exit: 1,
  },
  QV304: {
    category: "sts",
    title: "STS can verify the token",
    failure: "STS cannot verify the token",
    exit: 1,
    retryable: true,
  },
  QV305: {
    category: "sts",
    title: "the token is not expired by STS's clock",
    failure: "the token is expired by STS's clock",
    exit: 1,
  },
  QV306: {
    category: "sts",
    title: "the OIDC provider's thumbprint matches the issuer's certificate",
    failure: "the OIDC provider's thumbprint does not match the issuer's certificate",
    exit: 1,
  },
  QV307: {
    category: "sts",
    title: "STS accepts the request's form",
    failure: "STS rejects the request's form",
    exit: 1,
  },
  QV308: {
    category: "sts",
    title: "STS is activated in the region",
    failure: "STS is not activated in the region",
    exit: 1,
  },
  QV309: {
    category: "sts",
    title: "the identity provider accepts the claim",
    failure: "the identity provider rejects the claim",
    exit: 1,
  },
  QV310: {
    category: "sts",
    title: "STS can reach the identity provider",
    failure: "STS cannot reach the identity provider",
    exit: 3,
    retryable: true,
  },
  QV320: {
    category: "sts",
    title: "STS denies the role to this service account",
    failure: "STS gives the role to this service account",
    exit: 1,
  },
  QV321: {
    category: "sts",
    title: "it is the trust policy that denies the role",
    failure: "it is not the trust policy that denies the role",
    exit: 1,
  },
  QV399: {
    category: "sts",
    title: "STS does not refuse for another reason",
    failure: "STS refuses for another reason",
    exit: 1,
  },
  QV401: {
    category: "identity",
    title: "the pod has become the expected role",
    failure: "the pod has not become the expected role",
    exit: 1,
  },
  QV402: {
    category: "identity",
    title: "the role's policies allow the probe",
    failure: "the role's policies do not allow the probe",
    exit: 1,
    retryable: true,
  },
  QV403: {
    category: "identity",
    title: "no other policy denies the probe",
    failure: "another policy denies the probe",
    exit: 1,
    retryable: true,
  },
  QV404: {
    category: "identity",
    title: "the probe's bucket exists in this region",
    failure: "the probe's bucket does not exist in this region",
    exit: 1,
  },
  QV405: {
    category: "identity",
    title: "AWS accepts the role's credentials",
    failure: "AWS rejects the role's credentials",
    exit: 1,
    retryable: true,
  },
  QV499: {
    category: "identity",
    title: "the probe is not refused for another reason",
    failure: "the probe is refused for another reason",
    exit: 1,
  },
  QV501: {
    category: "network",
    title: "the endpoint's name resolves",
    failure: "the endpoint's name does not resolve",
    exit: 3,
    retryable: true,
  },
  QV502: {
    category: "network",
    title: "the endpoint can be connected to",
    failure: "the endpoint cannot be connected to",
    exit: 3,
    retryable: true,
  },
  QV503: {
    category: "network",
    title: "the endpoint's TLS certificate is trusted",
    failure: "TLS with the endpoint fails",
    exit: 3,
    retryable: true,
  },
  QV504: { category: "network", title: "AWS does not throttle", failure: "AWS throttles", exit: 3, retryable: true },
  QV505: {
    category: "network",
    title: "AWS answers without an error of its own",
    failure: "AWS answers with an error of its own",
    exit: 3,
    retryable: true,
  },
  QV506: {
    category: "network",
    title: "it is AWS that answers",
    failure: "it is not AWS that answers",
    exit: 3,
    retryable: true,
  },
  QV507: {
    category: "network",
    title: "the deadline is kept",
    failure: "there is no answer in time",
    exit: 3,
    retryable: true,
  },
} as const satisfies Record<string, CatalogueEntry>;

export type Code = keyof typeof CATALOGUE;

export const CODES = Object.keys(CATALOGUE) as readonly Code[];

const DOCS = "https://github.com/qovery-irsa/qovery-irsa/blob/main/docs/checks.md";

/** The page of a code. */
export function hint(code: Code): string {
  return `${DOCS}#${code}`;
}
