import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadProject } from "../config/load";
import type { Project } from "../config/project";
import { type FoundAccount, type FoundServiceAccount, providerOf } from "../discover/account";
import { futureFile } from "../discover/cluster-file";
import { discoverCluster, fileNameOf } from "../discover/discovery";
import { readAccount } from "../discover/read";
import { renderDiscovery, renderDiscoveryAsJson, renderDiscoveryAsMarkdown } from "../discover/report";
import { readServiceAccounts } from "../discover/service-accounts";
import { OUTPUT_FORMAT } from "./lib/arguments";
import { command, main } from "./lib/command";
import { messageOf } from "./lib/errors";
import { eksKubeConfig, refusal } from "./lib/kubeconfig";
import { writeNewFile } from "./lib/new-file";

const RENDERERS = { text: renderDiscovery, json: renderDiscoveryAsJson, markdown: renderDiscoveryAsMarkdown };

export const discover = command({
  name: "discover",
  summary:
    "Reports the roles that trust an EKS cluster, with what is wrong, and with --write declares them in clusters/NAME.yaml. Changes nothing in AWS.",
  options: {
    cluster: { type: "string", value: "NAME", required: true, description: "name of the cluster in EKS" },
    region: {
      type: "string",
      description: "region of the cluster (default: AWS_REGION, else the region of the profile)",
    },
    write: {
      type: "boolean",
      description: "write clusters/NAME.yaml with import: true on each role; never overwrites",
    },
    output: OUTPUT_FORMAT,
  },
  environment: {
    IRSA_CONFIG: "path of the configuration (default: irsa.yaml)",
    AWS_PROFILE: "profile with credentials that can read EKS and IAM; other variables of the AWS SDK work too",
    KUBECONFIG:
      "kubeconfig with a context for the cluster (default: ~/.kube/config); without it, service accounts are not read",
  },
  examples: [
    "npm run discover -- --cluster qovery-z1234abcd --region eu-west-3",
    "npm run discover -- --cluster qovery-z1234abcd --write",
    "npm run --silent discover -- --cluster qovery-z1234abcd -o markdown",
  ],
  async run({ values: { cluster, region, write, output } }) {
    const irsa = process.env.IRSA_CONFIG || "irsa.yaml";
    const name = fileNameOf(cluster);
    const target = join(dirname(irsa), "clusters", `${name}.yaml`);
    if (write) checkTarget(irsa, target);
    const account = await readAccount({ cluster, region });
    const serviceAccounts = await serviceAccountsOf(account);
    // A configuration without clusters is an error.
    const hasOthers = hasClusters(target);
    const project = hasOthers ? loadProject(irsa).project : undefined;
    const conflict = hasOthers ? conflictWith(project, account) : undefined;
    if (write && conflict !== undefined) throw new Error(conflict);
    // A report needs no configuration.
    const alone = conflict !== undefined || !existsSync(irsa);
    const declared = new Map(alone ? [] : project?.clusters.map((other) => [other.oidc.arn, other.name]));
    const file = futureFile(irsa, target, alone);
    const discovery = discoverCluster({ account, serviceAccounts, declared, name, file });
    process.stdout.write(RENDERERS[output](discovery));
    if (write) {
      writeNewFile(target, discovery.text);
      process.stderr.write(`discover: wrote ${target}; run npm run check, then npm run plan -- --stack ${name}-iam\n`);
    }
    return 0;
  },
});

/** @throws Error if the file cannot be written */
function checkTarget(irsa: string, target: string): void {
  if (!existsSync(irsa))
    throw new Error(`${irsa} does not exist; create the file first, for example with state: { backend: local }`);
  if (existsSync(target)) throw new Error(`${target} exists, and discover never overwrites a file; move the file away`);
}

/** Whether the folder of a cluster file has a cluster file. */
function hasClusters(target: string): boolean {
  const folder = dirname(target);
  return existsSync(folder) && readdirSync(folder).some((name) => /^[^.].*\.yaml$/.test(name));
}

/** Returns why the configuration cannot have a file for the cluster. */
function conflictWith(project: Project | undefined, { cluster }: FoundAccount): string | undefined {
  if (!project) return "the configuration has errors; run npm run check, and fix them first";
  const twin = project.clusters.find(({ oidc }) => oidc.arn === providerOf(cluster).arn);
  if (twin) return `clusters/${twin.name}.yaml declares the cluster already; add roles to that file`;
  if (project.verification.runner !== "qovery") return undefined;
  return "verification.runner: qovery needs the IDs of Qovery's environments, which AWS does not have; set runner: none in irsa.yaml, and set it back when the file has the key qovery";
}

/** Returns the service accounts of the cluster, or why the cluster cannot be read. */
async function serviceAccountsOf({ cluster }: FoundAccount): Promise<FoundServiceAccount[] | string> {
  const notRead = (reason: string) => `the service accounts are not read: ${reason}`;
  try {
    const config = eksKubeConfig({ ...cluster, clusterName: cluster.name });
    return await readServiceAccounts(config).catch((error) =>
      notRead(refusal(error, "the command needs to list serviceaccounts in all namespaces")),
    );
  } catch (error) {
    return notRead(messageOf(error));
  }
}

if (require.main === module) main(discover);
