import { MANAGED_POLICIES, TRUST_POLICY_SIZE, TRUST_POLICY_SIZE_RAISED } from "../iam/quotas";
import type { Deployer } from "./deployers";

/** Returns what the policies of a deployer do not limit, and what must be done besides attaching them. */
export function deployerWarnings(deployer: Deployer, policies: number): string[] {
  const { role, clusters, trustPolicy, stateIdentity } = deployer;
  const trustSize = JSON.stringify(trustPolicy ?? "").length;
  const unbounded = clusters
    .flatMap((cluster) => cluster.roles)
    .filter(({ inlinePolicies, permissionsBoundary }) => inlinePolicies.length > 0 && permissionsBoundary === undefined)
    .map(({ name }) => name);
  const patterns = (trustPolicy ? [trustPolicy.Statement].flat() : []).some(({ Condition }) => Condition?.StringLike);
  return [
    ...(role === "apply" && unbounded.length > 0
      ? [
          `IAM cannot limit the content of inline policies: with the apply role, these roles can be given every permission: ${unbounded.join(", ")}. Set permissionsBoundary for them`,
        ]
      : []),
    ...(patterns
      ? [
          "the names of the workspaces do not fit into one trust policy: every workspace of the project with workspacePrefix can assume the role",
        ]
      : []),
    ...(trustSize > TRUST_POLICY_SIZE
      ? [
          `the trust policy has ${trustSize} characters; IAM accepts ${TRUST_POLICY_SIZE}, or ${TRUST_POLICY_SIZE_RAISED} with a raised quota: request the quota, or split the configuration`,
        ]
      : []),
    ...(policies > MANAGED_POLICIES
      ? [
          `a role can have ${MANAGED_POLICIES} managed policies, and ${policies} are needed: request a higher quota, or split the configuration`,
        ]
      : []),
    ...(trustPolicy === undefined
      ? ["without the key bootstrap in irsa.yaml, no trust policy is printed; docs/pull-requests.md lists the subjects"]
      : []),
    ...(stateIdentity === undefined ? [] : [`the state policies are for ${stateIdentity}, not for the ${role} role`]),
    ...(role === "plan" && stateIdentity !== undefined
      ? [
          `plans and applies use ${stateIdentity}, which must be able to write the states: code of a pull request can then change the states. To prevent this, remove state.roleArn and state.profile, and allow the roles in the policy of the bucket`,
        ]
      : []),
  ];
}
