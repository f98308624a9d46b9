export type Service = "STS" | "S3";

/**
 * Returns the endpoint to which a variable redirects the calls to a service, or undefined. Every SDK reads these variables.
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

/** Variables that select another endpoint of AWS. */
export const CHOICES = ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"];

/** Whether an SDK reads a variable as true. */
export function isOn(name: string, env: NodeJS.ProcessEnv): boolean {
  return env[name]?.toLowerCase() === "true";
}
