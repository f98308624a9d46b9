import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { type Document, isScalar, parseDocument, visit } from "yaml";

/**
 * Copies a configuration with the deletion protection of its OIDC providers taken off, as somebody does who wants to
 * destroy a cluster's stack.
 * @param config path of irsa.yaml
 * @param folder where the copy goes
 * @returns path of the copy's irsa.yaml
 */
export function unprotectedCopy(config: string, folder: string): string {
  const from = join(dirname(resolve(config)), "clusters");
  const to = join(folder, "clusters");
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).filter((candidate) => extname(candidate) === ".yaml")) {
    const document = parseDocument(readFileSync(join(from, name), "utf8"));
    if (document.getIn(["oidc", "provider"]) === "create") document.setIn(["oidc", "deletionProtection"], false);
    findPolicyFiles(document, from);
    writeFileSync(join(to, name), document.toString());
  }
  const copy = join(folder, basename(config));
  copyFileSync(config, copy);
  return copy;
}

/** Policy files are named relative to the YAML file, which is elsewhere now. */
function findPolicyFiles(document: Document, folder: string): void {
  visit(document, {
    Pair: (_, { key, value }) => {
      if (isScalar(key) && key.value === "file" && isScalar(value)) value.value = resolve(folder, String(value.value));
    },
  });
}
