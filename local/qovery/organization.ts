import { randomUUID } from "node:crypto";
import {
  DEFAULT_SETTINGS,
  type HelmRequest,
  type JobRequest,
  type RepositoryRequest,
  type StageRequest,
} from "./requests";

/** A call that Qovery's API refuses. */
export class QoveryRefusal extends Error {
  constructor(
    readonly status: 400 | 401 | 404 | 409,
    message: string,
  ) {
    super(message);
  }
}

export interface Environment {
  readonly id: string;
  /** The cluster's name in the configuration. */
  readonly cluster: string;
  readonly namespace: string;
}

export interface Registry {
  readonly id: string;
  readonly name: string;
  readonly url: string;
}

interface Created {
  readonly id: string;
  readonly createdAt: string;
}

export interface Repository extends Created {
  request: RepositoryRequest;
}

export interface Stage extends Created {
  readonly environmentId: string;
  request: StageRequest;
}

interface CommonService extends Created {
  readonly environmentId: string;
  settings: Readonly<Record<string, unknown>>;
  stageId: string;
  isSkipped: boolean;
  /** @default - the service was never deployed */
  deployment?: LastDeployment;
}

/** The last deployment of a service, with what was deployed. */
export interface LastDeployment {
  readonly succeeded: boolean;
  /** An ISO 8601 time. */
  readonly at: string;
  readonly request: Service["request"];
  readonly settings: Service["settings"];
}

export type HelmService = CommonService & { readonly kind: "helm"; request: HelmRequest };
export type JobService = CommonService & { readonly kind: "job"; request: JobRequest };
export type Service = HelmService | JobService;

/** The stages that Qovery creates in each environment. Source: https://www.qovery.com/docs/configuration/deployment/pipeline */
const DEFAULT_STAGES = ["DATABASE DEFAULT", "JOB DEFAULT", "CONTAINER DEFAULT", "APPLICATION DEFAULT"];

const DEFAULT_STAGE: Readonly<Record<Service["kind"], string>> = { helm: "CONTAINER DEFAULT", job: "JOB DEFAULT" };

/** The objects of a Qovery organization, in memory. */
export class Organization {
  private readonly repositories = new Map<string, Repository>();
  private readonly services = new Map<string, Service>();
  /** The stages of each environment, in the order of deployment. */
  private readonly stages = new Map<string, Stage[]>();

  constructor(
    readonly id: string,
    readonly environments: readonly Environment[],
    readonly registries: readonly Registry[],
  ) {
    for (const environment of environments) {
      const stages = DEFAULT_STAGES.map((name) => ({ ...created(), environmentId: environment.id, request: { name } }));
      this.stages.set(environment.id, stages);
    }
  }

  environment(id: string): Environment {
    return found(
      this.environments.find((environment) => environment.id === id),
      "environment",
      id,
    );
  }

  registry(id: string): Registry {
    return found(
      this.registries.find((registry) => registry.id === id),
      "container registry",
      id,
    );
  }

  repository(id: string): Repository {
    return found(this.repositories.get(id), "helm repository", id);
  }

  addRepository(request: RepositoryRequest): Repository {
    if ([...this.repositories.values()].some((other) => other.request.name === request.name)) {
      throw new QoveryRefusal(409, `a helm repository with the name ${request.name} exists already`);
    }
    const repository = { ...created(), request };
    this.repositories.set(repository.id, repository);
    return repository;
  }

  /** The number of services with charts of a repository. */
  usesOf(id: string): number {
    return [...this.services.values()].filter(
      (service) => service.kind === "helm" && service.request.source.helm_repository.repository === id,
    ).length;
  }

  deleteRepository(id: string): void {
    this.repository(id);
    if (this.usesOf(id) > 0) throw new QoveryRefusal(400, `the helm repository ${id} is used by services`);
    this.repositories.delete(id);
  }

  stage(id: string): Stage {
    return found(
      [...this.stages.values()].flat().find((stage) => stage.id === id),
      "deployment stage",
      id,
    );
  }

