import type { Bootstrap, Project } from "../config/project";
import { roleArn } from "../iam/arn";
import { members, type Statement } from "../iam/policy-types";
import { deployers } from "./deployers";
import type { Permission } from "./permissions";
import { policyDocuments } from "./policy-documents";
import { statePermissions } from "./state-permissions";

/**
 * Returns the statements with which the policy of the bucket of the states allows what other accounts need: the roles,
 * and an administrator who deploys the stack `bootstrap` of the account.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
 */
export function otherAccounts(project: Project, main: Bootstrap): Statement[] {
  const { state, bootstraps } = project;
  if (state.backend !== "s3") return [];
  const roles = [...deployers(project, "plan"), ...deployers(project, "apply")];
  return bootstraps
    .filter(({ name }) => name !== main.name)
    .flatMap(({ name, partition, accountId, roleNamePrefix }) => {
      // Not the role itself as the principal: S3 refuses a role that does not exist yet.
      const Principal = { AWS: `arn:${partition}:iam::${accountId}:root` };
      const allowed = roles
        .filter((deployer) => deployer.accountId === accountId)
        .flatMap(({ role, permissions }) => {
          const arn = roleArn(partition, accountId, "/", `${roleNamePrefix}-${role}`);
          const Condition = { ArnEquals: { "aws:PrincipalArn": arn } };
          return ofBucket(permissions).map((statement) => ({ ...statement, Principal, Condition }));
        });
      const administrator = ofBucket(statePermissions(state, [name], "apply"));
      return [...allowed, ...administrator.map((statement) => ({ ...statement, Principal }))];
    });
}

function ofBucket(permissions: readonly Permission[]): Statement[] {
  const s3 = permissions.filter(({ action }) => action.startsWith("s3:"));
  return policyDocuments(s3).flatMap(({ Statement }) => members(Statement));
}
