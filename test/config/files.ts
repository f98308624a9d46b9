import { join, relative, resolve } from "node:path";
import { parse, parseDocument } from "yaml";
import type { Files } from "../../config/files";
import { type LoadResult, loadProject } from "../../config/load";
import type { Problem } from "../../config/problems";
import type { Project } from "../../config/project";

const ROOT = resolve("virtual");

type Content = Readonly<Record<string, string | Buffer | { code: string }>>;

/** Loads a configuration from memory: a text, bytes or an error code for each path. Every proposed value must hold. */
export function load(content: Content): LoadResult {
  const result = loadUnchecked(content);
  for (const problem of result.problems) expectFixHolds(content, problem);
  return result;
}

export function loadUnchecked(content: Content): LoadResult {
  return loadProject(join(ROOT, "irsa.yaml"), virtual(content));
}

/** Expects that a value that the fix proposes is accepted, and that the fix does not widen access. */
function expectFixHolds(content: Content, problem: Problem): void {
  const file = problem.file.replace(/^virtual\//, "");
  const text = content[file];
  if (typeof text !== "string") return;
  // The list of the known keys of a role proposes none of them.
  const proposed = problem.fix.replace(/^use scope, namespace, .*/, "");
  const wider = ["any-service-account", "scope: cluster", "namespacePattern", "AdministratorAccess"].filter(
    (word) => proposed.includes(word) && !text.includes(word.replace("scope: ", "")),
  );
  expect({ fix: problem.fix, wider }).toEqual({ fix: problem.fix, wider: [] });
  const fixed = applyFix(text, problem);
  if (fixed === undefined) return;
  const { problems, project } = loadUnchecked({ ...content, [file]: fixed });
  if (project) expectNoWider(Object.values(content).join("\n"), project);
  const same = problems.filter(({ path, message }) => path === problem.path && message === problem.message);
  const rejected = problems.filter(({ path, severity }) => path === problem.path && severity === "error");
  const before = loadUnchecked(content).problems.filter(
    ({ path, severity }) => path === problem.path && severity === "error",
  );
  expect({ fix: problem.fix, same }).toEqual({ fix: problem.fix, same: [] });
  expect({ fix: problem.fix, rejected: rejected.length < Math.max(before.length, 1) }).toEqual({
    fix: problem.fix,
    rejected: true,
  });
}

/** Expects that a project admits only what the user wrote, before a fix was applied. */
function expectNoWider(written: string, { clusters }: Project): void {
  const has = (text: string) => written.toLowerCase().includes(text.toLowerCase());
  const wider = clusters.flatMap(({ roles }) =>
    roles.flatMap(({ name, trusts, permissionsBoundary, exclusivePolicies, additionalTrust }) => [
      ...(additionalTrust.length === 0 || has("additionalTrust") ? [] : [`${name} trusts other principals`]),
      ...(new Set(trusts.map(({ cluster }) => cluster)).size === 1 || has("trustedClusters")
        ? []
        : [`${name} trusts others`]),
      ...trusts.flatMap(({ subjects, match }) =>
        subjects.filter((subject) => {
          const [, , namespace = "", serviceAccount = ""] = subject.split(":");
          if (match === "exact") return !has(namespace) || !has(serviceAccount);
          return !/scope:/.test(written) || (namespace !== "z*" && !has(serviceAccount === "*" ? "any-" : namespace));
        }),
      ),
      ...(permissionsBoundary === undefined && has("boundary") ? [`${name} has no boundary`] : []),
      ...(exclusivePolicies || has("exclusivePolicies") ? [] : [`${name} can have other policies`]),
    ]),
  );
  expect(wider).toEqual([]);
}

/** Applies a fix that removes a key or proposes one value; undefined for other fixes. */
function applyFix(text: string, { path, fix, message }: Problem): string | undefined {
  if (path === "") return undefined;
  const document = parseDocument(text, { uniqueKeys: false });
  const steps = path.split(".").map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  if (document.errors.length > 0 || !document.hasIn(steps)) return undefined;
  const proposed = /^(?:use|did you mean|quote it:) "?([^\s"{}<…]+?)"?(?:\?.*|, or remove the key)?$/.exec(fix)?.[1];
  const [, list] = /^write a list: (\[.+\])$/.exec(fix) ?? [];
  if (/^remove the key/.test(fix)) document.deleteIn(steps);
  else if (list !== undefined) document.setIn(steps, parse(list));
  else if (proposed === undefined) return undefined;
  else if (/is not an? (?:known key$|condition key|condition operator|element of a policy)/.test(message)) {
    const value = document.getIn(steps, true);
    document.deleteIn(steps);
    document.setIn([...steps.slice(0, -1), proposed], value);
  } else document.setIn(steps, proposed);
  return document.toString();
}

function virtual(content: Content): Files {
  const enoent = () => Object.assign(new Error("ENOENT"), { code: "ENOENT" });
  return {
    read: (path) => {
      const found = content[relative(ROOT, path)];
      if (found === undefined) throw enoent();
      if (typeof found === "string") return Buffer.from(found);
      if (Buffer.isBuffer(found)) return found;
      throw Object.assign(new Error(found.code), found);
    },
    realPath: (path) => path,
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
