import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

// Carries the resources of a synthesized stack into Qovery's API without Terraform, with the requests that Qovery's
// Terraform provider sends.

type Resources = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A kind of resource, and the request that creates it. */
interface Kind {
  readonly type: string;
  readonly path: (config: Config) => string;
  readonly body: (config: Config) => object;
}

// biome-ignore lint/suspicious/noExplicitAny: the configuration is Terraform's JSON at any depth.
type Config = any;

const KINDS: readonly Kind[] = [
  {
    type: "qovery_helm_repository",
    path: ({ organization_id }) => `/organization/${organization_id}/helmRepository`,
    body: ({ organization_id: _, ...config }) => ({ ...config, config: {} }),
  },
  {
    type: "qovery_deployment_stage",
    path: ({ environment_id }) => `/environment/${environment_id}/deploymentStage`,
    body: ({ name, description }) => ({ name, description }),
  },
  {
    type: "qovery_helm",
    path: ({ environment_id }) => `/environment/${environment_id}/helm`,
    body: ({ name, description, allow_cluster_wide_resources, source, values_override }) => {
      const { helm_repository_id: repository, ...chart } = source.helm_repository;
      const values = Object.entries(values_override as object).map(([key, map]) => [key, Object.entries(map)]);
      return {
        name,
        description,
        allow_cluster_wide_resources,
        auto_deploy: false,
        arguments: ["--wait", "--atomic", "--debug"],
        source: { helm_repository: { ...chart, repository } },
        values_override: Object.fromEntries(values),
      };
    },
  },
  {
    type: "qovery_job",
    path: ({ environment_id }) => `/environment/${environment_id}/job`,
    body: ({
      source,
      schedule,
      environment_id: _,
      advanced_settings_json: __,
      deployment_stage_id: ___,
      ...config
    }) => {
      const { name: image_name, ...image } = source.image;
      const { schedule: scheduled_at, command } = schedule.cronjob ?? {};
      return {
        ...config,
        source: { image: { ...image, image_name } },
        schedule: schedule.cronjob ? { cronjob: { ...command, scheduled_at } } : schedule,
      };
    },
  },
];

/**
 * Creates the resources of a synthesized stack through Qovery's API.
 * @param outdir cdktf's output folder
 * @returns the number of created resources
 * @throws Error if the API refuses a resource, or the stack has a resource of another kind
 */
export async function createDeclared(outdir: string, stack: string, endpoint: string, token: string): Promise<number> {
  const file = join(outdir, "stacks", stack, "cdk.tf.json");
  const resources: Readonly<Record<string, Resources>> = JSON.parse(readFileSync(file, "utf8")).resource ?? {};
  const unknown = Object.keys(resources).filter((type) => !KINDS.some((kind) => kind.type === type));
  if (unknown.length > 0)
    throw new Error(`${stack} has resources that only Terraform can create: ${unknown.join(", ")}`);
  const ids = new Map<string, string>();
  const call = (method: string, path: string, body?: object) => send(endpoint, token, method, path, body);
  const pending = KINDS.flatMap(({ type, ...kind }) =>
    Object.entries(resources[type] ?? {}).map(([name, declared]) => ({
      address: `${type}.${name}`,
      declared,
      ...kind,
    })),
  );
  while (pending.length > 0) {
    const ready = pending.findIndex(({ declared }) => references(declared).every((address) => ids.has(address)));
    const [resource] = pending.splice(ready, ready < 0 ? 0 : 1);
    if (!resource) throw new Error(`${stack} refers to resources that it does not declare`);
    const { address, declared, path, body } = resource;
    const config = resolved(declared, ids);
    const { id } = created.parse(await call("POST", path(config), body(config)));
    ids.set(address, id);
    if (config.is_after) await call("PUT", `/deploymentStage/${id}/moveAfter/${config.is_after}`);
    const stage = config.deployment_stage_id;
    if (stage) await call("PUT", `/deploymentStage/${stage}/service/${id}`, {});
    const settings = config.advanced_settings_json;
    if (settings) await call("PUT", `/job/${id}/advancedSettings`, JSON.parse(settings));
  }
  return ids.size;
}

/** Returns the addresses of the resources whose ids a configuration uses. */
function references(config: unknown): string[] {
  return [...JSON.stringify(config).matchAll(REFERENCE)].map(([, address = ""]) => address);
}

/** The whole of a text, as in `"${qovery_deployment_stage.proofs.id}"`. */
const REFERENCE = /"\$\{([\w.-]+)\.id\}"/g;

const created = z.object({ id: z.string() });

async function send(endpoint: string, token: string, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(endpoint + path, {
    method,
    headers: { authorization: `Token ${token}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${(answer as { message: string }).message}`);
  return answer;
}

/** Replaces references to the id of another resource, and resolves Terraform's escapes. */
function resolved(value: unknown, ids: ReadonlyMap<string, string>): Config {
  if (Array.isArray(value)) return value.map((item) => resolved(item, ids));
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([name]) => name !== "//");
    return Object.fromEntries(entries.map(([name, inner]) => [name, resolved(inner, ids)]));
  }
  if (typeof value !== "string") return value;
  const [, address] = /^\$\{([\w.-]+)\.id\}$/.exec(value) ?? [];
  return address === undefined ? value.replaceAll("$${", "${").replaceAll("%%{", "%{") : ids.get(address);
}
