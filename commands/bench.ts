import { benchCheck } from "../bench/check";
import { benchCluster } from "../bench/cluster";
import { benchPlan } from "../bench/plan";
import { benchVerifier } from "../bench/verifier";
import { command, main } from "./lib/command";

const BENCHES = { verifier: benchVerifier, check: benchCheck, plan: benchPlan, cluster: benchCluster } as const;
const NAMES = Object.keys(BENCHES) as (keyof typeof BENCHES)[];

export const bench = command({
  name: "bench",
  summary: "Measures the claims of the project side by side, and writes bench/results.json.",
  options: {},
  arguments: { value: NAMES.join("|"), description: "the benchmark to run", choices: NAMES, min: 1, max: 1 },
  examples: ["npm run bench -- verifier", "npm run bench -- check"],
  environment: {
    TERRAFORM_AWS_IAM: "for plan: a checkout of terraform-aws-iam 5.60.0 (default: the Terraform registry)",
    SERVICE_ACCOUNTS: "for cluster: how many service accounts, ten in each namespace (default: 200)",
    KUBECONFIG: "for cluster: an administrator's kubeconfig of a test cluster",
    POD_RUNNER: "for cluster: a program that runs the cluster's Pods (docs/testing.md)",
    CLUSTER_PROVIDERS_MIRROR: "for cluster: a filesystem mirror with the providers helm and kubernetes",
  },
  async run({ positionals: [name] }) {
    await BENCHES[name as keyof typeof BENCHES]();
    return 0;
  },
});

if (require.main === module) main(bench);
