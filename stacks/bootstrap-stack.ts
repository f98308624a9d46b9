import { DataAwsIamOpenidConnectProvider } from "@cdktf/provider-aws/lib/data-aws-iam-openid-connect-provider";
import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePoliciesExclusive } from "@cdktf/provider-aws/lib/iam-role-policies-exclusive";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { IamRolePolicyAttachmentsExclusive } from "@cdktf/provider-aws/lib/iam-role-policy-attachments-exclusive";
import { type ITerraformDependable, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import type { Bootstrap, Project } from "../config/project";
import { otherAccounts } from "../deployer/bucket-statements";
import { type Deployer, deployerOf } from "../deployer/deployers";
import { policyDocuments } from "../deployer/policy-documents";
import { type RunnerProvider, runnerProviders } from "../deployer/trust";
import { literal, literals } from "./literal";
import { addAwsProvider } from "./required-providers";
import { keepState } from "./state";
import { StateBucket } from "./state-bucket";

export interface BootstrapStackProps {
  readonly project: Project;
  /** One of the project. */
  readonly bootstrap: Bootstrap;
}

/** Returns whether a stack is one of `BootstrapStack`. */
export function isBootstrapStack(name: string): boolean {
  return /^bootstrap(-\d{12})?$/.test(name);
}

/** `bootstrap`: the bucket of the states, and the roles of an account that plan and apply the other stacks. */
export class BootstrapStack extends TerraformStack {
  constructor(scope: Construct, { project, bootstrap }: BootstrapStackProps) {
    super(scope, bootstrap.name);
    const { bucket, partition, accountId, roleNamePrefix, tags } = bootstrap;
    keepState(this, bootstrap.state);
    addAwsProvider(this, bootstrap);
    if (bucket) {
      const arn = `arn:${partition}:s3:::${bucket.bucket}`;
      const statements = otherAccounts(project, bootstrap);
      new StateBucket(this, "state-bucket", {
        name: bucket.bucket,
        arn,
        kmsKeyArn: bucket.kmsKeyArn,
        statements,
        tags,
      });
    }
    const dependsOn = runnerProviders(bootstrap).map((provider) => this.trustedProvider(provider, tags));
    for (const role of ["plan", "apply"] as const) {
      const deployer = deployerOf(project, role, accountId);
      new DeployerRole(this, `${role}-role`, { name: `${roleNamePrefix}-${role}`, deployer, tags, dependsOn });
    }
  }

  private trustedProvider(
    { issuer, audience, arn, provider }: RunnerProvider,
    tags: Bootstrap["tags"],
  ): ITerraformDependable {
    const id = `oidc-provider-${new URL(issuer).host}`;
    if (provider === "existing") return new DataAwsIamOpenidConnectProvider(this, id, { arn });
    return new IamOpenidConnectProvider(this, id, {
      url: issuer,
      clientIdList: [audience],
      tags: literals(tags),
      // Other roles of the account can trust the provider.
      lifecycle: { preventDestroy: true },
    });
  }
}

interface DeployerRoleProps {
  readonly name: string;
  readonly deployer: Deployer;
  readonly tags: Readonly<Record<string, string>>;
  readonly dependsOn: ITerraformDependable[];
}

/** A role that runs Terraform, with no other policies than the ones that Terraform needs. */
class DeployerRole extends Construct {
  constructor(scope: Construct, id: string, { name, deployer, tags, dependsOn }: DeployerRoleProps) {
    super(scope, id);
    const role = new IamRole(this, "Resource", {
      name,
      assumeRolePolicy: literal(JSON.stringify(deployer.trustPolicy)),
      tags: literals(tags),
      dependsOn,
    });
    const policyArns = policyDocuments(deployer.permissions).map((document, index) => {
      const policy = new IamPolicy(this, `policy-${index + 1}`, {
        name: `${name}-${index + 1}`,
        policy: literal(JSON.stringify(document)),
        tags: literals(tags),
      });
      const attachment = { role: role.name, policyArn: policy.arn };
      return new IamRolePolicyAttachment(this, `attachment-${index + 1}`, attachment).policyArn;
    });
    new IamRolePolicyAttachmentsExclusive(this, "exclusive-managed-policies", { roleName: role.name, policyArns });
    new IamRolePoliciesExclusive(this, "exclusive-inline-policies", { roleName: role.name, policyNames: [] });
  }
}
