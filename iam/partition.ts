import TABLE from "./aws-partitions.json";

/** An AWS partition: a group of regions with separate accounts and a separate DNS domain. */
export type Partition = keyof typeof TABLE;

export const PARTITIONS = Object.keys(TABLE) as readonly Partition[];

export function isPartition(value: string): value is Partition {
  return Object.hasOwn(TABLE, value);
}

/** Returns the domain of a partition's endpoints, such as `amazonaws.com`. */
export function dnsSuffix(partition: Partition): string {
  return TABLE[partition].dnsSuffix;
}

/** Returns the domain of a partition's dual-stack (IPv4 and IPv6) endpoints, such as `api.aws`. */
export function dualStackDnsSuffix(partition: Partition): string {
  return TABLE[partition].dualStackDnsSuffix;
}

/** Returns the names of all regions in the table. */
export function knownRegions(): string[] {
  return PARTITIONS.flatMap((partition) => TABLE[partition].regions);
}

/**
 * Returns what the table says about a region: `known` regions are listed, `possible` regions have a partition's naming
 * scheme and may be newer than the table, and AWS has no region with an `impossible` name.
 */
export function regionStatus(region: string): "known" | "possible" | "impossible" {
  if (PARTITIONS.some((partition) => TABLE[partition].regions.includes(region))) return "known";
  return findPartition(region) === undefined ? "impossible" : "possible";
}

/** Returns whether a value is a known or possible region name, such as `eu-west-3`. */
export function isRegion(value: string): boolean {
  return regionStatus(value) !== "impossible";
}

/** Returns the partition of a known or possible region. @default "aws" for other values */
export function partitionOfRegion(region: string): Partition {
  return findPartition(region) ?? "aws";
}

function findPartition(region: string): Partition | undefined {
  // The expressions of the table use \w, which also matches upper-case letters and underscores.
  if (!/^[a-z0-9-]+$/.test(region)) return undefined;
  return PARTITIONS.find((partition) => new RegExp(TABLE[partition].regionRegex).test(region));
}
