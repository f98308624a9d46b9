import { parseRoleArn } from "../../iam/arn";
import type { TokenSummary } from "./token";

/**
 * What to do where STS denies a role, the likeliest first. AWS does not say why and the trust policy is not known here,
 * so that the names decide: a service account has its role's name unless the configuration says otherwise, and the
 * namespaces of Qovery begin with "z".
 */
export function trustFix(roleArn: string, { issuer, subject }: TokenSummary): string {
  const role = parseRoleArn(roleArn)?.name;
  const [namespace = "", account = ""] = (subject ?? "").split(":").slice(2);
  const mends = {
    unset: `the pod runs as the service account "default": on Qovery set security.service_account_name (service → advanced settings) to serviceAccount of clusters/*.yaml, and redeploy`,
    account: `the service account is ${account} and the role ${role}: set security.service_account_name to the role's serviceAccount (clusters/*.yaml; by default its name), or mend serviceAccount`,
    foreign: `namespace ${namespace} does not begin with "z", so that scope: cluster does not admit it: set scope: environment and namespace: ${namespace} in clusters/*.yaml`,
    namespace: `the environment was cloned or made anew: set namespace: ${namespace} in clusters/*.yaml, or scope: cluster`,
    others: `no role of this name and path; a * under StringEquals (scope: cluster writes StringLike); another cluster's issuer (oidc.issuer must be ${issuer})`,
  };
  const order = [
    ...(account === "default" ? [mends.unset] : account === role ? [] : [mends.account]),
    namespace.startsWith("z") ? mends.namespace : mends.foreign,
    mends.others,
  ];
  const numbered = order.map((mend, index) => `(${index + 1}) ${mend}`).join("; ");
  return `likeliest first: ${numbered}. Compare with aws iam get-role --role-name ${role}, then cdktf deploy '<cluster>-iam'. A role made seconds ago: try again (--wait 60s)`;
}
