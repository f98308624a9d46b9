import { inOrder, STACKS, TERRAFORM_VARIABLES } from "./deploy";
import { command, main } from "./lib/command";
import { loadedProject } from "./lib/configuration";
import { INIT, runTerraform } from "./lib/terraform";

export const destroy = command({
  name: "destroy",
  summary: "Destroys the resources of the stacks with Terraform, in the reverse order of dependencies.",
  options: { "auto-approve": { type: "boolean", description: "destroy without asking for approval" } },
  arguments: {
    ...STACKS,
    min: 1,
    description: "stacks, or patterns such as 'staging-*'; '*' for all stacks except bootstrap",
  },
  environment: TERRAFORM_VARIABLES,
  examples: ["npm run destroy -- staging-service-accounts staging-iam"],
  stoppable: true,
  async run({ values, positionals, signal }) {
    const approval = values["auto-approve"] ? ["-input=false", "-auto-approve"] : [];
    return inOrder("destroy", loadedProject(), positionals, async (stack) => {
      const initialized = await runTerraform(stack, INIT, { signal });
      return initialized.exitCode === 0 ? runTerraform(stack, ["destroy", ...approval], { signal }) : initialized;
    });
  },
});

if (require.main === module) main(destroy);
