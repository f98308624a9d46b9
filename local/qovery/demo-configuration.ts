import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { parseDocument } from "yaml";
import type { Project } from "../../config/project";
import { unprotectedCopy } from "../config-copy";

/** Returns an id that no object at Qovery has. @param number from 0 to 999 */
function inventedId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

const VERIFICATION = { runner: "qovery", image: "example/qovery-irsa-verifier:1.0.0", registryId: inventedId(1) };

/**
 * Copies a configuration, and adds what a verification through Qovery needs and the configuration does not have: the
 * runner, and an environment with an invented id for each namespace.
 * @param config path of irsa.yaml
 * @param folder the folder to write the copy to
 * @returns path of the copy's irsa.yaml
 */
export function qoveryCopy(config: string, project: Project, folder: string): string {
  const copy = unprotectedCopy(config, folder);
  if (project.verification.runner !== "qovery") change(copy, ["verification"], VERIFICATION);
  let next = 2;
  const files = readdirSync(join(folder, "clusters")).filter((name) => extname(name) === ".yaml");
  for (const file of files) {
    const cluster = project.clusters.find(({ name }) => name === basename(file, ".yaml"));
    if (!cluster || cluster.qovery) continue;
    const namespaces = new Set(cluster.serviceAccounts.map(({ namespace }) => namespace));
    const environments = Object.fromEntries([...namespaces].map((namespace) => [namespace, inventedId(next++)]));
    change(join(folder, "clusters", file), ["qovery"], { organizationId: inventedId(0), environments });
  }
  return copy;
}

function change(file: string, path: readonly string[], value: object): void {
  const document = parseDocument(readFileSync(file, "utf8"));
  document.setIn(path, value);
  writeFileSync(file, document.toString());
}
