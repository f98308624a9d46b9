import { TerraformElement, type TerraformResource } from "cdktf";

/**
 * An import block: Terraform imports the resource with this ID instead of creating it. cdktf's `importFrom` would run
 * `terraform version` once for each resource, and the stacks require a version with import blocks anyway.
 */
export class ImportBlock extends TerraformElement {
  constructor(
    private readonly resource: TerraformResource,
    private readonly importId: string,
  ) {
    super(resource, "import");
  }

  override toTerraform(): object {
    const { terraformResourceType, friendlyUniqueId } = this.resource;
    return { import: [{ to: `${terraformResourceType}.${friendlyUniqueId}`, id: this.importId }] };
  }
}
