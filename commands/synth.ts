import { relative } from "node:path";
import { command, main } from "./lib/command";
import { committedFolder, writeCommittedStacks } from "./lib/committed-stacks";
import { loadedProject } from "./lib/configuration";
import { synthesizeStacks } from "./lib/stacks";

export const synth = command({
  name: "synth",
  summary: "Writes the Terraform JSON of each stack.",
  options: {
    committed: {
      type: "boolean",
      description: "write the stacks to commit, for HCP Terraform: synthesized/stacks beside irsa.yaml",
    },
  },
  environment: {
    IRSA_CONFIG: "path of the configuration (default: irsa.yaml)",
    CDKTF_OUTDIR: "folder of the synthesized stacks, without --committed (default: cdktf.out)",
  },
  examples: ["npm run synth", "npm run synth -- --committed"],
  async run({ values }) {
    const project = loadedProject();
    if (!values.committed) {
      for (const { name, folder } of synthesizeStacks(project)) process.stdout.write(`${name}: ${folder}\n`);
      return 0;
    }
    const changed = writeCommittedStacks(project);
    const folder = relative(process.cwd(), committedFolder());
    const what =
      changed.length === 0 ? "every stack is current" : `wrote ${changed.map(({ stack }) => stack).join(", ")}`;
    process.stdout.write(`${folder}: ${what}\n`);
    return 0;
  },
});

if (require.main === module) main(synth);
