import type { AwsError } from "../aws/aws-error";
import { bundleFault } from "../aws/ca-bundle";
import { CHOICES, isOn } from "../aws/endpoint";
import { presentedCertificate } from "../aws/presented-certificate";
import { type ProxyInUse, proxyOf, proxyPassedOver, redirectionsTo } from "../aws/proxy";
import { oneLine, shownPath } from "../pod/printable";
import { CATALOGUE, inOrder } from "./catalogue";
import type { Failure } from "./result";

/** Error codes with which STS and S3 throttle. Source: https://docs.aws.amazon.com/general/latest/gr/api-retries.html */
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
/** OpenSSL's reasons for a response that is not TLS. */
const NOT_TLS = /wrong version number|packet length too long|unknown protocol|http request/;
const UNTRUSTED = /CERT|^ERR_TLS|^ERR_SSL|^EPROTO|SELF_SIGNED|UNABLE_TO|CRL|HOSTNAME_MISMATCH/;

/**
 * Returns QV5xx: a failure that proves nothing about the role, since AWS did not answer the call. Undefined if AWS answered.
 * @param host the endpoint that was called
 * @param signal aborted at the end of the run
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
    const { wait, fewer } = CATALOGUE.QV504.fixes;
    return {
      code: "QV504",
      detail: `${to} returned ${oneLine(code ?? `HTTP ${status}`)}: ${oneLine(error.message)}`,
      fix: inOrder(wait, fewer),
    };
  }
  if (status !== undefined && status >= 500 && fromAws) {
    const { wait, health } = CATALOGUE.QV505.fixes;
    return {
      code: "QV505",
      detail: `${to} returned HTTP ${status} ${oneLine(code ?? "")}`.trimEnd(),
      fix: inOrder(wait, health),
    };
  }
  if (code === "RequestTimeout") {
    const { wait, port } = CATALOGUE.QV502.fixes;
    return {
      code: "QV502",
      detail: `${to} returned ${code}: ${oneLine(error.message)}`,
      fix: inOrder(wait, port),
      transient: true,
    };
  }
  if (status !== undefined && !fromAws) return foreign(to, `HTTP ${status} without the request id of AWS`);
  if (status !== undefined && code === undefined && !/UnknownError|^Unknown$|^$/.test(error.message)) {
    return foreign(to, `HTTP ${status} without the XML of AWS`);
  }
  if (status !== undefined) return undefined;
  // Codes of Node's HTTP parser: the response is not HTTP, or longer than any response of AWS.
  if (systemCode.startsWith("HPE_")) return foreign(to, oneLine(`${error.message} (${systemCode})`));
  if (systemCode === "ERR_PROXY_TUNNEL") {
    const { login, tunnel, noProxy } = CATALOGUE.QV506.fixes;
    const variable = proxy?.variable ?? "HTTPS_PROXY";
    return {
      code: "QV506",
      detail: `The proxy in ${variable}${proxy?.shown ?? ""} refused the connection to ${host}: ${oneLine(error.message)}`,
      fix: inOrder(login({ variable }), tunnel({ host }), noProxy({ domain: domain(host) })),
    };
  }
  if (proxy && !proxy.isUrl) {
    return {
      code: "QV502",
      detail: `No connection to ${to}.`,
      fix: CATALOGUE.QV502.fixes.proxyUrl({ variable: proxy.variable }),
    };
  }
  const passedOver = passedOverDetail(env, host);
  if (UNRESOLVED.test(systemCode)) {
    return {
      code: "QV501",
      detail: `The name of ${proxy ? `the proxy in ${proxy.variable}${proxy.shown}, for calls to ${host},` : host} does not resolve: ${/AGAIN/.test(systemCode) ? "no name server responds" : "the name does not exist, or has no address that the pod can use"} (${systemCode}).${passedOver}`,
      fix: detourFix(env, host, proxy) ?? unresolvedFix(env, host, systemCode),
    };
  }
  if (UNTRUSTED.test(systemCode)) return tlsFailure(error, host, env, signal);
  if (UNCONNECTED.test(systemCode) || /timed? ?out|timeout|socket hang up/i.test(error.message)) {
    const addresses = proxy ? "" : await resolved(host, signal);
    return {
      code: "QV502",
      detail: `No connection to ${to}${addresses}: ${oneLine(systemCode || error.message)}.${passedOver}${podItself(proxy?.host ?? host)}`,
      fix: detourFix(env, host, proxy) ?? unconnectedFix(env, host, systemCode),
    };
  }
  return undefined;
}

async function tlsFailure(
  error: AwsError,
  host: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Failure> {
  const { notTls, bundle: correct, inspection, interception } = CATALOGUE.QV503.fixes;
  const proxy = proxyOf(env, host);
  const detail = `TLS with ${named(host, proxy)} failed: ${reason(error.message)} (${error.systemCode}).`;
  const variable = proxy?.variable ?? redirectedBy(env, host);
  if (NOT_TLS.test(error.message)) {
    return { code: "QV503", detail, fix: variable === "" ? interception : notTls({ variable }) };
  }
  const bundle = env.AWS_CA_BUNDLE;
  const fault = bundle ? await bundleFault(bundle) : undefined;
  if (bundle && fault !== undefined) {
    return {
      code: "QV503",
      detail: `${detail} AWS_CA_BUNDLE names ${shownPath(bundle)}, which ${fault}.`,
      fix: correct,
    };
  }
  const presented = proxy ? "" : await presentedBy(host, env, signal);
  return { code: "QV503", detail: `${detail}${presented}`, fix: inOrder(inspection, interception) };
}

/** Returns the subject and the issuer of the certificate that a host presents, as a sentence. */
async function presentedBy(host: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<string> {
  const port = Number(redirectionsTo(env, host)[0]?.url.port || 443);
  const certificate = await presentedCertificate(host, port, signal);
  return certificate
    ? ` The certificate is for ${oneLine(certificate.subject)}, issued by ${oneLine(certificate.issuer)}.`
    : "";
}

/** Returns QV506, also for a response that the SDK accepted and that does not contain what AWS sends. */
export function foreign(host: string, seen: string): Failure {
  return {
    code: "QV506",
    detail: `The response of ${host} is not from AWS: ${seen}.`,
    fix: CATALOGUE.QV506.fixes.between,
  };
}

/** Whether a name is being looked up. Node cannot cancel a look-up. */
export function isResolving(): boolean {
  return process.getActiveResourcesInfo().includes("GetAddrInfoReqWrap");
}

/** Why a call ended without a response. */
export type End = "stopped" | "resolving" | "waiting";

/** Returns QV507: the time of the try ended, or the process was stopped, before the host responded. */
export function deadline(milliseconds: number, host: string, env: NodeJS.ProcessEnv, why: End): Failure {
  const proxy = proxyOf(env, host);
  const to = named(host, proxy);
  const { stopped, dns, packets, longer } = CATALOGUE.QV507.fixes;
  if (why === "stopped") {
    return { code: "QV507", detail: `Kubernetes stopped the pod before ${to} responded.`, fix: stopped };
  }
  const within = `within ${milliseconds / 1000} s`;
  if (why === "resolving") {
    return {
      code: "QV507",
      detail: `The name of ${to} did not resolve ${within}: no name server responds.`,
      fix: inOrder(dns, longer),
    };
  }
  return {
    code: "QV507",
    detail: `No response from ${to} ${within}.${passedOverDetail(env, host)}`,
    fix: detourFix(env, host, proxy) ?? inOrder(packets, longer),
  };
}

function named(host: string, proxy: ProxyInUse | undefined): string {
  return proxy ? `${host} through the proxy in ${proxy.variable}${proxy.shown}` : host;
}

/** Returns the fix if a proxy or a redirection stands between the pod and AWS: the first place to look. */
function detourFix(env: NodeJS.ProcessEnv, host: string, proxy: ProxyInUse | undefined): string | undefined {
  const { proxy: address, proxyNetwork, noProxy, socks } = CATALOGUE.QV502.fixes;
  if (proxy) {
    const { variable, host: proxyHost = "" } = proxy;
    const direct = noProxy({ domain: domain(host) });
    const network = isPodItself(proxyHost) ? [] : [proxyNetwork({ variable })];
    return inOrder(address({ variable }), ...network, direct);
  }
  const passedOver = proxyPassedOver(env, host);
  return passedOver && socks({ variable: passedOver.variable });
}

function passedOverDetail(env: NodeJS.ProcessEnv, host: string): string {
  const { variable, scheme } = proxyPassedOver(env, host) ?? {};
  return variable === undefined
    ? ""
    : ` ${variable} names a ${scheme} proxy, which is not supported: the call did not use the proxy.`;
}

function unresolvedFix(env: NodeJS.ProcessEnv, host: string, systemCode: string): string {
  const { redirected, choice, region, dns, vpcEndpoint, dualStack } = CATALOGUE.QV501.fixes;
  if (/AGAIN/.test(systemCode)) return dns;
  const variable = redirectedBy(env, host);
  if (variable !== "") return inOrder(redirected({ variable }), dns);
  if (lacksDualStack(env)) return inOrder(dualStack, region);
  const names = CHOICES.filter((name) => isOn(name, env)).join(" and ");
  return names === "" ? inOrder(region, dns, vpcEndpoint) : inOrder(choice({ names }), region, dns);
}

function unconnectedFix(env: NodeJS.ProcessEnv, host: string, systemCode: string): string {
  const { redirected, port, setProxy, dualStack } = CATALOGUE.QV502.fixes;
  const variable = redirectedBy(env, host);
  if (variable !== "" && isPodItself(host)) return redirected({ variable });
  if (variable !== "") return inOrder(redirected({ variable }), port);
  const noRoute = /^(ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL)$/.test(systemCode);
  if (noRoute && lacksDualStack(env)) return dualStack;
  return inOrder(port, setProxy);
}

/** Whether the pod has only IPv6 addresses, for which Node resolves no name of the default endpoint. */
function lacksDualStack(env: NodeJS.ProcessEnv): boolean {
  if (isOn("AWS_USE_DUALSTACK_ENDPOINT", env)) return false;
  const all = Object.values(process.getBuiltinModule("node:os").networkInterfaces()).flat();
  const outward = all.filter((own) => own && !own.internal && !/^(169\.254\.|fe80:)/i.test(own.address));
  return outward.length > 0 && outward.every((own) => own?.family === "IPv6");
}

/** Returns the variables that redirect calls to a host, such as `AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_S3`. */
function redirectedBy(env: NodeJS.ProcessEnv, host: string): string {
  return [...new Set(redirectionsTo(env, host).map(({ variable }) => variable))].join(" or ");
}

function isPodItself(host: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|\[?::1\]?|localhost)$/.test(host);
}

function podItself(host: string): string {
  return isPodItself(host) ? ` ${host} is the pod itself.` : "";
}

/** Returns the entry of NO_PROXY that excludes a host: the domain of AWS, or the host itself. */
function domain(host: string): string {
  return /\.(amazonaws\.com(\.cn)?|api\.aws|api\.amazonwebservices\.com\.cn)$/.exec(host)?.[0] ?? host;
}

/** Returns OpenSSL's reason without addresses and source files. */
function reason(message: string): string {
  return oneLine(/:SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message);
}

/** Returns the addresses of a host: a private address shows a VPC endpoint. */
async function resolved(host: string, signal: AbortSignal): Promise<string> {
  try {
    // The addresses are optional, so the look-up must not delay the end of the run.
    const late = AbortSignal.any([signal, AbortSignal.timeout(1000)]);
    // Loaded here, since a run that succeeds does not need the module.
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
