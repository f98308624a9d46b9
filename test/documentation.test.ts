import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadProject } from "../config/load";
import { IRSA, load, messages } from "./config/files";

// The configurations in the documentation are ones that `npm run check` accepts.

const ROOT = join(__dirname, "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

const pages = ["README.md", ...["docs", "docs/how-to"].flatMap(markdown)];

function markdown(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  const names = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith(".md"));
  return names.map((name) => `${folder}/${name}`);
}

/** Returns the YAML blocks of a page that begin with the name of a file of the configuration, by that name. */
function configurationIn(page: string): Record<string, string> {
  const blocks = read(page).matchAll(/^```yaml\n(# (irsa\.yaml|clusters\/[\w-]+\.yaml)\n[\s\S]*?)^```$/gm);
  return Object.fromEntries([...blocks].map(([, text, name]) => [name, text]));
}

const configurations = pages
  .map((page) => [page, configurationIn(page)] as const)
  .filter(([, files]) => Object.keys(files).length > 0);

test.each(configurations)("the configuration in %s has no problem that the page does not explain", (page, files) => {
  const hasCluster = Object.keys(files).some((name) => name.startsWith("clusters/"));
  const result = load({ "irsa.yaml": IRSA, ...(hasCluster ? {} : configurationIn("README.md")), ...files });
  const explained = [...read(page).matchAll(/warns: "(.+?)"/g)].map(([, warning]) => warning as string);
  expect(messages(result).filter((message) => !explained.some((warning) => message.includes(warning)))).toEqual([]);
  expect(result.project).toBeDefined();
});

test("the roles for add-ons have no problem, and their page lists them with their service accounts", () => {
  const { problems, project } = loadProject(join(ROOT, "docs/examples/irsa.yaml"));
  expect(problems).toEqual([]);
  const rows = read("docs/examples/README.md").matchAll(/^\| `([\w-]+)` \| `([\w-]+\/[\w-]+)` \|/gm);
  const declared = project?.clusters[0]?.roles.map(({ name, trusts }) => [
    name,
    trusts[0]?.subjects[0]?.replace("system:serviceaccount:", "").replace(":", "/"),
  ]);
  expect([...rows].map(([, ...cells]) => cells)).toEqual(declared);
});
