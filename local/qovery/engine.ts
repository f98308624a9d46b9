import type { Cluster } from "../../config/project";
import type { LocalAws } from "../aws";
import type { Ended } from "../child-process";
import { type AnnotatedServiceAccount, unescapedValue } from "../service-accounts";
import { runPod } from "../simulated-pod";
import { canMountOutput, type JobOutput, OutputFolder } from "./job-output";
import type { Environment, HelmService, JobService, Organization, Service } from "./organization";

export interface EngineOptions {
  readonly organization: Organization;
  readonly clusters: readonly Cluster[];
  readonly aws: LocalAws;
  /** The command in each image, by `name:tag`. */
  readonly images: ReadonlyMap<string, readonly string[]>;
  /** Arguments that follow those of each job. */
  readonly lastArguments: readonly string[];
}

/** The deployment of one service. */
export interface ServiceDeployment {
  readonly stage: string;
  readonly service: string;
  readonly succeeded: boolean;
  /** What Qovery's console shows: the container's output, and the reason of a failure. */
  readonly log: string;
  /** What a successful lifecycle job wrote into /qovery-output. @default - not a lifecycle job, or this machine cannot mount the folder */
  readonly outputs?: Readonly<Record<string, JobOutput>>;
}

/** The deployment of an environment. It succeeded if every service of it succeeded. */
export interface Deployment {
  readonly succeeded: boolean;
  readonly services: readonly ServiceDeployment[];
}

/** A service account in the cluster, and the owner of the Helm release that created it. */
interface Account {
  readonly roleArn: string;
  readonly owner: string;
}

/**
 * Deploys environments as Qovery's engine does: stage by stage, service accounts from Helm services, lifecycle jobs to
 * their end. The first stage with a failed service ends the deployment.
 * Source: https://github.com/Qovery/engine, lib-engine/src/environment/action
 */
export class Engine {
  private readonly states = new Map<string, string>();
  private readonly accounts = new Map<string, Account>();
  private mountsOutput: boolean | undefined;

  constructor(private readonly options: EngineOptions) {}

  /** Adds the service accounts that something else than a Helm service of Qovery has created in the clusters. */
  addAccounts(accounts: readonly AnnotatedServiceAccount[]): void {
    for (const { cluster, namespace, name, roleArn, environmentId } of accounts) {
      if (environmentId === undefined)
        this.accounts.set(key(cluster, namespace, name), { roleArn, owner: "Terraform" });
    }
  }

  /** Returns the state of an environment, as Qovery's API names it. */
  state(environmentId: string): string {
    return this.states.get(environmentId) ?? "READY";
  }

  /** Deploys an environment. @param signal ends the deployment */
  async deploy(environmentId: string, signal?: AbortSignal): Promise<Deployment> {
    const { organization } = this.options;
    const environment = organization.environment(environmentId);
    const services: ServiceDeployment[] = [];
    this.states.set(environmentId, "DEPLOYING");
    for (const stage of organization.stagesOf(environmentId)) {
      for (const service of organization.servicesOf(stage.id)) {
        if (service.isSkipped) continue;
        const result = await this.deployService(environment, service, signal);
        const { request, settings } = service;
        service.deployment = { succeeded: result.succeeded, at: new Date().toISOString(), request, settings };
        services.push({ stage: stage.request.name, service: service.request.name, ...result });
      }
      if (services.some(({ succeeded }) => !succeeded)) break;
    }
    const succeeded = services.every((service) => service.succeeded);
    this.states.set(environmentId, succeeded ? "DEPLOYED" : "DEPLOYMENT_ERROR");
    return { succeeded, services };
  }

  private async deployService(environment: Environment, service: Service, signal?: AbortSignal): Promise<Outcome> {
    if (service.kind === "helm") return this.installChart(environment, service);
    const { schedule, max_nb_restart } = service.request;
    if (schedule.cronjob)
      return { succeeded: true, log: `The cron job is installed: ${schedule.cronjob.scheduled_at}` };
    if (!schedule.on_start) return { succeeded: true, log: "The job has no command for the start of the environment." };
    let outcome = await this.runLifecycleJob(environment, service, schedule.on_start, signal);
    for (let restart = 0; restart < max_nb_restart && !outcome.succeeded; restart++) {
      outcome = await this.runLifecycleJob(environment, service, schedule.on_start, signal);
    }
    return outcome;
  }

