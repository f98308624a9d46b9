import { CHOICES, isOn, redirection, type Service } from "../aws/endpoint";
import { CATALOGUE } from "./catalogue";
import type { Failure } from "./result";

const { fixes } = CATALOGUE.QV501;

/**
 * Returns QV501 if a redirection cannot work: the value is not a URL, or a variable that selects an endpoint of AWS is
 * also set, which SDKs reject.
 * @param services the services that the run calls
 */
export function brokenRedirection(services: readonly Service[], env: NodeJS.ProcessEnv): Failure | undefined {
  for (const service of services) {
    const { variable, url } = redirection(service, env) ?? {};
    if (variable === undefined || url === undefined) continue;
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      return {
        code: "QV501",
        detail: `${variable} has ${url.length} characters and is not the URL of an endpoint.`,
        fix: fixes.notUrl({ variable }),
      };
    }
    const choice = CHOICES.find((name) => isOn(name, env));
    if (choice !== undefined) {
      return {
        code: "QV501",
        detail: `${variable} and ${choice}=true are both set. AWS SDKs accept only one of them, and call no endpoint.`,
        fix: fixes.exclusive({ variable, choice }),
      };
    }
  }
  return undefined;
}
