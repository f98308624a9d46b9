import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Send } from "../../commands/lib/hcp-api";

/** What the stand-in answers: JSON, or text. */
interface Answer {
  readonly status: number;
  readonly body?: object | string;
}

const MEDIA_TYPE = "application/vnd.api+json";

/**
 * Stands in for the endpoints of HCP Terraform that a plan of one workspace calls.
 * Source: https://developer.hashicorp.com/terraform/cloud-docs/api-docs
 */
export class HcpStandIn {
  /** The calls, such as `GET /api/v2/ping`. */
  readonly calls: string[] = [];
  /** The archives that were uploaded. */
  readonly archives: Buffer[] = [];
  /** The state of the workspace. */
  state: Buffer | undefined;
  private polls = 0;
  private server: Server | undefined;
  host = "tfe.acme.example";

  constructor(
    readonly token: string,
    readonly workspace: string,
    private readonly log: string,
  ) {}

  /** Serves the endpoints with TLS. */
  async listen(tls: { readonly key: string; readonly cert: string }): Promise<void> {
    const server = createServer(tls, (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method = "", url = "", headers } = request;
        const { status, body = "" } = this.answer(method, url, headers.authorization, Buffer.concat(chunks));
        const json = typeof body !== "string";
        response.writeHead(status, {
          "content-type":
            json && !url.startsWith("/.well-known") ? MEDIA_TYPE : json ? "application/json" : "text/plain",
          "tfp-api-version": "2.6",
          "tfp-appname": "HCP Terraform",
        });
        response.end(json ? JSON.stringify(body) : body);
      });
    });
    this.server = server;
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }

  /** Answers a request of this process without a network. */
  readonly send: Send = async (url, { method = "GET", headers, body }) => {
    const { host, pathname, search } = new URL(url);
    if (host !== this.host) throw new Error(`${host} is not the stand-in`);
    const { authorization } = (headers ?? {}) as Record<string, string>;
    const bytes = Buffer.from((body ?? "") as string);
    const { status, body: answer = "" } = this.answer(method, `${pathname}${search}`, authorization, bytes);
    return new Response(typeof answer === "string" ? answer : JSON.stringify(answer), { status });
  };

  private answer(method: string, url: string, authorization: string | undefined, body: Buffer): Answer {
    const path = url.replace(/\?.*/, "");
    const call = `${method} ${path}`;
    this.calls.push(call);
    if (path === "/.well-known/terraform.json")
      return { status: 200, body: { "tfe.v2": "/api/v2/", "state.v2": "/api/v2/" } };
    if (call === "PUT /upload") {
      this.archives.push(body);
      return { status: 200 };
    }
    if (call === "PUT /state") {
      this.state = body;
      return { status: 200 };
    }
    if (call === "PUT /state.json") return { status: 200 };
    if (call === "GET /state") return this.state ? { status: 200, body: this.state.toString() } : { status: 404 };
    if (path === "/log") {
      const [offset, limit] = ["offset", "limit"].map((key) => Number(new URL(url, "https://x").searchParams.get(key)));
      return { status: 200, body: this.log.slice(offset, limit ? (offset ?? 0) + limit : undefined) };
    }
    if (path === "/api/v2/ping") return { status: 204 };
    if (authorization !== `Bearer ${this.token}`)
      return { status: 401, body: { errors: [{ status: "401", title: "unauthorized" }] } };
    if (call === "GET /api/v2/runs/run-1") this.polls++;
    const data = this.objects()[call.replace("/api/v2/", "")];
    return data
      ? { status: method === "POST" ? 201 : 200, body: { data } }
      : { status: 404, body: { errors: [{ status: "404", title: "not found" }] } };
  }

  private objects(): Record<string, object> {
    const origin = `https://${this.host}`;
    const relate = (type: string, id: string) => ({ data: { type, id } });
    const workspace = {
      id: "ws-1",
      type: "workspaces",
      attributes: {
        name: this.workspace,
        operations: true,
        "execution-mode": "remote",
        "terraform-version": "1.11.4",
        "working-directory": "",
        permissions: {
          "can-queue-run": true,
          "can-update": true,
          "can-read-settings": true,
          "can-lock": true,
          "can-unlock": true,
        },
        "structured-run-output-enabled": false,
      },
      relationships: { organization: relate("organizations", "acme") },
    };
    const state = {
      id: "sv-1",
      type: "state-versions",
      attributes: {
        status: "finalized",
        "hosted-state-upload-url": `${origin}/state`,
        "hosted-json-state-upload-url": `${origin}/state.json`,
        "hosted-state-download-url": `${origin}/state`,
      },
    };
    const version = (status: string) => ({
      id: "cv-1",
      type: "configuration-versions",
      attributes: { status, speculative: true, "upload-url": `${origin}/upload` },
    });
    const run = (status: string) => ({
      id: "run-1",
      type: "runs",
      attributes: {
        status,
        "has-changes": true,
        "plan-only": true,
        actions: {},
        permissions: {},
      },
      relationships: { plan: relate("plans", "plan-1"), workspace: relate("workspaces", "ws-1") },
    });
    const plan = {
      id: "plan-1",
      type: "plans",
      attributes: {
        status: "finished",
        "has-changes": true,
        "resource-additions": 2,
        "resource-changes": 0,
        "resource-destructions": 1,
        "resource-imports": 0,
        "log-read-url": `${origin}/log`,
      },
    };
    return {
      "GET organizations/acme": { id: "acme", type: "organizations", attributes: { name: "acme" } },
      "GET organizations/acme/entitlement-set": {
        id: "org-1",
        type: "entitlement-sets",
        attributes: { operations: true, "state-storage": true },
      },
      [`GET organizations/acme/workspaces/${this.workspace}`]: workspace,
      "GET workspaces/ws-1": workspace,
      "POST workspaces/ws-1/actions/lock": workspace,
      "POST workspaces/ws-1/actions/unlock": workspace,
      ...(this.state === undefined ? {} : { "GET workspaces/ws-1/current-state-version": state }),
      "POST workspaces/ws-1/state-versions": state,
      "GET state-versions/sv-1": state,
      "POST workspaces/ws-1/configuration-versions": version("pending"),
      "GET configuration-versions/cv-1": version("uploaded"),
      "POST runs": run("pending"),
      // The second question finds the run planned.
      "GET runs/run-1": run(this.polls > 1 ? "planned_and_finished" : "pending"),
      "GET runs/run-1/run-events": [],
      "GET runs/run-1/task-stages": [],
      "GET workspaces/ws-1/runs": [],
      "GET organizations/acme/runs/queue": [],
      "GET runs/run-1/plan": plan,
      "GET plans/plan-1": plan,
    };
  }
}