  /** Runs a job with /qovery-output, and reads the folder if the job succeeds. A file that the engine rejects is a warning. */
  private async runLifecycleJob(
    environment: Environment,
    service: JobService,
    command: Command,
    signal?: AbortSignal,
  ): Promise<Outcome> {
    this.mountsOutput ??= canMountOutput();
    if (!this.mountsOutput) return this.runJob(environment, service, command, signal);
    const folder = new OutputFolder();
    try {
      const outcome = await this.runJob(environment, service, command, signal, (program) => folder.mountedFor(program));
      if (!outcome.succeeded) return outcome;
      const { outputs, warning } = folder.read();
      return { ...outcome, outputs, log: `${outcome.log}${warning === undefined ? "" : `Warning: ${warning}\n`}` };
    } finally {
      folder.delete();
    }
  }

  /** Runs a cron job now, as "force run" in Qovery's console. */
  async forceRun(serviceId: string, signal?: AbortSignal): Promise<Outcome> {
    const service = this.options.organization.service(serviceId);
    if (service.kind !== "job" || !service.request.schedule.cronjob) {
      throw new Error(`${service.request.name} is not a cron job`);
    }
    const environment = this.options.organization.environment(service.environmentId);
    return this.runJob(environment, service, service.request.schedule.cronjob, signal);
  }

  /** Installs a chart with the values of `qovery-sa-helper`, which creates a service account. */
  private installChart({ cluster, namespace }: Environment, { id, request }: HelmService): Outcome {
    const values = Object.fromEntries([...request.values_override.set, ...request.values_override.set_string]);
    const name = unescapedValue(values["serviceAccount.name"] ?? "") || "default";
    const at = key(cluster, namespace, name);
    const owner = this.accounts.get(at)?.owner ?? (name === "default" ? "Kubernetes" : id);
    if (owner !== id) {
      const log = `Error: ServiceAccount "${name}" in namespace "${namespace}" exists and cannot be imported into the current release: invalid ownership metadata`;
      return { succeeded: false, log };
    }
    this.accounts.set(at, { roleArn: unescapedValue(values.awsRoleArn ?? ""), owner });
    return { succeeded: true, log: `Release "${request.name}" is deployed: ServiceAccount ${namespace}/${name}` };
  }

  private async runJob(
    environment: Environment,
    { id, request, settings }: JobService,
    command: Command,
    signal?: AbortSignal,
    wrapped = (program: readonly string[]) => program,
  ): Promise<Outcome> {
    const { image_name, tag } = request.source.image;
    const program = this.options.images.get(`${image_name}:${tag}`);
    if (!program) return failed(`Failed to pull image "${image_name}:${tag}": not found`);
    const serviceAccount = String(settings["security.service_account_name"] || "default");
    const account = this.accounts.get(key(environment.cluster, environment.namespace, serviceAccount));
    if (!account && serviceAccount !== "default") {
      return failed(
        `error looking up service account ${environment.namespace}/${serviceAccount}: serviceaccount "${serviceAccount}" not found`,
      );
    }
    const deadline = AbortSignal.timeout(request.max_duration_seconds * 1000);
    const ended = await runPod(
      this.podOf(environment, serviceAccount, account?.roleArn, { QOVERY_JOB_ID: id, QOVERY_JOB_ACTION: "start" }),
      wrapped([...program, ...command.arguments, ...this.options.lastArguments]),
      signal ? AbortSignal.any([signal, deadline]) : deadline,
    );
    signal?.throwIfAborted();
    if (deadline.aborted) return failed("DeadlineExceeded", ended);
    return ended.exitCode === 0 ? { succeeded: true, log: ended.output } : failed("BackoffLimitExceeded", ended);
  }

  private podOf(
    { id, cluster: name, namespace }: Environment,
    serviceAccount: string,
    roleArn: string | undefined,
    job: Readonly<Record<string, string>>,
  ) {
    const { aws, clusters } = this.options;
    const cluster = clusters.find((candidate) => candidate.name === name);
    if (!cluster) throw new Error(`the cluster ${name} is not in the configuration`);
    return {
      namespace,
      serviceAccount,
      ...(roleArn ? { roleArn } : {}),
      region: cluster.region,
      endpoint: aws.endpoint,
      token: () => aws.token(name, { namespace, serviceAccount }),
      variables: {
        QOVERY_ENVIRONMENT_ID: id,
        QOVERY_ENVIRONMENT_NAME: namespace.replace(/^z[^-]*-/, ""),
        QOVERY_KUBERNETES_CLUSTER_NAME: name,
        QOVERY_CLOUD_PROVIDER_REGION: cluster.region,
        ...job,
      },
    };
  }
}

type Outcome = Pick<ServiceDeployment, "succeeded" | "log" | "outputs">;

interface Command {
  readonly arguments: readonly string[];
}

function failed(reason: string, ended?: Ended): Outcome {
  return { succeeded: false, log: `${ended?.output ?? ""}Job failed to correctly run due to ${reason}\n` };
}

function key(...parts: readonly string[]): string {
  return parts.join("/");
}
