// Path → names of AWS managed policies.
import KNOWN from "./aws-managed-policies.json";
import { nearest } from "./nearest";
import type { Partition } from "./partition";

const PATHS: ReadonlyMap<string, string> = new Map(
  Object.entries(KNOWN).flatMap(([path, names]) => names.map((name): [string, string] => [name, path])),
);

/** Returns whether a name is in the list of AWS managed policies. AWS adds policies every month. */
export function isKnownManagedPolicy(name: string): boolean {
  return PATHS.has(name);
}

/** Returns the policy that a misspelled name most likely means. */
export function nearestManagedPolicy(name: string): string | undefined {
  return nearest(name, PATHS.keys());
}

/** Returns the ARN of an AWS managed policy. Known policies have their path, such as `/service-role/`. */
export function awsManagedPolicyArn(partition: Partition, name: string): string {
  return `arn:${partition}:iam::aws:policy${PATHS.get(name) ?? "/"}${name}`;
}
