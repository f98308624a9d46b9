import { releaseProblem } from "../config/kubernetes-names";
import type { FoundServiceAccount } from "./account";
import { type Admitted, type Subject, subjectText } from "./trust";

/** What the cluster's file says about the service accounts of a role. */
export interface Placement {
  /** Keys of the role. */
  readonly keys: readonly (readonly [string, unknown])[];
  /** Why the file leaves service accounts to something else: one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Decides whether a Helm release of this project takes over the service accounts of a role: only those that have the role
 * already, and that nothing else creates. The first deployment then changes no pod.
 * @param accounts of the cluster; undefined if they are not known
 */
export function placement(
  roleArn: string,
  admitted: Admitted,
  accounts: readonly FoundServiceAccount[] | undefined,
): Placement {
  if (admitted.scope === "any-service-account") return { keys: [], notes: [] };
  if (!accounts) return { keys: [["createServiceAccount", false]], notes: [] };
  if (admitted.scope === "environment") return environmentPlacement(roleArn, admitted.subjects, accounts);
  const users = accounts.filter(
    (account) =>
      account.roleArn === roleArn &&
      admitted.serviceAccounts.includes(account.name) &&
      account.namespace.startsWith(admitted.namespacePattern.slice(0, -1)),
  );
  const namespaces = [...new Set(users.map(({ namespace }) => namespace))].toSorted();
  // The file creates every service account of the role in every namespace that it lists.
  const subjects = namespaces.flatMap((namespace) =>
    admitted.serviceAccounts.map((serviceAccount) => ({ namespace, serviceAccount })),
  );
  const { keys, notes } = environmentPlacement(roleArn, subjects, accounts);
  return { keys: [["namespaces", namespaces], ...keys], notes };
}

function environmentPlacement(
  roleArn: string,
  subjects: readonly Subject[],
  accounts: readonly FoundServiceAccount[],
): Placement {
  const found = subjects.map((subject) => ({ subject, account: accountOf(subject, accounts) }));
  const notes = found.flatMap(({ subject, account }) => obstacle(roleArn, subject, account) ?? []);
  if (notes.length > 0) return { keys: [["createServiceAccount", false]], notes };
  const byHand = found.some(({ account }) => account?.hasRelease === false);
  return { keys: byHand ? [["takeOwnership", true]] : [], notes: [] };
}

/** Returns why no release can take over a service account. */
function obstacle(roleArn: string, subject: Subject, account: FoundServiceAccount | undefined): string | undefined {
  const name = `the service account ${subjectText(subject)}`;
  if (!account) return `${name} does not exist`;
  if (account.manager !== undefined) return `${account.manager} manages ${name}`;
  if (account.roleArn === undefined) return `${name} has no role`;
  if (account.roleArn !== roleArn) return `${name} has the role ${account.roleArn}`;
  const problem = releaseProblem(subject.serviceAccount)?.problem;
  return problem === undefined ? undefined : `the name of ${name} ${problem}`;
}

/** Returns the service account that a subject names. */
export function accountOf(
  { namespace, serviceAccount }: Subject,
  accounts: readonly FoundServiceAccount[],
): FoundServiceAccount | undefined {
  return accounts.find((account) => account.namespace === namespace && account.name === serviceAccount);
}
