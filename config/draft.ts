import type { Partition } from "../iam/partition";
import type { ClusterFile } from "./cluster-schema";
import type { IrsaFile } from "./irsa-schema";
import type { ClusterIdentity } from "./project";
import type { RoleEntry } from "./role-schema";

/**
 * The part of a file that has the right shape, for rules that need more than one value. Any key can be missing. A value
 * of the wrong shape is undefined: its key remains, so that a rule can tell a wrong value from a missing one.
 */
export type Draft<T> = T extends readonly (infer Item)[]
  ? readonly (Draft<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Draft<T[Key]> | undefined }
    : T;

/** A cluster's file while rules look at it. */
export interface ClusterDraft {
  /** The name of the file, without `.yaml`. */
  readonly name: string;
  /** The path as messages show it. */
  readonly file: string;
  readonly data: Draft<ClusterFile>;
  /** Roles whose keys are all known: none with a merge key. */
  readonly roles: readonly (readonly [name: string, role: RoleDraft])[];
  /** Undefined if neither the region nor the issuer is known. */
  readonly partition: Partition | undefined;
  /** Undefined if the account, the issuer or the region is not known. */
  readonly identity: ClusterIdentity | undefined;
}

export type IrsaDraft = Draft<IrsaFile>;
export type RoleDraft = Draft<RoleEntry>;

/** Returns the entries of a map that have the right shape. */
export function entries<T>(map: Readonly<Record<string, T | undefined>> | undefined): [string, T][] {
  return Object.entries(map ?? {}).filter((entry): entry is [string, T] => entry[1] !== undefined);
}

/** Returns the items of a list that have the right shape, with their indexes. */
export function items<T>(list: readonly (T | undefined)[] | undefined): [number, T][] {
  return [...(list ?? []).entries()].filter((entry): entry is [number, T] => entry[1] !== undefined);
}
