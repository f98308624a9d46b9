import { renderVerdicts, renderVerdictsAsMarkdown, type Verdict } from "../access/verdicts";
import { OUTPUT_FORMAT } from "./lib/arguments";
import { command, main } from "./lib/command";
import { loadedProject } from "./lib/configuration";
import { UsageError } from "./lib/errors";
import { kubernetesVerdicts } from "./lib/kubernetes-verdicts";
import { qoveryVerdicts } from "./lib/qovery-verdicts";

const RENDERERS = {
  text: renderVerdicts,
  markdown: renderVerdictsAsMarkdown,
  json: (verdicts: readonly Verdict[]) => `${JSON.stringify(verdicts, null, 2)}\n`,
};

/** The exit code if there are no proofs to read: the verifier's for a proof that is neither successful nor failed. */
const UNDECIDED = 3;

export const verdicts = command({
  name: "verdicts",
  summary:
    "Reads from the Kubernetes API or Qovery's API whether the access and the isolation of each service account are proven. Exit code: 0 proven, 1 not proven, 3 nothing to read (verification.runner is none, or not the one of --runner).",
  options: {
    output: OUTPUT_FORMAT,
    runner: {
      type: "string",
      choices: ["kubernetes", "qovery"],
      description: "read the proofs of this runner only (default: the configured one)",
    },
  },
  arguments: { value: "[CLUSTER]", description: "the name of a cluster (default: every cluster)", max: 1 },
  environment: {
    IRSA_CONFIG: "path of the configuration (default: irsa.yaml)",
    KUBECONFIG: "kubeconfig with a context for each cluster with access eks (default: ~/.kube/config)",
    QOVERY_API_TOKEN: "for verification.runner qovery: an API token that can read the environments",
  },
  examples: ["npm run verdicts", "npm run verdicts -- production", "npm run --silent verdicts -- -o markdown"],
  async run({ values, positionals: [name] }) {
    const { verification, clusters } = loadedProject();
    const { runner } = verification;
    if (runner === "none" || (values.runner !== undefined && values.runner !== runner)) {
      process.stderr.write(`verdicts: verification.runner is ${runner}, so there are no proofs to read\n`);
      return UNDECIDED;
    }
    const verdictsOf = runner === "kubernetes" ? kubernetesVerdicts : qoveryVerdicts;
    const chosen = clusters.filter((cluster) => name === undefined || cluster.name === name);
    if (chosen.length === 0) throw new UsageError(`${name} is not a cluster of the configuration`);
    const found: Verdict[] = [];
    for (const cluster of chosen) found.push(...(await verdictsOf(cluster, verification.image)));
    process.stdout.write(RENDERERS[values.output](found));
    if (found.length === 0) {
      process.stderr.write(
        "verdicts: no role has a proof, so nothing is proven; set verification.runner to none, or enable the verification of a role\n",
      );
      return 1;
    }
    return found.every(({ state }) => state === "proven") ? 0 : 1;
  },
});

if (require.main === module) main(verdicts);
