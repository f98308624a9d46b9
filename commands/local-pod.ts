import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadProject } from "../config/load";
import { formatProblem } from "../config/problems";
import type { Cluster, Project } from "../config/project";
import { synthesizedServiceAccounts } from "../local/service-accounts";
import { runPod } from "../local/simulated-pod";
import { DEFAULT_PORT, requestToken } from "../local/token-request";
import { verifierCommand, verifierIsPackaged } from "../packaging/verifier-command";
import { STOPPED, stopSignal } from "./stop-signal";

// npm run local-pod -- --namespace NS --service-account SA [-- VERIFIER FLAGS]: runs the packaged verifier as that pod.

const USAGE = `usage: npm run local-pod -- --namespace NS --service-account SA [options] [-- VERIFIER FLAGS]
  --cluster NAME         the pod's cluster (default: the one that declares the service account)
  --annotation ROLE_ARN  the service account's role (default: what the synthesized helm_release says; none where it has none)
  --variable NAME=VALUE  a variable of the Qovery service; may be repeated
  AWS_ENDPOINT_URL says where the embedded AWS listens (default http://127.0.0.1:${DEFAULT_PORT}), CDKTF_OUTDIR where the stacks are (default cdktf.out)`;

class UsageError extends Error {}

function options() {
  const definitions = {
    namespace: { type: "string" },
    "service-account": { type: "string" },
    cluster: { type: "string" },
    annotation: { type: "string" },
    variable: { type: "string", multiple: true },
  } as const;
  try {
    const { values, positionals } = parseArgs({ options: definitions, allowPositionals: true });
    const { namespace, "service-account": serviceAccount } = values;
    if (!namespace || !serviceAccount) throw new Error("--namespace and --service-account are required");
    return { ...values, namespace, serviceAccount, flags: positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function variables(assignments: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const at = assignment.indexOf("=");
      if (at < 1) throw new UsageError(`--variable ${assignment}: expected NAME=VALUE`);
      return [assignment.slice(0, at), assignment.slice(at + 1)];
    }),
  );
}

function clusterNamed(project: Project, name: string | undefined): Cluster {
  const names = project.clusters.map((cluster) => cluster.name).join(", ");
  if (name === undefined && project.clusters.length > 1) {
    throw new UsageError(`no cluster declares this service account, so --cluster is needed: one of ${names}`);
  }
  const cluster =
    name === undefined ? project.clusters[0] : project.clusters.find((candidate) => candidate.name === name);
  if (!cluster) throw new UsageError(`--cluster ${name}: there is no such cluster; expected one of ${names}`);
  return cluster;
}

async function main(signal: AbortSignal): Promise<number> {
  const { namespace, serviceAccount, cluster: wanted, annotation, variable, flags } = options();
  const { problems, project } = loadProject();
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
  if (!project) throw new Error("the configuration has errors; mend them first");
  if (!verifierIsPackaged()) throw new Error("the verifier is not packaged; run: npm run package");

  const outdir = process.env.CDKTF_OUTDIR ?? join(process.cwd(), "cdktf.out");
  const declared = synthesizedServiceAccounts(
    outdir,
    project.clusters.map((cluster) => cluster.name),
  ).find(
    (account) =>
      account.namespace === namespace &&
      account.name === serviceAccount &&
      (wanted ?? account.cluster) === account.cluster,
  );
  const cluster = clusterNamed(project, wanted ?? declared?.cluster);
  const roleArn = annotation ?? declared?.roleArn;
  const endpoint = process.env.AWS_ENDPOINT_URL ?? `http://127.0.0.1:${DEFAULT_PORT}`;
  const { exitCode, stdout, stderr } = await runPod(
    {
      namespace,
      serviceAccount,
      ...(roleArn === undefined ? {} : { roleArn }),
      region: cluster.region,
      endpoint,
      variables: variables(variable),
      token: () => requestToken(endpoint, cluster.name, { namespace, serviceAccount }),
    },
    [...verifierCommand(), ...flags],
    signal,
  );
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return signal.aborted ? STOPPED : exitCode;
}

const signal = stopSignal();
main(signal)
  .then((exitCode) => {
    process.exitCode = exitCode;
  })
  .catch((error: unknown) => {
    if (signal.aborted) {
      process.stderr.write("local-pod: stopped\n");
      process.exitCode = STOPPED;
      return;
    }
    process.stderr.write(`local-pod: ${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof UsageError) process.stderr.write(`${USAGE}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  });
