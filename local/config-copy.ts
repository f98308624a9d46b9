import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { isMap, parseDocument } from "yaml";

/**
 * Copies a configuration with the deletion protection of its OIDC providers taken off, as somebody does who wants to
 * destroy a cluster's stack.
 * @param config path of irsa.yaml
 * @param folder where the copy goes; must not exist
 * @returns path of the copy's irsa.yaml
 */
export function unprotectedCopy(config: string, folder: string): string {
  const source = dirname(resolve(config));
  const clusters = join(folder, "clusters");
  mkdirSync(clusters, { recursive: true });
  // What the YAML files name beside themselves (policy files) is reached through links.
  for (const name of readdirSync(source)) {
    if (![basename(config), "clusters", ".local"].includes(name)) symlinkSync(join(source, name), join(folder, name));
  }
  for (const name of readdirSync(join(source, "clusters"))) {
    const [from, to] = [join(source, "clusters", name), join(clusters, name)];
    if (extname(name) === ".yaml") writeFileSync(to, withoutProtection(readFileSync(from, "utf8")));
    else symlinkSync(from, to);
  }
  copyFileSync(config, join(folder, basename(config)));
  return join(folder, basename(config));
}

function withoutProtection(text: string): string {
  const document = parseDocument(text);
  if (isMap(document.contents) && document.getIn(["oidc", "provider"]) === "create") {
    document.setIn(["oidc", "deletionProtection"], false);
  }
  return document.toString();
}
