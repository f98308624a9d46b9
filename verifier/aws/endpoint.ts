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
