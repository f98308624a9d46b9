import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../../config/project";
import type { SynthesizedStack } from "./stacks";

// What an apply that was interrupted leaves behind: a lock, and objects in AWS that the state does not have.

/** An object that exists in AWS, but not in the state. */
export interface Orphan {
  /** Terraform's address of the resource. */
  readonly address: string;
  /** What `import` blocks call the object: the role's name, or the provider's ARN. */
  readonly id: string;
}

/** Returns the objects that an apply could not create because they exist. */
export function orphans(stderr: string, { folder }: SynthesizedStack, cluster: Cluster | undefined): Orphan[] {
  const { resource = {} } = JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8"));
  // Terraform breaks the lines of an error, and frames them.
  const errors = stderr.replace(/[│╷╵]/g, " ").split(/\bError: /);
  return errors.flatMap((error) => {
    const [, type = "", name = ""] = /\bwith (\w+)\.([\w-]+),/.exec(error) ?? [];
    if (!/EntityAlreadyExists/.test(error) || !(name in (resource[type] ?? {}))) return [];
    const address = `${type}.${name}`;
    if (type === "aws_iam_role") return [{ address, id: resource[type][name].name }];
    return type === "aws_iam_openid_connect_provider" && cluster ? [{ address, id: cluster.oidc.arn }] : [];
  });
}

/** Adds import blocks to a synthesized stack. The next synth removes the effect: the stack's folder is generated. */
export function adopt(found: readonly Orphan[], { folder }: SynthesizedStack): void {
  const blocks = found.map(({ address, id }) => ({ to: address, id }));
  writeFileSync(join(folder, ADOPTED), `${JSON.stringify({ import: blocks }, null, 2)}\n`);
}

/** The file with the import blocks of `deploy --adopt`. */
export const ADOPTED = "adopted.tf.json";

/** Returns the lock that Terraform could not take. */
export function heldLock(stderr: string): { id: string; who: string; created: string } | undefined {
  if (!/Error acquiring the state lock/.test(stderr)) return undefined;
  const field = (name: string) => new RegExp(`\\b${name}:\\s+(\\S.*?)\\s*$`, "m").exec(stderr)?.[1] ?? "";
  const id = field("ID");
  return id === "" ? undefined : { id, who: field("Who"), created: field("Created") };
}
