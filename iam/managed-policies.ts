import type { Partition } from "./arn";
// Path → names. Source: the AWS managed policies as boto's and moto's data list them, 2025-12.
import KNOWN from "./aws-managed-policies.json";
import { nearest } from "./nearest";

const PATHS: ReadonlyMap<string, string> = new Map(
  Object.entries(KNOWN).flatMap(([path, names]) => names.map((name): [string, string] => [name, path])),
);

/** Whether a name is among the AWS managed policies of this version's list. AWS adds some every month. */
export function isKnownManagedPolicy(name: string): boolean {
  return PATHS.has(name);
}

/** The known policy that a misspelt name most likely means. */
export function nearestManagedPolicy(name: string): string | undefined {
  return nearest(name, PATHS.keys());
}

/** The ARN of an AWS managed policy, with its path where it is known to have one, such as `/service-role/`. */
export function awsManagedPolicyArn(partition: Partition, name: string): string {
  return `arn:${partition}:iam::aws:policy${PATHS.get(name) ?? "/"}${name}`;
}
