import { join, relative, resolve } from "node:path";
import { type Files, type LoadResult, loadProject } from "../../config/load";

const ROOT = resolve("virtual");

/** Loads a configuration from memory: a text, bytes or an error code for each path. */
export function load(content: Readonly<Record<string, string | Buffer | { code: string }>>): LoadResult {
  return loadProject(join(ROOT, "irsa.yaml"), virtual(content));
}

function virtual(content: Readonly<Record<string, string | Buffer | { code: string }>>): Files {
  const enoent = () => Object.assign(new Error("ENOENT"), { code: "ENOENT" });
  return {
    read: (path) => {
      const found = content[relative(ROOT, path)];
      if (found === undefined) throw enoent();
      if (typeof found === "string") return Buffer.from(found);
      if (Buffer.isBuffer(found)) return found;
      throw Object.assign(new Error(found.code), found);
    },
    list: (folder) => {
      const prefix = `${relative(ROOT, folder)}/`;
      const names = Object.keys(content).filter((path) => path.startsWith(prefix));
      const { clusters } = content;
      if (names.length === 0 && clusters === undefined) throw enoent();
      if (typeof clusters === "object" && "code" in clusters) throw Object.assign(new Error(clusters.code), clusters);
      return names.map((path) => path.slice(prefix.length));
    },
  };
}

export const IRSA = "state:\n  backend: local\n";

export const ISSUER = "https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";
export const OTHER_ISSUER = "https://oidc.eks.eu-west-3.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";

/** Returns the text of a cluster file with these roles. */
export function cluster(roles: string, { issuer = ISSUER, accountId = "123456789012", more = "" } = {}): string {
  return `accountId: "${accountId}"
oidc:
  issuer: ${issuer}
kubernetes:
  access: kubeconfig
${more}roles:
${roles}`;
}

/** Returns a role with these YAML lines. */
export function role(...lines: string[]): string {
  return ["  app-role:", ...lines.map((line) => `    ${line}`), ""].join("\n");
}

/** Loads one cluster with one role, as `cluster` and `role` write them. */
export function loadRole(...lines: string[]): LoadResult {
  return load({ "irsa.yaml": IRSA, "clusters/one.yaml": cluster(role(...lines)) });
}

/** Loads clusters by name. */
export function withClusters(clusters: Readonly<Record<string, string>>, irsa = IRSA): LoadResult {
  const files = Object.entries(clusters).map(([name, text]) => [`clusters/${name}.yaml`, text]);
  return load({ "irsa.yaml": irsa, ...Object.fromEntries(files) });
}

/** Returns `file:line:column path` of each problem, without the virtual folder. Each problem has a message and a fix. */
export function places({ problems }: LoadResult): string[] {
  return problems.map(({ file, line, column, path, severity, message, fix }) => {
    expect([message, fix]).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\S/)]);
    return `${severity === "warning" ? "warning " : ""}${file.replace("virtual/", "")}:${line}:${column} ${path}`;
  });
}

/** Returns the path of each problem, and whether it is a warning. */
export function paths(result: LoadResult): string[] {
  return places(result).map((place) => place.replace(/\S+:\d+:\d+ /, ""));
}

export function messages({ problems }: LoadResult): string[] {
  return problems.map(({ message, fix }) => `${message}; ${fix}`);
}
