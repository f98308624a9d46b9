import { execFileSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import type { CloudState } from "../../config/project";
import type { HcpApi, HcpObject } from "./hcp-api";
import type { StackPlan } from "./stack-plans";
import type { SynthesizedStack } from "./stacks";

/** Statuses in which a speculative run stays. Source: https://developer.hashicorp.com/terraform/cloud-docs/api-docs/run#run-states */
const PLANNED = ["planned_and_finished", "planned", "policy_checked", "policy_soft_failed", "cost_estimated"];
const FAILED = ["errored", "canceled", "force_canceled", "discarded", "policy_override"];

/** Uploads a stack, and returns the speculative plan of its workspace. */
export async function planByUpload(
  api: HcpApi,
  { organization, workspacePrefix }: CloudState,
  stack: SynthesizedStack,
  interval = 2000,
): Promise<StackPlan> {
  const name = `${workspacePrefix}${stack.name}`;
  const workspace = await api.get(`organizations/${organization}/workspaces/${name}`);
  const configuration = await api.create(`workspaces/${workspace.id}/configuration-versions`, {
    type: "configuration-versions",
    attributes: { "auto-queue-runs": false, speculative: true },
  });
  const archive = execFileSync("tar", ["-czf", "-", "-C", stack.folder, "cdk.tf.json"]);
  await api.upload(String(configuration.attributes["upload-url"]), archive);
  const ready = await settled(api, `configuration-versions/${configuration.id}`, ["uploaded", "errored"], interval);
  if (ready.attributes.status === "errored")
    throw new Error(`${api.hostname} cannot read the configuration of ${name}`);
  const { id } = await api.create("runs", {
    type: "runs",
    attributes: { message: "npm run plan" },
    relationships: {
      workspace: { data: { type: "workspaces", id: workspace.id } },
      "configuration-version": { data: { type: "configuration-versions", id: configuration.id } },
    },
  });
  const run = await settled(api, `runs/${id}`, [...PLANNED, ...FAILED], interval);
  const { attributes } = await api.get(`runs/${id}/plan`);
  const log = readLog(await api.text(String(attributes["log-read-url"])));
  const count = (key: string) => Number(attributes[`resource-${key}`] ?? 0);
  const planned = PLANNED.includes(String(run.attributes.status));
  return {
    stack: stack.name,
    result: !planned ? "failed" : attributes["has-changes"] === true ? "changes" : "no changes",
    import: count("imports"),
    add: count("additions"),
    change: count("changes"),
    destroy: count("destructions"),
    ...log,
    url: `https://${api.hostname}/app/${organization}/workspaces/${name}/runs/${id}`,
  };
}

async function settled(api: HcpApi, path: string, ends: readonly string[], interval: number): Promise<HcpObject> {
  for (;;) {
    const found = await api.get(path);
    if (ends.includes(String(found.attributes.status))) return found;
    await setTimeout(interval, undefined, { signal: api.signal });
  }
}

/** Reads a log, whose lines are Terraform's JSON messages if the workspace has structured output. */
function readLog(log: string): Pick<StackPlan, "output" | "lostRoles"> {
  const lostRoles: string[] = [];
  const lines = stripVTControlCharacters(log).split("\n");
  const texts = lines.map((line) => {
    const message = parsed(line);
    if (!message) return line;
    const { action, resource } = message.change ?? {};
    const lost = action === "delete" || action === "replace";
    if (lost && resource?.resource_type === "aws_iam_role") lostRoles.push(String(resource.resource_name));
    return String(message["@message"]);
  });
  return { output: texts.join("\n").trim(), lostRoles };
}

interface LogMessage {
  readonly "@message": string;
  readonly change?: {
    readonly action?: string;
    readonly resource?: { readonly resource_type?: string; readonly resource_name?: string };
  };
}

function parsed(line: string): LogMessage | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const message = JSON.parse(line);
    return typeof message["@message"] === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
