import { z } from "zod";
import { type QoveryJobs, qoveryVerdictOf } from "../../access/qovery-verdicts";
import type { Verdict } from "../../access/verdicts";
import type { Cluster } from "../../config/project";
import { proofsOf, qoveryJobName } from "../../config/proofs";
import { verdictsByNamespace } from "./namespace-verdicts";

const job = z
  .object({
    id: z.string(),
    name: z.string(),
    source: z.object({ image: z.object({ image_name: z.string(), tag: z.string() }).nullish() }).nullish(),
    schedule: z.object({ on_start: z.object({ arguments: z.array(z.string()).nullish() }).nullish() }).nullish(),
  })
  .transform(({ id, name, source, schedule }) => ({
    id,
    name,
    image: source?.image ? `${source.image.image_name}:${source.image.tag}` : "",
    args: schedule?.on_start?.arguments ?? [],
  }));

const status = z
  .object({
    id: z.string(),
    service_deployment_status: z.string(),
    status_details: z.object({ action: z.string(), status: z.string() }),
    last_deployment_date: z.iso.datetime({ offset: true }).optional().catch(undefined),
  })
  .transform(({ id, service_deployment_status: deployed, status_details: { action, status: result }, ...rest }) => ({
    id,
    deployed,
    action,
    result,
    date: rest.last_deployment_date,
  }));

const settings = z
  .object({ "security.service_account_name": z.string().nullish() })
  .transform((found) => found["security.service_account_name"] || "default");

const jobs = z.object({ results: z.array(job) });
const statuses = z.object({ jobs: z.array(status) });

/** Reads the verdicts of a cluster through Qovery's API. @throws Error with the reason if the API cannot be read */
export async function qoveryVerdicts(cluster: Cluster, image: string): Promise<Verdict[]> {
  const proofs = proofsOf(cluster);
  const names = new Set(proofs.map(qoveryJobName));
  return verdictsByNamespace(
    proofs,
    (namespace) => jobsOf(cluster.name, cluster.qovery?.environments[namespace] ?? "", names),
    (proof, jobs) => qoveryVerdictOf(cluster.name, proof, image, jobs),
  );
}

/** @param names the names of the jobs to read */
async function jobsOf(cluster: string, environment: string, names: ReadonlySet<string>): Promise<QoveryJobs> {
  const at = `/environment/${environment}`;
  const [declared, deployed] = await Promise.all([
    get(cluster, `${at}/job`, jobs),
    get(cluster, `${at}/statuses`, statuses),
  ]);
  const own = declared.results.filter(({ name }) => names.has(name));
  const accounts = await Promise.all(own.map(({ id }) => get(cluster, `/job/${id}/advancedSettings`, settings)));
  return {
    jobs: own.map((found, index) => ({ ...found, serviceAccount: accounts[index] ?? "" })),
    statuses: deployed.jobs,
  };
}

const FIXES: Readonly<Record<number, string>> = {
  401: "set QOVERY_API_TOKEN to a valid API token of the organization",
  403: "the API token cannot read the environment; give the role of the API token access to the environment",
  404: "correct qovery.environments of the cluster, or give the API token access to the environment",
};

/** @throws Error if the token is missing, or the API refuses the call or does not answer */
async function get<T>(cluster: string, path: string, shape: z.ZodType<T>): Promise<T> {
  const token = process.env.QOVERY_API_TOKEN;
  if (!token) throw new Error("QOVERY_API_TOKEN is not set; set it to an API token that can read the environments");
  // The variable with which Qovery's Terraform provider selects another host.
  const host = process.env.TEST_QOVERY_HOST || "https://api.qovery.com";
  const failed = (what: string) => new Error(`cluster ${cluster}: ${new URL(host).host}${path} ${what}`);
  let response: Response;
  try {
    response = await fetch(host + path, { headers: { authorization: `Token ${token}` }, redirect: "error" });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw failed(`does not answer: ${cause}`);
  }
  if (!response.ok) {
    const fix = FIXES[response.status];
    throw failed(`answers with ${response.status}${fix === undefined ? "; try again later" : `; ${fix}`}`);
  }
  const answer = shape.safeParse(await response.json().catch(() => undefined));
  if (!answer.success) throw failed("answers without the jobs of the environment; update qovery-irsa");
  return answer.data;
}
