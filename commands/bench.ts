import { benchCheck } from "../bench/check";
import { benchPlan } from "../bench/plan";
import { benchVerifier } from "../bench/verifier";
import { command, main } from "./lib/command";

const BENCHES = { verifier: benchVerifier, check: benchCheck, plan: benchPlan } as const;
const NAMES = Object.keys(BENCHES) as (keyof typeof BENCHES)[];

export const bench = command({
  name: "bench",
  summary: "Measures the claims of the project side by side, and writes bench/results.json.",
  options: {},
  arguments: { value: NAMES.join("|"), description: "the benchmark to run", choices: NAMES, min: 1, max: 1 },
  examples: ["npm run bench -- verifier", "npm run bench -- check"],
  environment: {
    TERRAFORM_AWS_IAM: "for plan: a checkout of terraform-aws-iam 5.60.0 (default: the Terraform registry)",
  },
  async run({ positionals: [name] }) {
    await BENCHES[name as keyof typeof BENCHES]();
    return 0;
  },
});

if (require.main === module) main(bench);
