import type { AwsError } from "./aws-error";
import type { Failure } from "./failure";
import { oneLine } from "./printable";

/** AWS's codes for "too many calls", of STS and S3. Source: https://docs.aws.amazon.com/general/latest/gr/api-retries.html */
const THROTTLED = [
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "TooManyRequestsException",
  "TooManyRequests",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "BandwidthLimitExceeded",
  "LimitExceededException",
];

const UNRESOLVED = /^(ENOTFOUND|EAI_)/;
const UNCONNECTED = /^(ECONN|EHOST|ENET|EPIPE|ETIMEDOUT|EADDRNOTAVAIL|EACCES|EPERM|UND_|HPE_|ERR_PROXY|ERR_STREAM)/;
const UNTRUSTED = /CERT|^ERR_TLS|^ERR_SSL|^EPROTO|SELF_SIGNED|UNABLE_TO|CRL|HOSTNAME_MISMATCH/;

/**
 * QV5xx: the failures that say nothing of the role, since AWS did not give its answer. Undefined where AWS has answered.
 * @param host the endpoint that was called
 */
export async function networkFailure(
  error: AwsError,
  host: string,
  env: NodeJS.ProcessEnv,
): Promise<Failure | undefined> {
  const { systemCode = "", status, code, fromAws } = error;
  const to = `${host}${proxyNote(env, host)}`;
  if (THROTTLED.includes(code ?? "") || status === 429) {
    return {
      code: "QV504",
      detail: `${to} throttles: ${oneLine(code ?? `HTTP ${status}`)} ${oneLine(error.message)}`,
      fix: "too many pods ask at once: try again later (--wait 60s does), start fewer pods at a time, and let applications keep their credentials for the hour that they are valid",
    };
  }
  if (status !== undefined && status >= 500 && fromAws) {
    return {
      code: "QV505",
      detail: `${to} answers HTTP ${status} ${oneLine(code ?? "")}`,
      fix: "AWS has a fault: try again (--wait 60s does); if it lasts, see https://health.aws.amazon.com",
    };
  }
  if (status !== undefined && !fromAws) return foreign(to, `HTTP ${status} without AWS's marks`);
  if (status !== undefined && code === undefined && !/UnknownError|^Unknown$|^$/.test(error.message)) {
    return foreign(to, `HTTP ${status} that is not AWS's XML`);
  }
  if (status !== undefined) return undefined;
  if (systemCode === "ERR_PROXY_TUNNEL") return foreign(to, `the proxy refuses the tunnel: ${oneLine(error.message)}`);
  if (UNRESOLVED.test(systemCode)) {
    return {
      code: "QV501",
      detail: `${to} does not resolve (${systemCode})`,
      fix: "check AWS_REGION and the cluster's DNS (CoreDNS); a private cluster needs interface VPC endpoints with private DNS for STS (com.amazonaws.<region>.sts) and for S3",
    };
  }
  if (UNTRUSTED.test(systemCode)) {
    return {
      code: "QV503",
      detail: `TLS with ${to} fails (${systemCode}: ${oneLine(error.message)})`,
      fix: "if a proxy of your own inspects TLS, mount its certificate authority and name the file in AWS_CA_BUNDLE (NODE_EXTRA_CA_CERTS for Node); otherwise the node's clock is wrong or the traffic is intercepted",
    };
  }
  if (UNCONNECTED.test(systemCode) || /timed? ?out|timeout|socket hang up/i.test(error.message)) {
    return {
      code: "QV502",
      detail: `no connection to ${to}${await resolved(host)}: ${oneLine(systemCode || error.message)}`,
      fix: "let the pod's network out to port 443: NetworkPolicy, security groups, NAT gateway, or interface VPC endpoints in a private cluster; behind a proxy set HTTPS_PROXY and NO_PROXY",
    };
  }
  return undefined;
}

/** QV506, also for an answer that the SDK took for AWS's and that holds nothing of what AWS sends. */
export function foreign(host: string, seen: string): Failure {
  return {
    code: "QV506",
    detail: `the answer from ${host} is not AWS's: ${seen}`,
    fix: "something between the pod and AWS answers in its place (a proxy's page, a captive portal): let the pod reach AWS's endpoints, or set HTTPS_PROXY and NO_PROXY, and check AWS_ENDPOINT_URL",
  };
}

export function deadline(milliseconds: number): Failure {
  return {
    code: "QV507",
    detail: `no answer within ${milliseconds / 1000} s`,
    fix: "AWS's endpoint takes connections or packets and does not answer: check NetworkPolicy, security groups, proxies and VPC endpoints, or give more time with --timeout",
  };
}

/** What a host resolves to here: a private address tells a VPC endpoint, none tells a name that lives elsewhere. */
async function resolved(host: string): Promise<string> {
  try {
    // Loaded here, since a run that succeeds needs none of it.
    const { lookup } = await import("node:dns/promises");
    const addresses = await Promise.race([
      lookup(host, { all: true }),
      new Promise<never>((_, reject) => setTimeout(reject, 1000).unref()),
    ]);
    const list = [...new Set(addresses.map(({ address }) => address))].slice(0, 4).join(", ");
    return list === host ? "" : ` (${list})`;
  } catch {
    return "";
  }
}

/** A proxy takes the call instead of the host; its URL may hold a password, so only its host is named. */
function proxyNote(env: NodeJS.ProcessEnv, host: string): string {
  const name = ["HTTPS_PROXY", "https_proxy"].find((candidate) => env[candidate]);
  if (!name || /^(127\.|localhost$|\[?::1)/.test(host)) return "";
  const url = env[name] ?? "";
  return ` through ${name}${URL.canParse(url) ? ` (${oneLine(new URL(url).host)})` : ""}`;
}
