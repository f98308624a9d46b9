import { oneLine } from "../pod/printable";
import { redirection } from "./endpoint";

/** A proxy through which calls to a host go. */
export interface ProxyInUse {
  /** The variable that names the proxy. */
  readonly variable: string;
  /** The host of the URL; undefined if the value is not a URL. */
  readonly host: string | undefined;
  /** ` (HOST:PORT)`, without the password of the URL. */
  readonly shown: string;
  /** Whether the value is a valid URL. */
  readonly isUrl: boolean;
}

/** A variable that names a proxy, and its URL as the AWS CLI and curl read it. */
interface Setting {
  readonly variable: string;
  readonly url: string;
}

/**
 * Returns the variables of proxies for an Agent of Node, as the AWS CLI and curl read them. Node ignores a proxy without a
 * scheme, and reads `NO_PROXY=amazonaws.com` as that host only.
 * Source: https://nodejs.org/docs/latest-v22.x/api/http.html#built-in-proxy-support, https://everything.curl.dev/usingcurl/proxies/env.html
 */
export function proxyEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const [http, https] = [setting(env, "http"), setting(env, "https")];
  return {
    ...(http ? { http_proxy: http.url } : {}),
    ...(https ? { https_proxy: https.url } : {}),
    no_proxy: exceptions(env).join(","),
  };
}

/** Returns the proxy for calls to a host, or undefined. The scheme of the endpoint selects the variable. */
export function proxyOf(env: NodeJS.ProcessEnv, host: string): ProxyInUse | undefined {
  const proxy = settingFor(env, host);
  if (proxy === undefined || foreignScheme(proxy) !== undefined) return undefined;
  const isUrl = isReadable(proxy.url);
  return {
    variable: proxy.variable,
    host: isUrl ? new URL(proxy.url).hostname : undefined,
    shown: isUrl ? ` (${oneLine(new URL(proxy.url).host)})` : ", which is not the URL of a proxy",
    isUrl,
  };
}

/** Returns a proxy that is set for a host and not supported, so that calls do not use it: SOCKS. */
export function proxyPassedOver(
  env: NodeJS.ProcessEnv,
  host: string,
): { readonly variable: string; readonly scheme: string } | undefined {
  const proxy = settingFor(env, host);
  const scheme = proxy && foreignScheme(proxy);
  return proxy && scheme !== undefined ? { variable: proxy.variable, scheme } : undefined;
}

/** Returns the variables that redirect calls to a host, with their URLs. */
export function redirectionsTo(env: NodeJS.ProcessEnv, host: string): { variable: string; url: URL }[] {
  return (["STS", "S3"] as const).flatMap((service) => {
    const { variable = "", url = "" } = redirection(service, env) ?? {};
    if (!URL.canParse(url)) return [];
    const parsed = new URL(url);
    // The host of a bucket is the bucket before the host of the endpoint.
    return host === parsed.hostname || host.endsWith(`.${parsed.hostname}`) ? [{ variable, url: parsed }] : [];
  });
}

/** Returns the variable that names the proxy for a host, unless NO_PROXY excludes the host. */
function settingFor(env: NodeJS.ProcessEnv, host: string): Setting | undefined {
  // Only a redirected endpoint can have no TLS, or another port.
  const own = redirectionsTo(env, host).map(({ url }) => url);
  const isPlain = own.some(({ protocol }) => protocol === "http:");
  const standard = isPlain ? "80" : "443";
  const ports = own.length === 0 ? [standard] : own.map(({ port }) => port || standard);
  return isExcepted(env, host, ports) ? undefined : setting(env, isPlain ? "http" : "https");
}

function setting(env: NodeJS.ProcessEnv, scheme: "http" | "https"): Setting | undefined {
  const variable = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`].find((name) => env[name]);
  const value = variable === undefined ? "" : (env[variable] ?? "").trim();
  if (variable === undefined || value === "") return undefined;
  const url = /^[a-z][a-z\d+.-]*:\/\//i.test(value)
    ? value.replace(/^[^:]+/, (own) => own.toLowerCase())
    : `http://${value.replace(/^\/\//, "")}`;
  return { variable, url };
}

function foreignScheme({ url }: Setting): string | undefined {
  const scheme = url.slice(0, url.indexOf(":"));
  return scheme === "http" || scheme === "https" ? undefined : oneLine(scheme, 20);
}

/** Whether Node's Agent accepts the URL: it decodes user and password. */
function isReadable(url: string): boolean {
  try {
    const { username, password } = new URL(url);
    decodeURIComponent(`${username}:${password}`);
    return !/[\r\n]/.test(url);
  } catch {
    return false;
  }
}

/** Returns the entries of NO_PROXY. A domain, with or without a leading dot, matches the host and all its subdomains. */
function exceptions(env: NodeJS.ProcessEnv): string[] {
  return (
    (env.no_proxy || env.NO_PROXY || "")
      .toLowerCase()
      .split(/[\s,]+/)
      .map((entry) => entry.replace(/^(\*?\.)+/, ""))
      // Only Node reads a range of addresses.
      .filter((entry) => entry !== "" && !/^[\d.]+-[\d.]+$/.test(entry))
      .flatMap((name) => (/^(\*|[\d.]+)$|[:/]/.test(name) ? [name] : [name, `*.${name}`]))
  );
}

function isExcepted(env: NodeJS.ProcessEnv, host: string, ports: readonly string[]): boolean {
  const name = host.toLowerCase();
  return exceptions(env).some(
    (entry) =>
      entry === "*" ||
      entry === name ||
      ports.some((port) => entry === `${name}:${port}`) ||
      (entry.startsWith("*.") && name.endsWith(entry.slice(1))),
  );
}
