import { environmentFaults } from "./environment";
import type { Fault } from "./fault";
import { networkFaults } from "./network";
import { permissionFaults } from "./role-policies";
import { stsFaults } from "./sts";
import { tokenFaults } from "./token";
import { trustFaults } from "./trust-policy";

/** Every fault by its area, in the order of docs/faults.md. */
export const AREAS: ReadonlyMap<string, readonly Fault[]> = new Map([
  ["Environment", environmentFaults],
  ["Token", tokenFaults],
  ["Trust policy", trustFaults],
  ["STS", stsFaults],
  ["Identity and permissions", permissionFaults],
  ["Network", networkFaults],
]);

export const FAULTS: readonly Fault[] = [...AREAS.values()].flat();
