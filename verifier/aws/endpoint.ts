import type { Failure } from "../checks/failure";
import { oneLine } from "../pod/printable";

export type Service = "STS" | "S3";

/**
 * Where a variable redirects a service's calls to, as every SDK reads it; undefined where none does.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function redirection(service: Service, env: NodeJS.ProcessEnv): { variable: string; url: string } | undefined {
  if (isOn("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", env)) return undefined;
  for (const variable of [`AWS_ENDPOINT_URL_${service}`, "AWS_ENDPOINT_URL"]) {
    const url = env[variable];
    if (url) return { variable, url };
  }
  return undefined;
}

/** Variables that choose another endpoint of AWS's own. */
export const CHOICES = ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"];

/** Whether a variable of the SDK's is set to true, as it reads it. */
export function isOn(name: string, env: NodeJS.ProcessEnv): boolean {
  return env[name]?.toLowerCase() === "true";
}

/**
 * QV501 where a redirection leads nowhere: it is not a URL, or a choice among AWS's own endpoints stands beside it, which
 * SDKs refuse. Undefined where all are well.
 * @param services those that will be called
 */
export function brokenRedirection(services: readonly Service[], env: NodeJS.ProcessEnv): Failure | undefined {
  for (const service of services) {
    const { variable, url } = redirection(service, env) ?? {};
    if (variable === undefined || url === undefined) continue;
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      return {
        code: "QV501",
        detail: `${variable} is ${JSON.stringify(oneLine(url, 200))}, which is not the URL of an endpoint`,
        fix: `delete ${variable} on Qovery, in the service, its environment and its project, and redeploy; if it is meant, write it as https://HOST`,
      };
    }
    const choice = CHOICES.find((name) => isOn(name, env));
    if (choice !== undefined) {
      return {
        code: "QV501",
        detail: `${variable} and ${choice}=true are both set: AWS's SDKs take one or the other, and call no endpoint`,
        fix: `delete ${variable} or ${choice} on Qovery, in the service, its environment and its project, and redeploy`,
      };
    }
  }
  return undefined;
}
