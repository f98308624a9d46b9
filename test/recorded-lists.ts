import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// The Jobs, Pods and warnings of one proof's Job in each situation, as a Kubernetes API server listed them.

const FILE = join(__dirname, "recorded-lists.json");

// biome-ignore lint/suspicious/noExplicitAny: objects of the Kubernetes API
type KubernetesObject = any;

export interface JobLists {
  readonly jobs: readonly KubernetesObject[];
  readonly pods: readonly KubernetesObject[];
  readonly events: readonly KubernetesObject[];
}

/** Returns what the lists of a namespace hold about a Job, without what depends on the machine or the run. */
export function listsOf(job: string, { jobs, pods, events }: JobLists): JobLists {
  return {
    jobs: jobs
      .filter(({ metadata }) => metadata.name === job)
      .map(({ kind, metadata, status }) => ({
        kind,
        metadata: { name: metadata.name, labels: metadata.labels },
        status: { conditions: status.conditions },
      })),
    pods: pods
      .filter(({ metadata }) => metadata.ownerReferences?.some(({ name }: KubernetesObject) => name === job))
      .map(({ kind, metadata, status: { phase, reason, message, containerStatuses } }) => ({
        kind,
        metadata: {
          name: metadata.name,
          ownerReferences: metadata.ownerReferences.map(({ kind, name }: KubernetesObject) => ({ kind, name })),
        },
        status: { phase, reason, message, containerStatuses },
      })),
    events: events
      .filter(({ type, involvedObject: { name } }) => type === "Warning" && name?.startsWith(job))
      .map(({ kind, involvedObject, type, reason, message }) => ({
        kind,
        involvedObject: { kind: involvedObject.kind, name: involvedObject.name },
        type,
        reason,
        message,
      })),
  };
}

/** Keeps the lists of a situation, with placeholders for the Job's name and labels. */
export function record(situation: string, lists: JobLists): void {
  const recorded = existsSync(FILE) ? JSON.parse(readFileSync(FILE, "utf8")) : {};
  const { name, labels } = lists.jobs[0].metadata;
  const text = JSON.stringify(lists)
    .replaceAll(name, "JOB")
    .replaceAll(labels["qovery-irsa/inputs"], "INPUTS")
    .replaceAll(`"${labels["qovery-irsa/proof"]}"`, '"PROOF"')
    .replaceAll(/\bJOB-[a-z0-9]{5}\b/g, "JOB-abcde")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "2026-11-25T10:00:05Z");
  const all = { ...recorded, [situation]: JSON.parse(text) };
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => a.localeCompare(b)));
  writeFileSync(FILE, `${JSON.stringify(sorted, null, 2)}\n`);
}

/** Returns the recorded lists of a situation, for a Job with this name, these inputs and this proof. */
export function recordedLists(situation: string, job: string, inputs: string, proof: string): JobLists {
  const lists = JSON.parse(readFileSync(FILE, "utf8"))[situation];
  const text = JSON.stringify(lists).replaceAll("JOB", job).replaceAll("INPUTS", inputs);
  return JSON.parse(text.replaceAll("PROOF", proof));
}
