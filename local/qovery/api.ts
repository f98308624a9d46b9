import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { type Organization, QoveryRefusal, type Service } from "./organization";
import { DEFAULT_SETTINGS, helmRequest, jobRequest, repositoryRequest, stageRequest } from "./requests";
import { repositoryResponse, serviceResponse, stageResponse, statusResponse } from "./responses";

/** A part of the path is a parameter where the pattern has a colon. */
interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly answer: (ids: readonly string[], body: unknown) => unknown;
}

/** Serves the part of Qovery's API that its Terraform provider calls, on loopback. */
export class QoveryApi {
  private constructor(private readonly server: Server) {}

  /** @param status returns the state of an environment's deployment */
  static async start(organization: Organization, status: (environmentId: string) => string): Promise<QoveryApi> {
    const routes = routesOf(organization, status);
    const server = createServer(async (request, response) => {
      const { code, body } = await answer(routes, request);
      response.writeHead(code, { "content-type": "application/json" });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    return new QoveryApi(server);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function answer(routes: readonly Route[], request: IncomingMessage): Promise<{ code: number; body?: unknown }> {
  try {
    const given = await text(request);
    if (!/^(Token|Bearer) \S/i.test(request.headers.authorization ?? "")) {
      throw new QoveryRefusal(401, "the API token is missing; set QOVERY_API_TOKEN to any text");
    }
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    for (const { method, pattern, answer: handle } of routes) {
      const match = request.method === method && pattern.exec(pathname);
      if (!match) continue;
      const body = handle(match.slice(1), given === "" ? undefined : JSON.parse(given));
      if (body === undefined) return { code: 204 };
      return { code: method === "POST" ? 201 : 200, body };
    }
    throw new QoveryRefusal(404, `the embedded Qovery API does not have ${request.method} ${pathname}`);
  } catch (error) {
    return refused(error);
  }
}

function refused(error: unknown): { code: number; body: object } {
  const message = error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : "";
  const code = error instanceof QoveryRefusal ? error.status : error instanceof z.ZodError ? 400 : 500;
  return { code, body: { status: code, message } };
}

function route(method: string, path: string, answer: Route["answer"]): Route {
  return { method, pattern: new RegExp(`^${path.replace(/:\w+/g, "([^/]+)")}$`), answer };
}

const EMPTY_LIST = () => ({ results: [] });

function routesOf(organization: Organization, status: (environmentId: string) => string): Route[] {
  const stageOf = (id = "") => stageResponse(organization.stage(id), organization);
  return [
    ...repositoryRoutes(organization),
    route("POST", "/environment/:id/deploymentStage", ([id = ""], body) =>
      stageOf(organization.addStage(id, stageRequest.parse(body)).id),
    ),
    route("GET", "/environment/:id/deploymentStage", ([id = ""]) => ({
      results: organization.stagesOf(id).map((stage) => stageResponse(stage, organization)),
    })),
    route("GET", "/deploymentStage/:id", ([id]) => stageOf(id)),
    route("PUT", "/deploymentStage/:id", ([id = ""], body) => {
      organization.stage(id).request = stageRequest.parse(body);
      return stageOf(id);
    }),
    route("DELETE", "/deploymentStage/:id", ([id = ""]) => organization.deleteStage(id)),
    route("PUT", "/deploymentStage/:id/moveAfter/:other", ([id = "", other = ""]) => {
      organization.moveStage(id, 1, other);
      return stageOf(id);
    }),
    route("PUT", "/deploymentStage/:id/moveBefore/:other", ([id = "", other = ""]) => {
      organization.moveStage(id, 0, other);
      return stageOf(id);
    }),
    route("PUT", "/deploymentStage/:id/service/:service", ([id = "", service = ""], body) => {
      const { is_skipped = false } = (body ?? {}) as { is_skipped?: boolean };
      return stageResponse(organization.attach(id, service, is_skipped), organization);
    }),
    route("GET", "/service/:id/deploymentStage", ([id = ""]) => stageOf(organization.service(id).stageId)),
    route("GET", "/environment/:id/status", ([id = ""]) => {
      const state = status(organization.environment(id).id);
      return { id, state, last_deployment_state: state };
    }),
    route("GET", "/environment/:id/job", ([id = ""]) => ({
      results: organization.servicesIn(id, "job").map((job) => serviceResponse(job, organization)),
    })),
    route("GET", "/environment/:id/statuses", ([id = ""]) => {
      const state = status(organization.environment(id).id);
      return {
        environment: { id, state, last_deployment_state: state },
        applications: [],
        containers: [],
        databases: [],
        helms: organization.servicesIn(id, "helm").map(statusResponse),
        jobs: organization.servicesIn(id, "job").map(statusResponse),
        terraforms: [],
      };
    }),
    route("GET", "/variable", EMPTY_LIST),
    ...serviceRoutes(organization, "helm"),
    ...serviceRoutes(organization, "job"),
  ];
}

function repositoryRoutes(organization: Organization): Route[] {
  const known = (id = "") => {
    if (id !== organization.id) throw new QoveryRefusal(404, `the organization ${id} does not exist`);
  };
  const response = (id = "") => repositoryResponse(organization.repository(id), organization);
  return [
    route("POST", "/organization/:org/helmRepository", ([org], body) => {
      known(org);
      return response(organization.addRepository(repositoryRequest.parse(body)).id);
    }),
    route("GET", "/organization/:org/helmRepository/:id", ([org, id]) => {
      known(org);
      return response(id);
    }),
    route("PUT", "/organization/:org/helmRepository/:id", ([org, id = ""], body) => {
      known(org);
      organization.repository(id).request = repositoryRequest.parse(body);
      return response(id);
    }),
    route("DELETE", "/organization/:org/helmRepository/:id", ([org, id = ""]) => {
      known(org);
      organization.deleteRepository(id);
    }),
  ];
}

function serviceRoutes(organization: Organization, kind: Service["kind"]): Route[] {
  const service = (id = ""): Service => {
    const held = organization.service(id);
    if (held.kind !== kind) throw new QoveryRefusal(404, `the ${kind} ${id} does not exist`);
    return held;
  };
  const response = (held: Service) => serviceResponse(held, organization);
  const name = kind === "helm" ? "Helm" : "Job";
  return [
    route("POST", `/environment/:id/${kind}`, ([id = ""], body) =>
      response(
        kind === "helm"
          ? organization.addHelm(id, helmRequest.parse(body))
          : organization.addJob(id, jobRequest.parse(body)),
      ),
    ),
    route("GET", `/${kind}/:id`, ([id]) => response(service(id))),
    route("PUT", `/${kind}/:id`, ([id], body) => {
      const held = service(id);
      if (held.kind === "helm") held.request = helmRequest.parse(body);
      else held.request = jobRequest.parse(body);
      return response(held);
    }),
    route("DELETE", `/${kind}/:id`, ([id]) => organization.deleteService(service(id).id)),
    route("GET", `/${kind}/:id/status`, ([id]) => statusResponse(service(id))),
    route("GET", `/${kind}/:id/advancedSettings`, ([id]) => service(id).settings),
    route("PUT", `/${kind}/:id/advancedSettings`, ([id], body) => {
      const held = service(id);
      held.settings = { ...DEFAULT_SETTINGS[kind], ...(body as object) };
      return held.settings;
    }),
    route("GET", `/default${name}AdvancedSettings`, () => DEFAULT_SETTINGS[kind]),
    ...["deploymentRestriction", "customDomain", "environmentVariable", "secret"].map((list) =>
      route("GET", `/${kind}/:id/${list}`, ([id]) => {
        service(id);
        return EMPTY_LIST();
      }),
    ),
  ];
}
