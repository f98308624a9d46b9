import { join } from "node:path";
import type { Cluster, Project } from "../config/project";
import { annotatedServiceAccounts } from "../local/service-accounts";
import { runPod } from "../local/simulated-pod";
import { DEFAULT_PORT, requestToken } from "../local/token-request";
import { verifierCommand, verifierIsPackaged } from "../packaging/verifier-command";
import { command, main } from "./lib/command";
import { loadedProject } from "./lib/configuration";
import { UsageError } from "./lib/errors";

const ENDPOINT = `http://127.0.0.1:${DEFAULT_PORT}`;

export const localPod = command({
  name: "local-pod",
  summary: "Runs the packaged verifier as a pod of a simulated cluster, against the embedded AWS.",
  options: {
    namespace: { type: "string", value: "NS", required: true, description: "the pod's namespace" },
    "service-account": { type: "string", value: "SA", required: true, description: "the pod's service account" },
    cluster: {
      type: "string",
      value: "NAME",
      description: "the pod's cluster (default: the one that declares the service account)",
    },
    annotation: {
      type: "string",
      value: "ROLE_ARN",
      description: "the role in the service account's annotation (default: the one in the synthesized stack, if any)",
    },
    variable: {
      type: "string",
      value: "NAME=VALUE",
      multiple: true,
      description: "a variable of the Qovery service",
    },
  },
  arguments: { value: "[-- VERIFIER OPTIONS]", description: "options of the verifier, such as -o json" },
  environment: {
    AWS_ENDPOINT_URL: `where the embedded AWS listens (default: ${ENDPOINT})`,
    CDKTF_OUTDIR: "folder of the synthesized stacks (default: cdktf.out)",
    IRSA_CONFIG: "path of the configuration (default: irsa.yaml)",
  },
  examples: [
    "npm run local-pod -- --namespace z7f3a2b1c-production --service-account my-s3-role",
    "npm run local-pod -- --namespace z7f3a2b1c-production --service-account my-s3-role -- -o json",
  ],
  stoppable: true,
  async run({ values, positionals, signal }) {
    const { namespace, "service-account": serviceAccount, cluster: wanted, annotation } = values;
    const variables = Object.fromEntries(values.variable.map(assignment));
    const project = loadedProject();
    if (!verifierIsPackaged()) throw new Error("the verifier is not packaged; run: npm run package");
    const declared = annotatedServiceAccounts(
      process.env.CDKTF_OUTDIR ?? join(process.cwd(), "cdktf.out"),
      project.clusters,
    ).find(
      (account) =>
        account.namespace === namespace &&
        account.name === serviceAccount &&
        (wanted ?? account.cluster) === account.cluster,
    );
    const cluster = clusterNamed(project, wanted ?? declared?.cluster);
    const roleArn = annotation ?? declared?.roleArn;
    if (roleArn === undefined) {
      process.stderr.write(
        `local-pod: no annotation found for ${namespace}/${serviceAccount}; to give the pod a role, add --annotation ARN\n`,
      );
    }
    const endpoint = process.env.AWS_ENDPOINT_URL ?? ENDPOINT;
    const pod = {
      namespace,
      serviceAccount,
      ...(roleArn === undefined ? {} : { roleArn }),
      region: cluster.region,
      endpoint,
      variables,
      token: () => requestToken(endpoint, cluster.name, { namespace, serviceAccount }),
    };
    const { exitCode, stdout, stderr } = await runPod(pod, [...verifierCommand(), ...positionals], signal);
    signal.throwIfAborted();
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    return exitCode;
  },
});

function assignment(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`--variable ${text}: expected NAME=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function clusterNamed({ clusters }: Project, name: string | undefined): Cluster {
  const names = clusters.map((cluster) => cluster.name).join(", ");
  if (name === undefined && clusters.length > 1) {
    throw new UsageError(`no cluster declares this service account; set --cluster to one of ${names}`);
  }
  const cluster = name === undefined ? clusters[0] : clusters.find((candidate) => candidate.name === name);
  if (!cluster) throw new UsageError(`--cluster ${name}: this cluster does not exist; expected one of ${names}`);
  return cluster;
}

if (require.main === module) main(localPod);
