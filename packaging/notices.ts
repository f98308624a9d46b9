import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PackagingError } from "./packaging-error";
import { nodeLicense } from "./runtime";

const ROOT = join(__dirname, "..");

/**
 * Returns the licence texts of everything that an executable holds: this project, Node.js with its libraries, and the
 * npm packages of the bundle. Packages with the same text share it.
 * @param packages paths of the packages' folders
 * @throws PackagingError if a package has no licence file
 */
export function thirdPartyNotices(packages: readonly string[]): string {
  const texts = new Map<string, string[]>();
  for (const path of packages) {
    const text = licenseOf(path).trim();
    const { name, version } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
    texts.set(text, [...(texts.get(text) ?? []), `${name} ${version}`]);
  }
  const sections = [
    ["qovery-irsa", readFileSync(join(ROOT, "LICENSE"), "utf8").trim()],
    ...[...texts].map(([text, names]) => [names.join("\n"), text]),
    ["Node.js", readFileSync(nodeLicense(), "utf8").trim()],
  ];
  const line = "=".repeat(80);
  return `${sections.map(([names, text]) => `${line}\n${names}\n${line}\n\n${text}\n`).join("\n")}`;
}

function licenseOf(path: string): string {
  const file = readdirSync(path).find((name) => /^licen[cs]e(\.|$)/i.test(name));
  if (!file) throw new PackagingError(`${path} has no licence file; add the text to packaging/notices.ts`);
  return readFileSync(join(path, file), "utf8");
}
