import { type IamData, matchingActions } from "../iam/service-data";
import type { ExpandAction } from "./permissions";

/** Returns how action patterns expand. A pattern of an unknown service stands for itself. */
export function actionsOf(data: Pick<IamData, "service">): ExpandAction {
  return (pattern) => {
    const [prefix = "", name = ""] = pattern.split(":");
    const service = data.service(prefix.toLowerCase());
    const matches = service === undefined ? [] : matchingActions(service, name);
    if (matches.length === 0) return [{ name: pattern, accessLevel: "unknown access level" }];
    return matches.map((action) => ({
      name: `${prefix.toLowerCase()}:${action.name}`,
      // Some actions have two levels, such as "Permissions management, Write"; the first one is the more powerful one.
      accessLevel: action.accessLevel.split(",")[0] as string,
    }));
  };
}
