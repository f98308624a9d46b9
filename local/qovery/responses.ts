import type { HelmService, JobService, Organization, Repository, Service, Stage } from "./organization";

// The answers of the embedded Qovery API, with the fields that Qovery's OpenAPI document requires.
// Source: https://github.com/Qovery/qovery-openapi-spec

export function repositoryResponse({ id, createdAt, request }: Repository, organization: Organization) {
  return { id, created_at: createdAt, ...request, config: {}, associated_services_count: organization.usesOf(id) };
}

export function stageResponse({ id, createdAt, environmentId, request }: Stage, organization: Organization) {
  return {
    id,
    created_at: createdAt,
    environment: { id: environmentId },
    ...request,
    deployment_order: organization.stagesOf(environmentId).findIndex((stage) => stage.id === id) + 1,
    services: organization.servicesOf(id).map((service) => ({
      id: service.id,
      created_at: service.createdAt,
      service_id: service.id,
      service_type: service.kind.toUpperCase(),
      is_skipped: service.isSkipped,
    })),
  };
}

export function serviceResponse(service: Service, organization: Organization) {
  const common = {
    id: service.id,
    created_at: service.createdAt,
    environment: { id: service.environmentId },
    service_type: service.kind.toUpperCase(),
    icon_uri: `app://qovery-console/${service.kind}`,
    auto_preview: service.request.auto_preview ?? false,
    auto_deploy: service.request.auto_deploy ?? false,
  };
  return { ...(service.kind === "helm" ? helm(service, organization) : job(service, organization)), ...common };
}

function helm({ request }: HelmService, organization: Organization) {
  const { repository: id, ...chart } = request.source.helm_repository;
  const { name, url } = organization.repository(id).request;
  return {
    timeout_sec: 600,
    ...request,
    ports: [],
    source: { repository: { ...chart, repository: { id, name, url } } },
  };
}

function job({ request }: JobService, organization: Organization) {
  const { image } = request.source;
  return {
    ...request,
    gpu: 0,
    maximum_cpu: 4000,
    maximum_memory: 8192,
    maximum_gpu: 0,
    job_type: request.schedule.cronjob ? "CRON" : "LIFECYCLE",
    source: { image: { ...image, registry: { ...organization.registry(image.registry_id), kind: "GENERIC_CR" } } },
  };
}

/** Returns the state of a service. A service whose request or settings changed after its deployment is out of date. */
export function statusResponse({ id, request, settings, deployment }: Service) {
  const common = { id, deployment_request_id: null, deployment_requests_count: 0 };
  if (!deployment)
    return {
      ...common,
      state: "READY",
      service_deployment_status: "NEVER_DEPLOYED",
      is_part_last_deployment: false,
      status_details: { action: "UNKNOWN", status: "NEVER", sub_action: "NONE" },
    };
  const { succeeded, at } = deployment;
  const current = succeeded && deployment.request === request && deployment.settings === settings;
  return {
    ...common,
    state: succeeded ? "DEPLOYED" : "DEPLOYMENT_ERROR",
    service_deployment_status: current ? "UP_TO_DATE" : "OUT_OF_DATE",
    is_part_last_deployment: true,
    last_deployment_date: at,
    status_details: { action: "DEPLOY", status: succeeded ? "SUCCESS" : "ERROR", sub_action: "NONE" },
  };
}
