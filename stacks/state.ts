import { join } from "node:path";
import { LocalBackend, S3Backend, type TerraformStack } from "cdktf";
import type { StateBackend } from "../config/project";

/** State locking in S3 is stable since Terraform 1.11, and OpenTofu supports ephemeral resources since 1.11. */
const TERRAFORM_VERSIONS = ">= 1.11.0";

/** Configures a stack's own state: an object in the bucket, a workspace, or a local file. */
export function keepState(stack: TerraformStack, state: StateBackend): void {
  const name = stack.node.id;
  stack.addOverride("terraform.required_version", TERRAFORM_VERSIONS);
  switch (state.backend) {
    case "s3": {
      const { bucket, region, keyPrefix, kmsKeyArn, roleArn, profile } = state;
      const backend = new S3Backend(stack, {
        bucket,
        region,
        key: `${keyPrefix}${name}.tfstate`,
        encrypt: true,
        ...(kmsKeyArn === undefined ? {} : { kmsKeyId: kmsKeyArn }),
        ...(profile === undefined ? {} : { profile }),
      });
      // The binding has only the property that Terraform 1.6 deprecated.
      if (roleArn !== undefined) backend.addOverride("assume_role", { role_arn: roleArn });
      // State locking in S3 itself. The binding has no property for it.
      backend.addOverride("use_lockfile", true);
      return;
    }
    case "cloud": {
      // An override, because cdktf's CloudBackend needs a terraform binary at synth.
      stack.addOverride("terraform.cloud", {
        organization: state.organization,
        ...(state.hostname === undefined ? {} : { hostname: state.hostname }),
        workspaces: {
          name: `${state.workspacePrefix}${name}`,
          ...(state.project === undefined ? {} : { project: state.project }),
        },
      });
      // cdktf adds a local backend to a stack without a backend, and Terraform refuses both together.
      stack.addOverride("terraform.backend", undefined);
      return;
    }
    case "local":
      // Not relative to the working directory: two configurations can have clusters of one name.
      new LocalBackend(stack, { path: join(state.folder, `terraform.${name}.tfstate`) });
  }
}
