import type { Partition } from "../iam/partition";
import type { ClusterIdentity } from "./derive";
import type { ClusterFile, IrsaFile, RoleEntry } from "./schema";
import type { Draft } from "./shape";
import type { Source } from "./source";

/** A cluster's file while it is checked: what of it has the right shape, and where it stands. */
export interface ClusterDraft {
  readonly name: string;
  readonly source: Source;
  readonly data: Draft<ClusterFile>;
  /** Undefined where neither the region nor the issuer is known. */
  readonly partition: Partition | undefined;
  /** Undefined where the account, the issuer or the region is not known. */
  readonly identity: ClusterIdentity | undefined;
}

export interface IrsaDraft {
  readonly source: Source;
  readonly data: Draft<IrsaFile>;
}

export type RoleDraft = Draft<RoleEntry>;

/** The entries of a map whose values may have been struck out. */
export function entries<T>(map: Readonly<Record<string, T | undefined>> | undefined): [string, T][] {
  return Object.entries(map ?? {}).filter((entry): entry is [string, T] => entry[1] !== undefined && entry[1] !== null);
}

/** The members of a list with their places, without those that have been struck out. */
export function items<T>(list: readonly (T | undefined)[] | undefined): [number, T][] {
  return [...(list ?? []).entries()].filter(
    (entry): entry is [number, T] => entry[1] !== undefined && entry[1] !== null,
  );
}