  stagesOf(environmentId: string): readonly Stage[] {
    this.environment(environmentId);
    return this.stages.get(environmentId) ?? [];
  }

  /** A new stage is the last one. */
  addStage(environmentId: string, request: StageRequest): Stage {
    if (this.stagesOf(environmentId).some((other) => other.request.name === request.name)) {
      throw new QoveryRefusal(409, `a deployment stage with the name ${request.name} exists already`);
    }
    const stage = { ...created(), environmentId, request };
    this.stages.get(environmentId)?.push(stage);
    return stage;
  }

  moveStage(id: string, offset: 0 | 1, otherId: string): Stage {
    const [stage, other] = [this.stage(id), this.stage(otherId)];
    if (stage.environmentId !== other.environmentId || stage === other) {
      throw new QoveryRefusal(400, `the deployment stage ${otherId} is not another stage of the same environment`);
    }
    const rest = this.stagesOf(stage.environmentId).filter((candidate) => candidate !== stage);
    rest.splice(rest.indexOf(other) + offset, 0, stage);
    this.stages.set(stage.environmentId, rest);
    return stage;
  }

  deleteStage(id: string): void {
    const { environmentId } = this.stage(id);
    if (this.servicesOf(id).length > 0) {
      throw new QoveryRefusal(400, `the deployment stage ${id} must empty of service before it is deleted`);
    }
    const rest = this.stagesOf(environmentId).filter((stage) => stage.id !== id);
    this.stages.set(environmentId, rest);
  }

  service(id: string): Service {
    return found(this.services.get(id), "service", id);
  }

  servicesOf(stageId: string): Service[] {
    return [...this.services.values()].filter((service) => service.stageId === stageId);
  }

  servicesIn(environmentId: string, kind: Service["kind"]): Service[] {
    this.environment(environmentId);
    return [...this.services.values()].filter(
      (service) => service.kind === kind && service.environmentId === environmentId,
    );
  }

  addHelm(environmentId: string, request: HelmRequest): Service {
    this.repository(request.source.helm_repository.repository);
    return this.add({ ...this.base("helm", environmentId, request.name), kind: "helm", request });
  }

  addJob(environmentId: string, request: JobRequest): Service {
    this.registry(request.source.image.registry_id);
    return this.add({ ...this.base("job", environmentId, request.name), kind: "job", request });
  }

  private base(kind: Service["kind"], environmentId: string, name: string): CommonService {
    const stages = this.stagesOf(environmentId);
    const taken = [...this.services.values()].some(
      (other) => other.environmentId === environmentId && other.request.name.toLowerCase() === name.toLowerCase(),
    );
    if (taken) throw new QoveryRefusal(409, `a service with the name ${name} exists already in this environment`);
    const stage = stages.find((candidate) => candidate.request.name === DEFAULT_STAGE[kind]);
    return {
      ...created(),
      environmentId,
      settings: DEFAULT_SETTINGS[kind],
      stageId: stage?.id ?? "",
      isSkipped: false,
    };
  }

  private add(service: Service): Service {
    this.services.set(service.id, service);
    return service;
  }

  attach(stageId: string, serviceId: string, isSkipped: boolean): Stage {
    const [stage, service] = [this.stage(stageId), this.service(serviceId)];
    if (stage.environmentId !== service.environmentId) {
      throw new QoveryRefusal(400, `the deployment stage ${stageId} is in another environment`);
    }
    service.stageId = stageId;
    service.isSkipped = isSkipped;
    return stage;
  }

  deleteService(id: string): void {
    this.service(id);
    this.services.delete(id);
  }
}

function created(): Created {
  return { id: randomUUID(), createdAt: new Date().toISOString() };
}

function found<T>(value: T | undefined, kind: string, id: string): T {
  if (value === undefined) throw new QoveryRefusal(404, `the ${kind} ${id} does not exist`);
  return value;
}
