import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { terraformCli } from "../local/terraform-cli";
import { command, main } from "./lib/command";

export const providers = command({
  name: "providers",
  summary:
    "Prepares the Terraform AWS provider for the demo and the tests, unless a Terraform CLI configuration exists.",
  options: {},
  examples: ["npm run providers"],
  async run() {
    const folder = mkdtempSync(join(tmpdir(), "providers-"));
    try {
      await terraformCli(folder);
      return 0;
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
});

if (require.main === module) main(providers);
