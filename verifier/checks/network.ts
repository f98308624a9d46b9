import type { AwsError } from "../aws/aws-error";
import { bundleFault } from "../aws/ca-bundle";
import { CHOICES, isOn } from "../aws/endpoint";
import { type ProxyInUse, proxyOf, proxyPassedOver, redirectionsTo } from "../aws/proxy";
import { oneLine } from "../pod/printable";
import type { Failure } from "./check";
import { VARIABLES } from "./check";

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
const UNCONNECTED = /^(ECONN|EHOST|ENET|EPIPE|ETIMEDOUT|EADDRNOTAVAIL|EACCES|EPERM|UND_|ERR_PROXY|ERR_STREAM)/;
/** OpenSSL's words where something else than TLS comes back. */
const NOT_TLS = /wrong version number|packet length too long|unknown protocol|http request/;
const UNTRUSTED = /CERT|^ERR_TLS|^ERR_SSL|^EPROTO|SELF_SIGNED|UNABLE_TO|CRL|HOSTNAME_MISMATCH/;

/**
 * QV5xx: the failures that say nothing of the role, since AWS did not give its answer. Undefined where AWS has answered.
 * @param host the endpoint that was called
 * @param signal the end of the run
 */
export async function networkFailure(
  error: AwsError,
  host: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const { systemCode = "", status, code, fromAws } = error;
  const proxy = proxyOf(env, host);
  const to = named(host, proxy);
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
  // Node's parser: what came is not HTTP, or longer than any answer of AWS's.
  if (systemCode.startsWith("HPE_")) return foreign(to, oneLine(`${error.message} (${systemCode})`));
  if (systemCode === "ERR_PROXY_TUNNEL") {
    return {
      code: "QV506",
      detail: `the answer for ${to} is not AWS's: the proxy refuses the tunnel: ${oneLine(error.message)}`,
      fix: `let the proxy through to ${host}, with user and password in ${proxy?.variable} (${VARIABLES}) where it wants them (407); or except AWS from it: NO_PROXY=${domain(host)}`,
    };
  }
  if (proxy && !proxy.isUrl) {
    return {
      code: "QV502",
      detail: `no connection to ${to}`,
      fix: `write ${proxy.variable} as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with special characters as %XX (${VARIABLES}), and redeploy the service`,
    };
  }
  const passedOver = passedOverDetail(env, host);
  if (UNRESOLVED.test(systemCode)) {
    return {
      code: "QV501",
      detail: `${to} does not resolve (${systemCode})${passedOver}`,
      fix: proxy ? proxyFix(proxy, host) : (passedOverFix(env, host) ?? unresolvedFix(env, host)),
    };
  }
  if (UNTRUSTED.test(systemCode)) return tlsFailure(error, to, env);
  if (UNCONNECTED.test(systemCode) || /timed? ?out|timeout|socket hang up/i.test(error.message)) {
    return {
      code: "QV502",
      detail: `no connection to ${to}${proxy ? "" : await resolved(host, signal)}: ${oneLine(systemCode || error.message)}${passedOver}`,
      fix: proxy ? proxyFix(proxy, host) : (passedOverFix(env, host) ?? unconnectedFix(env, host)),
    };
  }
  return undefined;
}

/** QV503. */
async function tlsFailure(error: AwsError, to: string, env: NodeJS.ProcessEnv): Promise<Failure> {
  const failure = {
    code: "QV503",
    detail: `TLS with ${to} fails (${error.systemCode}: ${reason(error.message)})`,
  } as const;
  if (NOT_TLS.test(error.message)) {
    return {
      ...failure,
      fix: `what listens there does not speak TLS: check the scheme and the port in AWS_ENDPOINT_URL (${VARIABLES}), and what stands between the pod and port 443`,
    };
  }
  const bundle = env.AWS_CA_BUNDLE;
  const fault = bundle ? await bundleFault(bundle) : undefined;
  if (bundle && fault !== undefined) {
    return {
      ...failure,
      detail: `${failure.detail}; AWS_CA_BUNDLE names ${oneLine(bundle)}, which ${fault}`,
      fix: `put the certificate authority's file (PEM) where AWS_CA_BUNDLE says, in the image or as a variable as file, or delete AWS_CA_BUNDLE (${VARIABLES}); then redeploy the service`,
    };
  }
  return {
    ...failure,
    fix: "if a proxy of your own inspects TLS, mount its certificate authority and name the file in AWS_CA_BUNDLE (NODE_EXTRA_CA_CERTS for Node); otherwise the node's clock is wrong or the traffic is intercepted",
  };
}

/** QV506, also for an answer that the SDK took for AWS's and that holds nothing of what AWS sends. */
export function foreign(host: string, seen: string): Failure {
  return {
    code: "QV506",
    detail: `the answer from ${host} is not AWS's: ${seen}`,
    fix: `something between the pod and AWS answers in its place (a proxy's page, a captive portal): let the pod reach AWS's endpoints, or set HTTPS_PROXY and NO_PROXY, and check AWS_ENDPOINT_URL (${VARIABLES})`,
  };
}

/** Whether a name is being looked up, which nothing can end. */
export function isResolving(): boolean {
  return process.getActiveResourcesInfo().includes("GetAddrInfoReqWrap");
}

