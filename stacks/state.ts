import { LocalBackend, S3Backend, type TerraformStack } from "cdktf";
import type { StateBackend } from "../config/project";

/** S3's state locking and ephemeral resources came with Terraform 1.10, and the former with OpenTofu 1.10. */
const TERRAFORM_VERSIONS = ">= 1.10.0";

/** Gives a stack its own state: an object of the bucket, a workspace, or a file beside the project. */
export function keepState(stack: TerraformStack, state: StateBackend): void {
  const name = stack.node.id;
  stack.addOverride("terraform.required_version", TERRAFORM_VERSIONS);
  switch (state.backend) {
    case "s3": {
      const { bucket, region, keyPrefix } = state;
      const backend = new S3Backend(stack, { bucket, region, key: `${keyPrefix}${name}.tfstate`, encrypt: true });
      // S3's own locking; the binding has no property for it. Terraform and OpenTofu 1.10 know it.
      backend.addOverride("use_lockfile", true);
      return;
    }
    case "cloud": {
      // Not cdktf's CloudBackend: it needs a terraform binary at synth.
      stack.addOverride("terraform.cloud", {
        organization: state.organization,
        ...(state.hostname === undefined ? {} : { hostname: state.hostname }),
        workspaces: {
          name: `${state.workspacePrefix}${name}`,
          ...(state.project === undefined ? {} : { project: state.project }),
        },
      });
      // cdktf adds a local backend to a stack that has no other; Terraform takes one or the other.
      stack.addOverride("terraform.backend", undefined);
      return;
    }
    case "local":
      new LocalBackend(stack, {});
  }
}
