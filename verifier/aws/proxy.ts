import { oneLine } from "../pod/printable";
import { redirection } from "./endpoint";

/** A proxy that takes the calls to a host in its place. */
export interface ProxyInUse {
  /** The variable that names it. */
  readonly variable: string;
  /** ` (HOST:PORT)`: its URL may hold a password, which is not shown. */
  readonly shown: string;
  /** Whether a proxy can be read from the variable. */
  readonly isUrl: boolean;
}

/** A variable that names a proxy, and what it says as the AWS CLI and curl read it. */
interface Setting {
  readonly variable: string;
  readonly url: string;
}

/**
 * The variables of proxies as the AWS CLI and curl take them, for an Agent of Node's, which by itself passes over a proxy
 * without a scheme and reads `NO_PROXY=amazonaws.com` as that one host.
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

/** The proxy by which a host is reached, or undefined. The variable depends on the endpoint's scheme. */
export function proxyOf(env: NodeJS.ProcessEnv, host: string): ProxyInUse | undefined {
  const proxy = settingFor(env, host);
  if (proxy === undefined || foreignScheme(proxy) !== undefined) return undefined;
  const isUrl = isReadable(proxy.url);
  return {
    variable: proxy.variable,
    shown: isUrl ? ` (${oneLine(new URL(proxy.url).host)})` : ", which holds no proxy's URL",
    isUrl,
  };
}

/** A proxy that is named for a host and that nothing here can speak to, so that it is passed over: SOCKS. */
export function proxyPassedOver(
  env: NodeJS.ProcessEnv,
  host: string,
): { readonly variable: string; readonly scheme: string } | undefined {
  const proxy = settingFor(env, host);
  const scheme = proxy && foreignScheme(proxy);
  return proxy && scheme !== undefined ? { variable: proxy.variable, scheme } : undefined;
}

/** The variables that redirect calls to a host, with what they say. */
export function redirectionsTo(env: NodeJS.ProcessEnv, host: string): { variable: string; url: URL }[] {
  return (["STS", "S3"] as const).flatMap((service) => {
    const { variable = "", url = "" } = redirection(service, env) ?? {};
    if (!URL.canParse(url)) return [];
    const parsed = new URL(url);
    // A bucket's own host is the endpoint's with the bucket before it.
    return host === parsed.hostname || host.endsWith(`.${parsed.hostname}`) ? [{ variable, url: parsed }] : [];
  });
}

/** The variable that names a proxy for calls to a host which is not excepted from it. */
function settingFor(env: NodeJS.ProcessEnv, host: string): Setting | undefined {
  // Only an endpoint that a variable redirects can be spoken to without TLS, or on another port.
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

/** Whether Node's Agent can take it: it decodes user and password. */
function isReadable(url: string): boolean {
  try {
    const { username, password } = new URL(url);
    decodeURIComponent(`${username}:${password}`);
    return !/[\r\n]/.test(url);
  } catch {
    return false;
  }
}

/** NO_PROXY's entries: a domain's name is the host of that name and all below it, with a dot before it or without. */
function exceptions(env: NodeJS.ProcessEnv): string[] {
  return (
    (env.no_proxy || env.NO_PROXY || "")
      .toLowerCase()
      .split(/[\s,]+/)
      .map((entry) => entry.replace(/^(\*?\.)+/, ""))
      // A range of addresses is Node's own invention.
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
