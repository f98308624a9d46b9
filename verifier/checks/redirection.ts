import { CHOICES, isOn, redirection, type Service } from "../aws/endpoint";
import { oneLine } from "../pod/printable";
import type { Failure } from "./check";

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