/** What a call was at when it was ended: told to stop, looking up a name, or waiting for an answer. */
export type End = "stopped" | "resolving" | "waiting";

/** QV507: the attempt's time was up, or the process was told to stop, before a host had answered. */
export function deadline(milliseconds: number, host: string, env: NodeJS.ProcessEnv, why: End): Failure {
  const to = named(host, proxyOf(env, host));
  if (why === "stopped") {
    return {
      code: "QV507",
      detail: `the verifier was stopped before ${to} had answered`,
      fix: "the pod was told to end, by a new deployment or by its job's time limit: run it again, and give the job more time than --timeout and --wait",
    };
  }
  if (why === "resolving") {
    return {
      code: "QV507",
      detail: `the name of ${to} was not resolved within ${milliseconds / 1000} s: no name server answers`,
      fix: "let the pod reach the cluster's DNS (CoreDNS, UDP and TCP port 53): NetworkPolicy, security groups of the nodes, the pods of kube-system; or give more time with --timeout",
    };
  }
  return {
    code: "QV507",
    detail: `no answer from ${to} within ${milliseconds / 1000} s${passedOverDetail(env, host)}`,
    fix:
      passedOverFix(env, host) ??
      "AWS's endpoint takes connections or packets and does not answer: check NetworkPolicy, security groups, proxies and VPC endpoints, or give more time with --timeout",
  };
}

function named(host: string, proxy: ProxyInUse | undefined): string {
  return proxy ? `${host} through ${proxy.variable}${proxy.shown}` : host;
}

function proxyFix({ variable }: ProxyInUse, host: string): string {
  return `check the proxy that ${variable} names (${VARIABLES}), and that the pod's network lets it out to it; or except AWS from it: NO_PROXY=${domain(host)}`;
}

/** A SOCKS proxy, which is passed over without a word of Node's. */
function passedOverDetail(env: NodeJS.ProcessEnv, host: string): string {
  const { variable, scheme } = proxyPassedOver(env, host) ?? {};
  return variable === undefined
    ? ""
    : `; ${variable} names a ${scheme} proxy, which Node cannot speak to: the call went past it`;
}

function passedOverFix(env: NodeJS.ProcessEnv, host: string): string | undefined {
  const { variable } = proxyPassedOver(env, host) ?? {};
  return variable === undefined
    ? undefined
    : `name a proxy that speaks HTTP: ${variable}=http://HOST:PORT (${VARIABLES}), or delete it and let the pod's network out to port 443; then redeploy the service`;
}

function unresolvedFix(env: NodeJS.ProcessEnv, host: string): string {
  const own = variablesOf(env, host);
  if (own !== "") {
    return `${own} names this host: mend it or delete it (${VARIABLES}), and redeploy the service; if it is right, check the cluster's DNS (CoreDNS) and the private DNS of the VPC endpoint`;
  }
  const chosen = CHOICES.filter((name) => isOn(name, env)).join(" and ");
  if (chosen !== "") {
    return `the region may have no such endpoint: delete ${chosen} (${VARIABLES}) and redeploy the service, or check AWS_REGION; else check the cluster's DNS (CoreDNS)`;
  }
  return "check AWS_REGION and the cluster's DNS (CoreDNS); a private cluster needs interface VPC endpoints with private DNS for STS (com.amazonaws.<region>.sts) and for S3";
}

function unconnectedFix(env: NodeJS.ProcessEnv, host: string): string {
  const own = variablesOf(env, host);
  return own === ""
    ? "let the pod's network out to port 443: NetworkPolicy, security groups, NAT gateway, or interface VPC endpoints in a private cluster; behind a proxy set HTTPS_PROXY and NO_PROXY"
    : `${own} names this host: mend it or delete it (${VARIABLES}), and redeploy the service; if it is right, let the pod's network out to its port: NetworkPolicy, security groups of the VPC endpoint`;
}

/** The variables that redirect calls to a host: `AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_S3`. */
function variablesOf(env: NodeJS.ProcessEnv, host: string): string {
  return [...new Set(redirectionsTo(env, host).map(({ variable }) => variable))].join(" or ");
}

/** What NO_PROXY must except for a host: the domain of AWS's that it is in, or itself. */
function domain(host: string): string {
  return /\.(amazonaws\.com(\.cn)?|api\.aws|api\.amazonwebservices\.com\.cn)$/.exec(host)?.[0] ?? host;
}

/** OpenSSL's reason without the addresses and source files around it. */
function reason(message: string): string {
  return oneLine(/:SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message);
}

/** What a host resolves to here: a private address tells a VPC endpoint, none tells a name that lives elsewhere. */
async function resolved(host: string, signal: AbortSignal): Promise<string> {
  try {
    // The answer to a question of courtesy: it may not keep a run from its end.
    const late = AbortSignal.any([signal, AbortSignal.timeout(1000)]);
    // Loaded here, since a run that succeeds needs none of it.
    const { lookup } = await import("node:dns/promises");
    const addresses = await Promise.race([
      lookup(host, { all: true }),
      new Promise<never>((_, reject) => {
        late.addEventListener("abort", reject, { once: true });
        if (late.aborted) reject();
      }),
    ]);
    const list = [...new Set(addresses.map(({ address }) => address))].slice(0, 4).join(", ");
    return list === host ? "" : ` (${list})`;
  } catch {
    return "";
  }
}
