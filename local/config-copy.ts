import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { type Document, isScalar, parseDocument, visit } from "yaml";

/**
 * Copies a configuration without the deletion protection of its OIDC providers, which `destroy` needs.
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
    copyPolicyFiles(document, from, to);
    writeFileSync(join(to, name), document.toString());
  }
  const copy = join(folder, basename(config));
  copyPolicyFiles(parseDocument(readFileSync(config, "utf8")), dirname(resolve(config)), folder);
  copyFileSync(config, copy);
  return copy;
}

/** Copies the policy files that a file of the configuration names. A configuration contains its policy files. */
function copyPolicyFiles(document: Document, from: string, to: string): void {
  visit(document, {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || key.value !== "file" || !isScalar(value)) return;
      const copy = resolve(to, String(value.value));
      mkdirSync(dirname(copy), { recursive: true });
      copyFileSync(resolve(from, String(value.value)), copy);
    },
  });
}
