import { redirection } from "./endpoint";
import { oneLine } from "./printable";

/** A proxy that takes the calls to a host in its place. */
export interface ProxyInUse {
  /** The variable that names it. */
  readonly variable: string;
  /** ` (HOST:PORT)`: its URL may hold a password, which is not shown. Empty where it is no URL. */
  readonly shown: string;
}

/**
 * The proxy by which Node reaches a host, or undefined. The variable depends on the endpoint's scheme.
 * Source: https://nodejs.org/docs/latest-v22.x/api/http.html#built-in-proxy-support
 */
export function proxyOf(env: NodeJS.ProcessEnv, host: string): ProxyInUse | undefined {
  const names = isPlain(env, host) ? ["http_proxy", "HTTP_PROXY"] : ["https_proxy", "HTTPS_PROXY"];
  const variable = names.find((name) => env[name]);
  if (variable === undefined || isExcepted(env.no_proxy || env.NO_PROXY || "", host)) return undefined;
  const url = env[variable] ?? "";
  return { variable, shown: URL.canParse(url) ? ` (${oneLine(new URL(url).host)})` : "" };
}

/** Only an endpoint that a variable redirects can be spoken to without TLS. */
function isPlain(env: NodeJS.ProcessEnv, host: string): boolean {
  return (["STS", "S3"] as const).some((service) => {
    const url = redirection(service, env)?.url ?? "";
    return URL.canParse(url) && new URL(url).protocol === "http:" && host.endsWith(new URL(url).hostname);
  });
}

/** Whether NO_PROXY lists a host: by itself, by a domain that it is in, or with all others (`*`). */
function isExcepted(list: string, host: string): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .map((entry) => entry.replace(/^\*\./, "."))
    .some((entry) => entry === "*" || entry === host || (entry.startsWith(".") && host.endsWith(entry)));
}
