import type { Failure } from "./failure";
import { oneLine } from "./printable";

export type Service = "STS" | "S3";

/**
 * Where a variable redirects a service's calls to, as every SDK reads it; undefined where none does.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function redirection(service: Service, env: NodeJS.ProcessEnv): { variable: string; url: string } | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === "true") return undefined;
  for (const variable of [`AWS_ENDPOINT_URL_${service}`, "AWS_ENDPOINT_URL"]) {
    const url = env[variable];
    if (url) return { variable, url };
  }
  return undefined;
}

/** QV501 where a redirection leads nowhere, since it is not a URL; undefined where all are well. */
export function brokenRedirection(env: NodeJS.ProcessEnv): Failure | undefined {
  for (const service of ["STS", "S3"] as const) {
    const { variable, url } = redirection(service, env) ?? {};
    if (variable === undefined || url === undefined) continue;
    if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) continue;
    return {
      code: "QV501",
      detail: `${variable} is ${JSON.stringify(oneLine(url, 200))}, which is not the URL of an endpoint`,
      fix: `delete ${variable} on Qovery, in the service, its environment and its project, and redeploy; if it is meant, write it as https://HOST`,
    };
  }
  return undefined;
}
