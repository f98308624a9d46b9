import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";

/** The calls to an API server in a period. */
export interface ApiCalls {
  readonly total: number;
  /** The largest number of calls that were open together. */
  readonly together: number;
  /** By `<verb> <resource>`, such as `list jobs`; `discovery` are calls about the API itself. */
  readonly byKind: Readonly<Record<string, number>>;
}

/** A server that passes calls on to an API server with an administrator's credentials, and counts the calls. */
export interface ApiFront {
  readonly endpoint: string;
  /** Returns the calls since the last reading. */
  read(): ApiCalls;
  stop(): void;
}

/** @param kubeconfig path of an administrator's kubeconfig */
export async function startApiFront(kubeconfig: string): Promise<ApiFront> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const server = config.getCurrentCluster()?.server;
  if (!server) throw new Error(`${kubeconfig} has no current cluster`);
  const options: Parameters<KubeConfig["applyToHTTPSOptions"]>[0] = {};
  await config.applyToHTTPSOptions(options);
  let kinds = new Map<string, number>();
  let open = 0;
  let together = 0;
  const front = createServer((incoming, answer) => {
    const kind = kindOf(incoming);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    together = Math.max(together, ++open);
    answer.on("close", () => void open--);
    const { host: _, ...headers } = incoming.headers;
    const send = server.startsWith("https:") ? httpsRequest : httpRequest;
    const outgoing = send(
      new URL(incoming.url ?? "/", server),
      { ...options, method: incoming.method, headers: { ...headers, ...options.headers } },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      },
    );
    outgoing.on("error", () => answer.destroy());
    answer.on("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  return {
    endpoint: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    read() {
      const byKind = Object.fromEntries([...kinds].sort(([, a], [, b]) => b - a));
      const total = Object.values(byKind).reduce((sum, count) => sum + count, 0);
      const read = { total, together, byKind };
      kinds = new Map();
      together = open;
      return read;
    },
    stop() {
      front.close();
      front.closeAllConnections();
    },
  };
}

const VERBS: Readonly<Record<string, string>> = {
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

function kindOf({ method = "GET", url = "/" }: IncomingMessage): string {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const found = /^\/api(?:s\/[^/]+)?\/v\w+\/(?:namespaces\/[^/]+\/)?([a-z]+)(\/.+)?$/.exec(pathname);
  if (!found) return "discovery";
  const [, resource = "", name] = found;
  const reads = searchParams.get("watch") ? "watch" : name ? "get" : "list";
  return `${VERBS[method] ?? reads} ${resource}`;
}
