import { parseIssuer } from "../../iam/issuer";

/**
 * How STS reaches an issuer. `eks`: AWS operates the issuer. `dotted-bucket`: the certificate of S3 does not cover a bucket
 * name with dots. `unreachable`: STS can never reach the issuer. `public`: any other issuer.
 */
export type IssuerKind = "eks" | "public" | "dotted-bucket" | "unreachable";

export function issuerKind(issuer: string): IssuerKind {
  const parsed = parseIssuer(issuer.replace(/\/+$/, ""));
  if ("problem" in parsed) return "unreachable";
  if (parsed.region !== undefined) return "eks";
  return /^[^/]+\.[^/]+\.s3[.-][^/]*amazonaws\./.test(parsed.hostPath) ? "dotted-bucket" : "public";
}

/** Regions that every account can use without activation. AWS adds only opt-in regions to this list's partitions. */
const DEFAULT_REGIONS =
  /^(us-(east|west)-[12]|ca-central-1|sa-east-1|eu-(central|north)-1|eu-west-[123]|ap-south-1|ap-northeast-[123]|ap-southeast-[12]|cn-.*|us-gov-.*|us-iso.*|eu-iso.*|eusc-.*)$/;

/** Whether an account must activate a region. Source: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html */
export function isOptIn(region: string): boolean {
  return !DEFAULT_REGIONS.test(region);
}
