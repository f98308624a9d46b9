import { explain, type Question, renderExplanation } from "../../access/explain";
import { namespaceProblem, serviceAccountProblem } from "../../config/kubernetes-names";
import { loadProject } from "../../config/load";
import { formatProblem } from "../../config/problems";
import type { Cluster, Project, Role } from "../../config/project";
import { quote } from "../../config/quote";
import { nearest } from "../../iam/nearest";
import { serviceAccountSubject } from "../../iam/trust-policy";
import { UsageError } from "./errors";

/** The names that a message lists. */
const MOST_NAMES = 10;

/** The exit code of a configuration with errors: 1 means that the role denies the service account. */
const CONFIGURATION_ERRORS = 3;

/** The options of `npm run check`. */
interface Options {
  readonly output: "text" | "json" | "markdown";
  readonly cluster: string | undefined;
  readonly against: string | undefined;
  readonly committed: boolean;
}

/**
 * Prints why a service account can or cannot assume a role, and returns the exit code.
 * @throws UsageError
 */
export function printExplanation(
  { output, cluster, against, committed }: Options,
  [action, subject, role]: readonly string[],
): number {
  if (action !== "explain") throw new UsageError(`${action}: expected explain SUBJECT ROLE`);
  if (subject === undefined || role === undefined) throw new UsageError("explain: expected SUBJECT and ROLE");
  if (against !== undefined || committed) throw new UsageError("explain: --against and --committed are not supported");
  if (output === "markdown") throw new UsageError("explain: expected --output text or json");
  const { problems, project } = loadProject();
  if (!project) {
    for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
    return CONFIGURATION_ERRORS;
  }
  const explanation = explain(project, question(project, subject, role, cluster));
  const text = output === "json" ? `${JSON.stringify(explanation, null, 2)}\n` : renderExplanation(explanation);
  process.stdout.write(text);
  return explanation.outcome === "allow" ? 0 : 1;
}

/**
 * Returns what the arguments of `explain` ask.
 * @param subject `system:serviceaccount:<namespace>:<name>`, `<namespace>:<name>` or `<namespace>/<name>`
 * @param role a name, `<cluster>/<name>` or an ARN
 * @param cluster the cluster that issues the token @default - the cluster of the role
 * @throws UsageError if an argument names nothing that is declared
 */
function question(project: Project, subject: string, role: string, cluster?: string): Question {
  const found = roleOf(project, role);
  return { subject: subjectOf(subject), role: found, cluster: clusterOf(project.clusters, cluster ?? found.cluster) };
}

function subjectOf(text: string): string {
  const [, namespace, name] = /^(?:system:serviceaccount:)?([^:/]+)[:/]([^:/]+)$/.exec(text) ?? [];
  if (namespace === undefined || name === undefined) {
    const fix = "use system:serviceaccount:NAMESPACE:NAME, NAMESPACE:NAME or NAMESPACE/NAME";
    throw new UsageError(`${quote(text)} is not a service account; ${fix}`);
  }
  const [problem, wrong] = [namespaceProblem(namespace), serviceAccountProblem(name)];
  if (problem) throw new UsageError(`${quote(namespace)} ${problem.problem}; ${problem.fix}`);
  if (wrong) throw new UsageError(`${quote(name)} ${wrong.problem}; ${wrong.fix}`);
  return serviceAccountSubject(namespace, name);
}

function roleOf({ clusters }: Project, text: string): Role {
  const roles = clusters.flatMap((cluster) => cluster.roles);
  const qualified = (role: Role) => `${role.cluster}/${role.name}`;
  const found = roles.filter((role) => [role.name, qualified(role), role.arn].includes(text));
  const [role, second] = found;
  if (role && !second) return role;
  if (role) throw new UsageError(`${text} names several roles; use ${oneOf(found.map(qualified))}`);
  const kind = text.startsWith("arn:")
    ? ({ arn }: Role) => arn
    : text.includes("/")
      ? qualified
      : ({ name }: Role) => name;
  throw new UsageError(unknown("role", text, roles.map(kind)));
}

function clusterOf(clusters: readonly Cluster[], name: string): string {
  const names = clusters.map((cluster) => cluster.name);
  if (!names.includes(name)) throw new UsageError(unknown("cluster", name, names));
  return name;
}

function unknown(kind: string, text: string, names: readonly string[]): string {
  const near = nearest(text, names);
  const fix = near === undefined ? `the ${kind}s are ${oneOf(names)}` : `did you mean ${near}?`;
  return `${kind} ${quote(text)} is not declared; ${names.length === 0 ? `no ${kind} is declared` : fix}`;
}

function oneOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(", ");
  return names.length > MOST_NAMES ? `${shown}, … (${names.length - MOST_NAMES} more)` : shown;
}
